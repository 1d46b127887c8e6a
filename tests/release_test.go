package tests

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// releaseBuild is a program of a release, by .goreleaser.yaml.
type releaseBuild struct {
	ID, Main, Binary          string
	Env, Flags, Ldflags, Tags []string
	Goos, Goarch              []string
	ModTimestamp              string `yaml:"mod_timestamp"`
}

func releaseBuilds(t *testing.T) map[string]releaseBuild {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Builds []releaseBuild }
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	builds := make(map[string]releaseBuild)
	for _, b := range file.Builds {
		builds[b.ID] = b
	}
	return builds
}

// build runs go as the release does, in dir.
func (b releaseBuild) build(t *testing.T, dir, out, goos, goarch string) {
	t.Helper()
	args := append([]string{"build", "-o", out, "-ldflags", strings.Join(b.Ldflags, " ")}, b.Flags...)
	if len(b.Tags) > 0 {
		args = append(args, "-tags", strings.Join(b.Tags, ","))
	}
	c := exec.Command("go", append(args, b.Main)...)
	c.Dir = dir
	c.Env = append(append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "GOFLAGS="), b.Env...)
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s/%s: %v\n%s", goos, goarch, err, text)
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", append([]string{"-c", "safe.directory=*", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", dir}, args...)...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// needsGit skips where the tests run in no clone.
func needsGit(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is missing")
	}
	if _, err := os.Stat(filepath.Join(interpret.Root(t), ".git")); err != nil {
		t.Skip("this is no clone, so there is no commit to build")
	}
}

func TestAReleaseHasBothProgramsForEveryPlatform(t *testing.T) {
	builds := releaseBuilds(t)
	for id, main := range map[string]string{"vendorsign": "./cmd/vendorsign", "caddy": "./cmd/caddy"} {
		b := builds[id]
		if b.Main != main || b.Binary != id {
			t.Errorf("%s is built from %s as %s", id, b.Main, b.Binary)
		}
		if strings.Join(b.Goos, " ") != "linux darwin windows" || strings.Join(b.Goarch, " ") != "amd64 arm64" {
			t.Errorf("%s is built for %v, %v", id, b.Goos, b.Goarch)
		}
		for _, flag := range []string{"-trimpath", "-buildvcs=true"} {
			if !slices.Contains(b.Flags, flag) {
				t.Errorf("%s is built without %s", id, flag)
			}
		}
		if !slices.Contains(b.Env, "CGO_ENABLED=0") || b.ModTimestamp != "{{ .CommitTimestamp }}" {
			t.Errorf("%s depends on the builder's C compiler or clock", id)
		}
	}
}

func TestVendorsignCompilesForEveryPlatformOfARelease(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for six platforms")
	}
	b := releaseBuilds(t)["vendorsign"]
	b.Flags = append(slices.Clone(b.Flags), "-buildvcs=false") // wherever the tests run; the last one counts
	for _, goos := range b.Goos {
		for _, goarch := range b.Goarch {
			b.build(t, interpret.Root(t), filepath.Join(t.TempDir(), b.Binary), goos, goarch)
		}
	}
}

// Two people who build the same tag, each in a folder of their own, get the same program, and it knows its version.
func TestAReleaseIsReproducibleAndKnowsItsVersion(t *testing.T) {
	needsGit(t)
	b := releaseBuilds(t)["vendorsign"]
	var sums [2][32]byte
	for i := range sums {
		dir := filepath.Join(t.TempDir(), "clone")
		git(t, ".", "clone", "-q", interpret.Root(t), dir)
		git(t, dir, "tag", "v0.98.7")
		program := filepath.Join(t.TempDir(), b.Binary)
		b.build(t, dir, program, runtime.GOOS, runtime.GOARCH)
		data, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(data)
		out, err := exec.Command(program, "version").CombinedOutput()
		commit := git(t, dir, "rev-parse", "HEAD")
		if want := "vendorsign v0.98.7 (" + commit[:12] + " of "; err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%v %s\nwant %s", err, out, want)
		}
		if strings.Contains(string(data), dir) {
			t.Error("the program tells the folder that it was built in")
		}
	}
	if sums[0] != sums[1] {
		t.Error("two builds of one commit differ")
	}
}

var pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)

// An action must not move, and tags can: what is built here is trusted with credentials.
func TestWorkflowsPinTheirActions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(interpret.Root(t), ".github/workflows/*.yml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	uses := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Uses  string // another workflow of ours
				Steps []struct{ Uses, Run string }
			}
		}
		if err := yaml.Unmarshal(data, &workflow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if workflow.Permissions == nil {
			t.Errorf("%s leaves the token the permissions that the repository has", file)
		}
		for name, job := range workflow.Jobs {
			if len(job.Steps) == 0 && !strings.HasPrefix(job.Uses, "./") {
				t.Errorf("%s: %s has no steps", file, name)
			}
			for _, step := range job.Steps {
				if step.Uses == "" {
					continue
				}
				uses++
				if !pinned.MatchString(step.Uses) {
					t.Errorf("%s: %s is not pinned", filepath.Base(file), step.Uses)
				}
			}
		}
	}
	if uses < 5 {
		t.Errorf("%d uses of actions found", uses)
	}
}
