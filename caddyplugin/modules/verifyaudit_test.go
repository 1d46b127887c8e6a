package modules

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
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
		got = append(got, fmt.Sprint(e["event"], " ", e["app"], " ", e["reason"], " ", e["method"], " ", e["path"], " ", e["vendor"]))
	}
	want := []string{"app_verified billing <nil> GET /admin/v1/users/1 duo", "app_refused billing signature GET /admin/v1/users/1 duo",
		"app_refused <nil> unsigned GET /admin/v1/users/1 duo"}
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
		c := run(t, site, vendor)
		answer := sendRaw(t, c.site, billing.raw("GET", "/admin/v1/users/1", "", 0))
		sent, _ := vendor.last()
		if !strings.HasPrefix(answer, "HTTP/1.1 "+status) || (sent != "") != (status == "200") {
			t.Errorf("audit %s: %s; the vendor got %q", mode, answer, sent)
		}
	}
}
