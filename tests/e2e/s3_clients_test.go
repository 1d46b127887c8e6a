package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// s3Client is a program that speaks S3 and signs with keys that mean nothing.
type s3Client struct {
	name, program string // the package of Debian, and what it installs
	env           func(endpoint string) []string
	// Commands for a whole folder; BUCKET, FILES, BACK and ENDPOINT (without scheme) are filled in.
	put, list, get, remove []string
}

var s3Clients = []s3Client{
	{
		name: "awscli", program: "/usr/bin/aws",
		env: func(endpoint string) []string {
			return []string{"AWS_ACCESS_KEY_ID=placeholder", "AWS_SECRET_ACCESS_KEY=placeholder", "AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true",
				"AWS_MAX_ATTEMPTS=1"}
		},
		put:    awscli("cp", "--recursive", "--no-progress", "FILES", "s3://BUCKET"),
		list:   awscli("ls", "--recursive", "s3://BUCKET"),
		get:    awscli("cp", "--recursive", "--no-progress", "s3://BUCKET", "BACK"),
		remove: awscli("rm", "--recursive", "s3://BUCKET"),
	}, {
		name: "s3cmd", program: "/usr/bin/s3cmd",
		env:    func(endpoint string) []string { return nil },
		put:    s3cmd("put", "--recursive", "--multipart-chunk-size-mb=5", "--no-progress", "FILES/", "s3://BUCKET/"),
		list:   s3cmd("ls", "--recursive", "s3://BUCKET"),
		get:    s3cmd("get", "--recursive", "--no-progress", "s3://BUCKET/", "BACK/"),
		remove: s3cmd("del", "--recursive", "--force", "s3://BUCKET"),
	}, {
		name: "rclone", program: "/usr/bin/rclone",
		env: func(endpoint string) []string {
			return []string{"RCLONE_CONFIG=/dev/null", "RCLONE_CONFIG_S_TYPE=s3", "RCLONE_CONFIG_S_PROVIDER=Other", "RCLONE_CONFIG_S_ENDPOINT=http://" + endpoint,
				"RCLONE_CONFIG_S_ACCESS_KEY_ID=placeholder", "RCLONE_CONFIG_S_SECRET_ACCESS_KEY=placeholder", "RCLONE_CONFIG_S_REGION=us-east-1",
				"RCLONE_S3_UPLOAD_CUTOFF=10M", "RCLONE_RETRIES=1", "RCLONE_LOW_LEVEL_RETRIES=1"}
		},
		put:    []string{"copy", "FILES", "s:BUCKET"},
		list:   []string{"lsf", "-R", "s:BUCKET"},
		get:    []string{"copy", "s:BUCKET", "BACK"},
		remove: []string{"delete", "s:BUCKET"},
	},
}

func awscli(args ...string) []string {
	return append([]string{"--endpoint-url", "http://ENDPOINT", "s3"}, args...)
}

func s3cmd(args ...string) []string {
	return append([]string{"--config=/dev/null", "--access_key=placeholder", "--secret_key=placeholder", "--host=ENDPOINT", "--host-bucket=ENDPOINT", "--no-ssl",
		"--region=us-east-1"}, args...)
}

// install puts a package of Debian there, if it is missing.
func (c s3Client) install(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(c.program); err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var steps [][]string
	for _, step := range [][]string{{"apt-get", "update", "-q"}, {"apt-get", "install", "-q", "-y", "--no-install-recommends", c.name}} {
		if os.Geteuid() != 0 {
			step = append([]string{"sudo", "-n"}, step...)
		}
		steps = append(steps, step)
	}
	for _, step := range steps {
		cmd := exec.CommandContext(ctx, step[0], step[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil && step[len(step)-1] == c.name {
			unavailable(t, "%s is missing and cannot be installed: %s: %v\n%s", c.program, strings.Join(step, " "), err, tail(string(out)))
		}
	}
	if _, err := os.Stat(c.program); err != nil {
		unavailable(t, "the package %s has no %s here", c.name, c.program)
	}
}

// unavailable skips a test for want of a program; where everything should be there, it fails.
func unavailable(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Programs that people have work through re_sign by configuration alone: an endpoint and any keys.
func TestDebiansClientsUseAnS3ServerThroughReSign(t *testing.T) {
	s := newS3Server(t)
	for _, c := range s3Clients {
		c.install(t)
	}
	eachForm(t, func(t *testing.T, f form) {
		r := s.route("clients", options{"mode": "re_sign", "placeholder_key": "placeholder"})
		r.byAddress = true
		g := startS3(t, f, r)
		t.Run("all", func(t *testing.T) { // so that the gateway outlives those in parallel
			for _, c := range s3Clients {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.use(t, s, g.addr, c.name+"-"+strings.ReplaceAll(string(f), " ", "-"))
				})
			}
		})
	})
}

func (c s3Client) use(t *testing.T, s *s3Server, endpoint, bucket string) {
	dir := t.TempDir()
	files, back := filepath.Join(dir, "files"), filepath.Join(dir, "back")
	sizes := map[string]int{"empty": 0, "one": 1, "a+b ä": 1000, "folder/of parts": 20 << 20}
	for name, n := range sizes {
		file := filepath.Join(files, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, s3Content(n), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(back, 0o700); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("BUCKET", bucket, "FILES", files, "BACK", back, "ENDPOINT", endpoint)
	run := func(args []string) string {
		t.Helper()
		filled := make([]string, len(args))
		for i, arg := range args {
			filled[i] = fill.Replace(arg)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, c.program, filled...)
		cmd.Dir = dir
		cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + dir, "LANG=C.UTF-8"}, c.env(endpoint)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", c.name, strings.Join(filled, " "), err, tail(string(out)))
		}
		return string(out)
	}
	s.do(t, s.sign(t, s.secret, s.region, "PUT", "/"+bucket, ""))
	run(c.put)
	list := run(c.list)
	run(c.get)
	for name, n := range sizes {
		if !strings.Contains(list, name) {
			t.Errorf("%s is not listed:\n%s", name, list)
		}
		if got, err := os.ReadFile(filepath.Join(back, name)); err != nil || !bytes.Equal(got, s3Content(n)) {
			t.Errorf("of %s %d bytes came back: %v", name, len(got), err)
		}
	}
	run(c.remove)
	if _, rest := s.do(t, s.sign(t, s.secret, s.region, "GET", "/"+bucket+"?list-type=2", "")); !strings.Contains(rest, "<KeyCount>0<") {
		t.Errorf("this is still there:\n%s", rest)
	}
}
