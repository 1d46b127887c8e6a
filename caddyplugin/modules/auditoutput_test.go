package modules

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// auditing are the options of a signer of Darktrace's with these of audit.
func auditing(lines string) string {
	return strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\t"+lines, 1)
}

// auditEvents stops Caddy and reads the file of audit_output.
func auditEvents(t *testing.T, file string) (events []map[string]any) {
	t.Helper()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "canary") || strings.Contains(string(data), rightSecret) {
		t.Errorf("the audit shows what it must not: %s", data)
	}
	for _, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		var event map[string]any
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		events = append(events, event)
	}
	return events
}

func TestAuditOutputHasTheEventsOfHandlerAndTransport(t *testing.T) {
	for form, site := range map[string]string{
		"handler":   "\tdarktrace_sign BLOCK\treverse_proxy {vendor}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n",
	} {
		for _, mode := range []string{"on", "required"} {
			t.Run(form+" "+mode, func(t *testing.T) {
				output := filepath.Join(t.TempDir(), "audit.json")
				caddyfile, _ := logging(t, strings.Replace(site, "BLOCK", auditing("audit "+mode+"\n\t\taudit_output file "+output), 1))
				c := run(t, caddyfile, darktrace(t))
				for _, origin := range []string{"", "https://evil.example"} {
					request, _ := http.NewRequest("GET", "http://"+c.site+"/devices/a%0Ab?secret=canary", nil)
					request.Header.Set("User-Agent", "canary\t{}")
					if origin != "" {
						request.Header.Set("Origin", origin)
					}
					ask(t, request)
				}
				events := auditEvents(t, output)
				if len(events) != 3 {
					t.Fatalf("the events are %v", events)
				}
				for i, want := range []map[string]any{
					{"event": "credential_loaded"},
					{"event": "request", "method": "GET", "path": "/devices/a%0Ab", "client": "127.0.0.1"},
					{"event": "refusal", "method": "GET", "path": "/devices/a%0Ab", "client": "127.0.0.1", "status": 403.0, "reason": "browser"},
				} {
					want["gateway"], want["vendor"], want["schema_version"] = "caddy", "darktrace", 1.0
					for name, value := range want {
						if events[i][name] != value {
							t.Errorf("%s of %v is %v", name, events[i], events[i][name])
						}
					}
					if id, _ := events[i]["request_id"].(string); (len(id) == 36) != (i > 0) {
						t.Errorf("%v has no id of the request", events[i])
					}
				}
			})
		}
	}
}

// /dev/full takes every open, and no write.
func TestWithoutAnAuditOutputNothingIsSentIfAuditIsRequired(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	for form, site := range map[string]string{
		"handler":   "\tdarktrace_sign BLOCK\treverse_proxy {vendor}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n",
	} {
		for mode, want := range map[string]int{"required": http.StatusServiceUnavailable, "on": http.StatusOK} {
			t.Run(form+" "+mode, func(t *testing.T) {
				var asked atomic.Int32
				vendor := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
				caddyfile, file := logging(t, strings.Replace(site, "BLOCK", auditing("audit "+mode+"\n\t\taudit_output file /dev/full"), 1))
				c := run(t, caddyfile, vendor)
				for i := 0; i < 3; i++ {
					request, _ := http.NewRequest("GET", "http://"+c.site+"/devices", nil)
					if response, _ := ask(t, request); response.StatusCode != want {
						t.Errorf("answered %d", response.StatusCode)
					}
				}
				if sent := asked.Load(); (sent > 0) != (mode == "on") {
					t.Errorf("%d requests were sent", sent)
				}
				told := 0
				for _, line := range logged(t, file, "") {
					if text, _ := line["msg"].(string); strings.HasPrefix(text, "audit: ") {
						told++
					}
				}
				if told != 1 { // in a minute
					t.Errorf("the operator was told %d times", told)
				}
			})
		}
	}
}

func TestAuditOptionsThatDoNotFitAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"audit required":                                    "audit required needs audit_output",
		"audit_output stdout":                               "need audit on or audit required",
		"audit on\n\t\taudit_file a.json":                   "audit_file is for Traefik",
		"audit required\n\t\taudit_output nowhere":          "caddy.logging.writers.nowhere",
		"audit on\n\t\taudit_output /var/log/audit.json":    "audit_output begins with the name of a log writer; write file and the path",
		"audit required\n\t\taudit_output file":             "audit_output",
		"audit required\n\t\taudit_output file /dev/null/x": "audit_output",
		"audit often": "audit must be off or on or required",
	} {
		replace := strings.NewReplacer("{admin}", "off", "{site}", "127.0.0.1:0", "{vendor}", "127.0.0.1:1")
		caddyfile, _ := logging(t, "\tdarktrace_sign "+auditing(text)+"\treverse_proxy {vendor}\n")
		config, err := adapt(replace.Replace(caddyfile))
		if err == nil {
			err = caddy.Validate(mustParse(t, string(config)))
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
