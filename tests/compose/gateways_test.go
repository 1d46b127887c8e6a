package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// requests are one of each vendor's, as an application sends it, and what the vendor's verdict must name.
var requests = []struct {
	vendor, method, target, body string
	verified                     string
}{
	{"darktrace", "GET", "/devices?tag=b&tag=a&name=two+words&path=a%2Fb", "", `"verified":"HMAC-SHA1`},
	{"threatconnect", "GET", "/api/v3/indicators?tag=b&tag=a&name=two+words&path=a%2Fb", "", `"verified":"HMAC`},
	{"carbonblack", "POST", "/api/alerts/v7/orgs/DEMO/alerts/_search", `{"rows":5}`, `"verified":"`},
	{"cortex", "POST", "/public_api/v1/endpoints/get_endpoints", `{"request_data":{}}`, `"verified":"advanced`},
	{"duo", "POST", "/admin/v1/users?tag=b&tag=a", `{"username":"alice"}`, `"verified":"version 5 with sha512"`},
}

func TestTheTraefikExampleSignsByLabelsAlone(t *testing.T) {
	e := start(t, "traefik")
	e.judge(t)

	// The service of this router is a container, which Traefik finds by its labels.
	status, answer := ask(t, e.addr, "appliance.internal", "GET", "/devices?b=1&a=2", "")
	if status != 200 || !strings.Contains(answer, `"verified":"HMAC-SHA1`) {
		t.Errorf("appliance.internal answers %d %s", status, answer)
	}
	e.rotates(t)
	e.bakes(t)
	e.finish(t)
}

// rotates puts another key in the place of Duo's, as tools do that write a file anew. The simulated vendor is started
// again, the gateway is not.
func (e *example) rotates(t *testing.T) {
	t.Helper()
	file := filepath.Join(e.dir, "../secrets/duo")
	if err := os.WriteFile(file+".new", []byte(strings.Repeat(random(), 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	e.docker(t, "compose", "restart", "--timeout", "5", "duo-vendor")
	var status int
	var answer string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if status, answer = ask(t, e.addr, "duo.internal", "GET", "/admin/v1/users", ""); status == 200 {
			return
		}
	}
	t.Errorf("a replaced key is not used: %d %s", status, answer)
}

// bakes builds the image of docs/kubernetes.md, which has the plugin inside, and looks whether Traefik loads it. The page
// has the official Traefik as its base.
func (e *example) bakes(t *testing.T) {
	t.Helper()
	image := e.project + ":baked"
	e.sh(t, e.home, "docker build --quiet --tag "+image+" --build-arg BASE="+e.project+":traefik --file docs/examples/kubernetes/traefik/Dockerfile .")
	id := strings.TrimSpace(e.sh(t, e.home, "docker run --detach --label com.docker.compose.project="+e.project+" --network none --entrypoint traefik "+image+
		" --experimental.localPlugins.vendorsign.moduleName=github.com/vendorsign/vendorsign --experimental.abortOnPluginFailure=true --log.level=INFO"))
	defer e.docker(t, "rm", "--force", "--volumes", id)
	var log string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if log = e.sh(t, e.home, "docker logs "+id+" 2>&1"); strings.Contains(log, "Plugins loaded.") || strings.Contains(log, "Plugins are disabled") {
			break
		}
	}
	if !strings.Contains(log, "Plugins loaded.") {
		t.Errorf("the image with the plugin inside says\n%s", log)
	}
}

func TestTheCaddyExampleSignsInItsTransports(t *testing.T) {
	e := start(t, "caddy")
	e.judge(t)
	e.rotates(t)
	e.finish(t)
}

// judge sends each vendor's request through the gateway, and unsigned to the vendor itself.
func (e *example) judge(t *testing.T) {
	t.Helper()
	// What the page promises of its own request.
	if !strings.Contains(e.said, `"verified":"version 5 with sha512"`) {
		t.Errorf("the page's commands say\n%s", e.said)
	}
	e.logs(t, "duo-vendor", "duo accepted GET /admin/v1/users 200") // the page's last command may come before the line
	for _, r := range requests {
		path, _, asked := strings.Cut(r.target, "?")
		if asked {
			path += "?..."
		}
		status, answer := ask(t, e.addr, r.vendor+".internal", r.method, r.target, r.body)
		if status != 200 || !strings.Contains(answer, r.verified) {
			t.Errorf("%s through %s: %d %s", r.vendor, e.gateway, status, answer)
		}
		direct := strings.TrimSpace(e.docker(t, "compose", "port", r.vendor+"-vendor", "80"))
		if !strings.HasPrefix(direct, "127.0.0.1:") {
			t.Errorf("%s is published on %q", r.vendor, direct)
			continue
		}
		if status, answer := ask(t, direct, r.vendor+"-vendor", r.method, r.target, r.body); status < 400 {
			t.Errorf("%s takes an unsigned request: %d %s", r.vendor, status, answer)
		}
		for _, verdict := range []string{"accepted", "refused"} {
			e.logs(t, r.vendor+"-vendor", r.vendor+" "+verdict+" "+r.method+" "+path+" ")
		}
	}
	if status, answer := ask(t, e.addr, "elsewhere.internal", "GET", "/", ""); strings.Contains(answer, "verified") {
		t.Errorf("a host without a site is answered with %d %s", status, answer)
	}
	e.keepsSecrets(t)
}

// logs waits for a line in a service's log, which the engine collects in its own time.
func (e *example) logs(t *testing.T, service, line string) {
	t.Helper()
	var log string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if log = e.docker(t, "compose", "logs", "--no-color", service); strings.Contains(log, line) {
			return
		}
	}
	t.Errorf("the log of %s has no %q:\n%s", service, line, log)
}

// keepsSecrets looks for the secrets where a user of Docker sees them, and for ports that others than the machine reach.
func (e *example) keepsSecrets(t *testing.T) {
	t.Helper()
	containers := strings.Fields(e.docker(t, "compose", "ps", "--quiet"))
	if len(containers) != len(requests)+1 {
		t.Fatalf("%d containers run", len(containers))
	}
	seen := e.docker(t, append([]string{"inspect"}, containers...)...) + e.docker(t, "compose", "logs", "--no-color")
	for _, r := range requests {
		file := filepath.Join(e.dir, "../secrets", r.vendor)
		secret, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read %s: %v", file, err)
		}
		if len(secret) != 40 || strings.Contains(seen, string(secret)) {
			t.Errorf("the secret of %s, of %d bytes, shows in docker inspect or a log", r.vendor, len(secret))
		}
	}
	format := `{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}} {{end}}{{end}}`
	for _, address := range strings.Fields(e.docker(t, append([]string{"inspect", "--format", format}, containers...)...)) {
		if address != "127.0.0.1" {
			t.Errorf("a port is published on %s", address)
		}
	}
}

// finish runs the page's last commands, and looks whether they leave anything.
func (e *example) finish(t *testing.T) {
	t.Helper()
	if e.left(t) == "" {
		t.Error("nothing of the project is found, so nothing would be found that is left")
	}
	e.sh(t, e.dir, e.end)
	if left := e.left(t); left != "" {
		t.Errorf("left behind: %s", left)
	}
}
