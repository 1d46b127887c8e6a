package tests

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helpFiles are what the examples of the help texts read.
func helpFiles(t *testing.T, dir, vendor string) {
	t.Helper()
	host := strings.TrimPrefix(vendor, "https://")
	signer := `{"signer":"duo","config":{"integration_key":"DIX","secret_key":"s","host":"h"},"request":{"method":"GET","url":"https://h/a"}}` + "\n"
	dynamic := "http:\n  middlewares:\n    duo:\n      plugin:\n        vendorsign:\n          duo:\n            integrationKey: DIX\n            secretKey: env:VENDORSIGN_SKEY\n            host: api-1.duosecurity.com\n"
	for name, text := range map[string]string{
		"requests.jsonl": signer, "request.json": strings.ReplaceAll(signer, ",", ",\n"), "compose.yaml": "services: {}\n", "traefik/dynamic.yml": dynamic, "dynamic.yml": dynamic,
		"duo.json":    `{"integration_key":"DIX","secret_key":"{env.DUO_SKEY}","host":["` + host + `"],"insecure_upstream":true}`,
		"request.txt": "GET /admin/v1/users HTTP/1.1\nHost: api-1.duosecurity.com\nDate: Wed, 04 Mar 2026 05:06:07 -0000\nAuthorization: Basic RElYOjAw\n\n",
		"acme.json": `{"preset":1,"name":"acme","options":[{"name":"access_id"},{"name":"secret_key","secret":true}],` +
			`"operations":["header X-Acme-Id = [[opt.access_id]]","header X-Acme-Signature = [[target|hmac_sha256:opt.secret_key|hex]]"]}`,
		"answer.txt": "HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{\"code\": 40103, \"message\": \"Invalid signature in request credentials\", \"stat\": \"FAIL\"}",
		"app_master": strings.Repeat("0123456789abcdef", 4) + "\n",
		"signed.jsonl": `{"signer": "duo", "config": {"apps": [{"name": "billing", "key_id": "DIAPPBILLING00000000", "secret": "app-secret-billing-0000000000000000000000", "allow": ["GET /admin/v1/users /admin/v1/users/*"]}]},` +
			`"request": {"method": "GET", "url": "https://duo.internal/admin/v1/users?limit=10",` +
			`"headers": {"Date": "Sat, 28 Nov 2026 08:30:15 -0000", "Authorization": "Basic RElBUFBCSUxMSU5HMDAwMDAwMDA6MTBlZjZmOGI1ZGM3OTEzMTdiZDg3YWUyMDFkODJmNzQ0ODVhZDk1YWI5Y2VmYjdkNWExZmFhYTkyMTEyNDRjZjk4MjgzNWEwZmZlZDNiYTJhMTY2ZDc4M2QwMmUzOWVmZWQ3YTE2Yzg0ZjFmNzIzYmFmZmM3NDgwNTBlNTJiN2Q="}}, "time": "2026-11-28T08:30:15Z"}` + "\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The examples of each help text run as they are printed, where the files that they name are there.
func TestTheExamplesOfEveryHelpTextRun(t *testing.T) {
	vendorsign := program(t)
	vendor := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`{"stat": "OK"}`))
	}))
	defer vendor.Close()
	dir := t.TempDir()
	helpFiles(t, dir, vendor.URL)
	environment := append(os.Environ(), "PATH="+filepath.Dir(vendorsign)+":"+os.Getenv("PATH"), "DUO_SKEY=canary", "VENDORSIGN_SKEY=canary",
		"ACME_KEY=canary")
	help := func(args ...string) string {
		out, err := exec.Command(vendorsign, append(args, "--help")...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		return string(out)
	}
	commands := regexp.MustCompile(`(?m)^  (\w+) +[A-Z].*$`).FindAllStringSubmatch(help(), -1)
	ran := 0
	for _, command := range commands {
		_, rest, found := strings.Cut(help(command[1]), "\nExamples:\n")
		if !found {
			continue
		}
		examples, _, _ := strings.Cut(rest, "\n\n")
		var serving []func()
		for _, line := range strings.Split(strings.ReplaceAll(examples, " \\\n", " "), "\n") {
			line = strings.TrimPrefix(line, "  $ ")
			ran++
			if strings.HasPrefix(line, "vendorsign simulate") || strings.HasPrefix(line, "vendorsign proxy") {
				serving = append(serving, serveExample(t, dir, environment, line))
				continue
			}
			if _, err := exec.LookPath("curl"); err != nil && strings.HasPrefix(line, "curl ") {
				continue
			}
			run := exec.Command("sh", "-c", line)
			run.Dir, run.Env = dir, environment
			out, err := run.CombinedOutput()
			// A diagnosis that is not certain, and a file without a signer, end with 1.
			if code := run.ProcessState.ExitCode(); code > 1 || code == 1 && !strings.HasPrefix(line, "vendorsign diagnose") {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		}
		for _, stop := range serving {
			stop()
		}
	}
	if ran < 12 {
		t.Errorf("%d examples ran", ran)
	}
}

// serveExample starts an example that serves, and returns once it says so. Its port may be another process's.
func serveExample(t *testing.T, dir string, environment []string, line string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	run := exec.CommandContext(ctx, "sh", "-c", "exec "+line)
	run.Dir, run.Env = dir, environment
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run.Stderr = run.Stdout
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	all := ""
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		all += lines.Text() + "\n"
		if strings.Contains(all, "http://127.0.0.1:") {
			break
		}
	}
	if !strings.Contains(all, "http://127.0.0.1:") && !strings.Contains(all, "address already in use") {
		t.Errorf("%s:\n%s", line, all)
	}
	return func() {
		run.Process.Signal(syscall.SIGTERM)
		for lines.Scan() {
		}
		run.Wait()
		cancel()
	}
}
