package modules

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

func TestTheAuditHasAnEventForEachAppsRequest(t *testing.T) {
	billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
	output := filepath.Join(t.TempDir(), "audit.json")
	site := strings.Replace(verifyingSites("47s")["handler"], "vendorsign_verify duo {\n", "vendorsign_verify duo {\n\t\taudit required\n\t\taudit_output file "+output+"\n", 1)
	c := run(t, site, new(duoVendor))
	for i, request := range []string{billing.raw("GET", "/admin/v1/users/1?secret=canary", "", 0), duoKey{billing.ikey, "x"}.raw("GET", "/admin/v1/users/1", "", 0),
		"GET /admin/v1/users/1 HTTP/1.1\r\nHost: duo.internal\r\nConnection: close\r\n\r\n"} {
		if answer := sendRaw(t, c.site, request); !strings.HasPrefix(answer, []string{"HTTP/1.1 200", "HTTP/1.1 401", "HTTP/1.1 401"}[i]) {
			t.Errorf("request %d: %s", i, answer)
		}
	}
	var got []string
	for _, e := range auditEvents(t, output) {
		got = append(got, fmt.Sprint(e["event"], " ", e["app"], " ", e["reason"], " ", e["method"], " ", e["path"], " ", e["vendor"], " ", e["status"]))
	}
	want := []string{"app_verified billing <nil> GET /admin/v1/users/1 duo <nil>",
		"app_refused billing signature GET /admin/v1/users/1 duo 401",
		"app_refused <nil> unsigned GET /admin/v1/users/1 duo 401"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the events are\n%s", strings.Join(got, "\n"))
	}
}

func TestAnAppWhoseEventIsRequiredAndLostDoesNotPass(t *testing.T) {
	billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
	for mode, status := range map[string]string{"on": "200", "required": "503"} {
		vendor := new(duoVendor)
		site := strings.Replace(verifyingSites(fmt.Sprint(40+len(mode), "s"))["handler"], "vendorsign_verify duo {\n", "vendorsign_verify duo {\n\t\taudit "+mode+
			"\n\t\taudit_output file /dev/full\n", 1)
		file := filepath.Join(t.TempDir(), "log")
		site = strings.Replace(site, "output discard", "output file "+file, 1)
		c := run(t, site, vendor)
		const metric = "caddy_vendorsign_app_requests_total"
		before := scrape(t, c)[metric]
		answer := sendRaw(t, c.site, billing.raw("GET", "/admin/v1/users/1", "", 0))
		sent, _ := vendor.last()
		if !strings.HasPrefix(answer, "HTTP/1.1 "+status) || (sent != "") != (status == "200") {
			t.Errorf("audit %s: %s; the vendor got %q", mode, answer, sent)
		}
		for outcome, more := range map[string]bool{"verified": mode == "on", "audit-unavailable": mode == "required"} {
			labels := "app=billing,outcome=" + outcome + ",signer=duo"
			if after := scrape(t, c)[metric][labels]; after > before[labels] != more {
				t.Errorf("audit %s: %s was %v and is %v", mode, outcome, before[labels], after)
			}
		}
		// What was not sent is not used up: the app may send the same write again.
		write := billing.raw("POST", "/admin/v1/users/1", "x", soon)
		for i := 0; i < 2 && mode == "required"; i++ {
			if answer := sendRaw(t, c.site, write); !strings.HasPrefix(answer, "HTTP/1.1 503") {
				t.Errorf("a write whose event is lost: %s", answer)
			}
		}
		// The verifier has not refused the request, and has no reason to log.
		text := fmt.Sprint(logged(t, file, "http.handlers.vendorsign_verify"))
		if !strings.Contains(text, "could not be written") || strings.Contains(text, "a request of an app was refused") {
			t.Errorf("audit %s: the log says %s", mode, text)
		}
	}
}

var revokedEvent = regexp.MustCompile(`"event":"app_revoked","gateway":"caddy","vendor":"duo","app":"(\w+)"`)

func TestTheEventOfAnAppSaysHowLongItsBodyTook(t *testing.T) {
	billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
	output := filepath.Join(t.TempDir(), "audit.json")
	site := strings.Replace(verifyingSites("46s")["handler"], "vendorsign_verify duo {\n", "vendorsign_verify duo {\n\t\taudit on\n\t\taudit_output file "+output+"\n", 1)
	c := run(t, site, new(duoVendor))
	conn, err := net.Dial("tcp", c.site)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, piece := range []string{strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n", 1), "x"} {
		if _, err := io.WriteString(conn, piece); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	_, _ = io.ReadAll(conn)
	for _, e := range auditEvents(t, output) {
		if took := e["duration_ms"].(float64); e["event"] == "app_refused" && took < 30 {
			t.Errorf("it took %v ms", took)
		}
	}
}

// Each of two sites has its own apps, and both write to one output.
func TestTheAuditHasAnEventForEachAppThatAReloadRevokes(t *testing.T) {
	output := filepath.Join(t.TempDir(), "audit.json")
	block := func(apps string) string {
		return "vendorsign_verify duo {\n\t\twindow 49s\n\t\taudit on\n\t\taudit_output file " + output + "\n" + apps + "\t}\n"
	}
	app := func(name string) string {
		return "\t\tapp " + name + " {\n\t\t\tkey_id DI" + strings.ToUpper(name) + "\n\t\t\tsecret secret-of-" + name + "\n\t\t}\n"
	}
	site := func(first, second string) string {
		return strings.Replace(head, "{site}", ":{port}", 1) + "\tbind 127.0.0.1\n\thandle /a {\n" + block(first) + "\t}\n\thandle /b {\n" + block(second) + "\t}\n}\n"
	}
	vendor := new(duoVendor)
	upstream := serve(t, vendor)
	c := run(t, site(app("one")+app("two"), app("two")+app("three")), vendor)
	for _, step := range []struct{ first, second, want string }{
		{app("one") + app("two"), app("two") + app("three"), ""},
		{app("one"), app("two") + app("three"), ""},
		{app("one"), app("three"), "two"},
		{app("three"), app("one"), "two"},
		{app("three"), strings.Replace(app("one"), "secret ", "revoked\n\t\t\tsecret ", 1), "two one"},
	} {
		load(t, c, site(step.first, step.second), upstream)
		text, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, event := range revokedEvent.FindAllStringSubmatch(string(text), -1) {
			got = append(got, event[1])
		}
		if strings.Join(got, " ") != step.want {
			t.Errorf("revoked are %q, want %q", got, step.want)
		}
	}
}

// A configuration that does not start revokes nothing: Caddy starts its apps in any order, and goes on with the former configuration.
func TestAConfigurationThatDoesNotStartRevokesNoApp(t *testing.T) {
	output := filepath.Join(t.TempDir(), "audit.json")
	app := func(name string) string {
		return "\t\tapp " + name + " {\n\t\t\tkey_id DI" + strings.ToUpper(name) + "\n\t\t\tsecret secret-of-" + name + "\n\t\t}\n"
	}
	site := func(apps string) string {
		return strings.Replace(head, "{site}", ":{port}", 1) + "\tbind 127.0.0.1\n\tvendorsign_verify duo {\n\t\twindow 48s\n\t\taudit on\n" +
			"\t\taudit_output file " + output + "\n" + apps + "\t}\n}\n"
	}
	vendor := new(duoVendor)
	upstream := serve(t, vendor)
	c := run(t, site(app("one")+app("two")), vendor)
	taken, err := net.Listen("tcp", freeTCP(t))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	broken, err := adapt(strings.NewReplacer("{port}", c.site[strings.LastIndex(c.site, ":")+1:], "{admin}", c.admin).Replace(site(app("one")) +
		"http://" + taken.Addr().String() + " {\n\tbind 127.0.0.1\n\trespond no\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	revoked := func() string {
		text, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(revokedEvent.FindAllStringSubmatch(string(text), -1))
	}
	for range 10 {
		if err := caddy.Load([]byte(broken), true); err == nil || !strings.Contains(err.Error(), "address already in use") {
			t.Fatal(err)
		}
	}
	if got := revoked(); got != "[]" {
		t.Errorf("revoked are %s, and the configuration did not start", got)
	}
	load(t, c, site(app("one")), upstream)
	if got := revoked(); !strings.HasSuffix(got, " two]]") || strings.Count(got, "[") != 2 {
		t.Errorf("revoked are %s", got)
	}
}
