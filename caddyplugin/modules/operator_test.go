package modules

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound"
)

// get fetches a path as it is written.
func get(t *testing.T, c running, target string) (int, string) {
	t.Helper()
	return fetch(t, "http://"+c.site+target)
}

func withMessage(lines []map[string]any, message string) (found []map[string]any) {
	for _, line := range lines {
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// A gateway has many blocks of a vendor.
func TestWarningsSayWhichCredentialTheyAreFor(t *testing.T) {
	caddyfile, file := logging(t, "\tdarktrace_sign "+strings.Replace(options("other-5b1f"), "insecure_upstream", "insecure_upstream\n\t\texpires 2020-12-31", 1)+"\treverse_proxy {vendor} {\n\t\trewrite /other\n\t}\n")
	c := run(t, caddyfile, darktrace(t))
	get(t, c, "/devices")
	credential, warned := statusOf(t, c)[0].Credential, 0
	for _, line := range logged(t, file, "http.handlers.darktrace_sign") {
		if line["level"] != "warn" {
			continue
		}
		warned++
		if line["signer"] != "darktrace" || line["credential"] != credential || !strings.HasPrefix(fmt.Sprint(line["host"]), "127.0.0.1:") {
			t.Errorf("a warning is %v", line)
		}
	}
	if warned != 3 { // a bare secret, the end, the vendor's refusal
		t.Errorf("%d warnings", warned)
	}
}

func TestWhatIsSaidWhileACredentialIsLoadedIsCountedForItsHost(t *testing.T) {
	host := "early-" + freeTCP(t) // counters outlive a test
	absent := filepath.Join(t.TempDir(), "absent")
	caddyfile, file := logging(t, "\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file."+absent+"}\n\t\thost "+host+"\n\t}\n\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, http.NotFoundHandler())
	if news := scrape(t, c)["caddy_vendorsign_news_total"]; sum(news, "host="+host) != 1 || sum(news, "host=,") != 0 {
		t.Errorf("counted are %v", news)
	}
	said := 0
	for _, line := range logged(t, file, "http.handlers.carbonblack_sign") {
		if line["host"] == host && strings.Contains(fmt.Sprint(line["msg"]), "503 until it is there") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("said %d times", said)
	}
}

// A client that is refused for what only the operator can change must not be the only one who knows, nor fill the log.
func TestTheOperatorIsWarnedOfRefusalsThatNoClientCanHelp(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	tests := map[string]struct{ site, logger, reason string }{
		"the upstream is not one of the hosts": {"\treverse_proxy {vendor} {\n\t\ttransport carbonblack_sign {\n\t\t\tapi_id ID1\n\t\t\tapi_secret_key x\n\t\t\thost other.example\n\t\t\tinsecure_upstream\n\t\t}\n\t}\n",
			"http.reverse_proxy.transport.carbonblack_sign", "upstream"},
		"the secret is not there": {"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file." + absent + "}\n\t\thost other.example\n\t}\n\treverse_proxy {vendor}\n",
			"http.handlers.carbonblack_sign", "credential-unavailable"},
		"a page in a browser is the client's affair": {"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost other.example\n\t\tinsecure_upstream\n\t}\n\treverse_proxy {vendor}\n",
			"http.handlers.carbonblack_sign", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			caddyfile, file := logging(t, tt.site)
			c := run(t, caddyfile, http.NotFoundHandler())
			stopClocks()
			for range 5 {
				if tt.reason == "" {
					fetch(t, "http://"+c.site+"/api", "Origin", "https://evil.example")
				} else {
					get(t, c, "/api")
				}
			}
			lines := withMessage(logged(t, file, tt.logger), "the gateway refused a request")
			if tt.reason == "" {
				if len(lines) != 0 {
					t.Errorf("warned of %v", lines)
				}
				return
			}
			if len(lines) != 1 || lines[0]["level"] != "warn" || lines[0]["reason"] != tt.reason || lines[0]["host"] != "other.example" {
				t.Errorf("warned of %v", lines)
			}
			if bound, _ := lines[0]["bound_to"].([]any); tt.reason == "upstream" &&
				(len(bound) != 1 || bound[0] != "other.example" || !strings.HasPrefix(lines[0]["upstream"].(string), "127.0.0.1:")) {
				t.Errorf("the upstream or its host is not named: %v", lines)
			}
		})
	}
}

// An audit line names what was sent: decoded, /a%2Fb and /a/b look the same, and a line break can look like two lines.
func TestLogsShowThePathThatWasSentAndNotAllOfALongOne(t *testing.T) {
	for form, site := range map[string]string{
		"http.handlers.darktrace_sign":                "\tdarktrace_sign BLOCK\treverse_proxy {vendor}\n",
		"http.reverse_proxy.transport.darktrace_sign": "\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n",
	} {
		t.Run(form, func(t *testing.T) {
			block := strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\taudit on", 1)
			caddyfile, file := logging(t, strings.Replace(site, "BLOCK", block, 1))
			c := run(t, caddyfile, darktrace(t))
			long := "/" + strings.Repeat("x", 5000)
			paths := []string{"/a%2Fb", "/a%0Ab", long}
			for _, path := range paths {
				get(t, c, path+"?canary=1")
				fetch(t, "http://"+c.site+path+"?canary=1", "Origin", "https://evil.example")
			}
			all := logged(t, file, "")
			for _, logger := range []string{form, form + ".audit"} {
				counts := make(map[string]int)
				for _, line := range all {
					if path, ok := line["path"].(string); ok && line["logger"] == logger {
						counts[path]++
					}
				}
				for _, path := range paths {
					if counts[truncate(path)] != 2 {
						t.Errorf("%s has %d lines for %.40s", logger, counts[truncate(path)], path)
					}
				}
				if len(counts) != 3 || len(truncate(long)) > 1100 {
					t.Errorf("%s has the paths %.200v", logger, counts)
				}
			}
			for _, line := range all {
				if text, _ := json.Marshal(line); strings.HasPrefix(fmt.Sprint(line["logger"]), form) && strings.Contains(string(text), "canary") {
					t.Errorf("a line has the query: %s", text)
				}
			}
		})
	}
}

// The audit log can go where the others do not, and to no other.
func TestAuditLinesCanBeSentElsewhere(t *testing.T) {
	folder := t.TempDir()
	audit, rest := filepath.Join(folder, "audit"), filepath.Join(folder, "rest")
	const logger = "http.handlers.darktrace_sign.audit"
	c := run(t, "{\n\tadmin {admin}\n\tpersist_config off\n\tlog audit {\n\t\tinclude "+logger+"\n\t\toutput file "+audit+
		"\n\t}\n\tlog default {\n\t\texclude "+logger+"\n\t\toutput file "+rest+"\n\t}\n}\nhttp://{site} {\n\tdarktrace_sign "+
		strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\taudit on", 1)+"\treverse_proxy {vendor}\n}\n", darktrace(t))
	get(t, c, "/devices")
	if lines := logged(t, audit, ""); len(lines) != 1 || lines[0]["logger"] != logger {
		t.Errorf("the audit log has %v", lines)
	}
	if lines := logged(t, rest, logger); len(lines) != 0 {
		t.Errorf("the other log has %v", lines)
	}
}

// One id leads from the client's answer to the access log and the audit log.
func TestTheRequestsIDIsTheSameEverywhereInBothForms(t *testing.T) {
	for form, site := range map[string]string{
		"http.handlers.darktrace_sign":                "\tdarktrace_sign BLOCK\treverse_proxy {vendor}\n",
		"http.reverse_proxy.transport.darktrace_sign": "\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n",
	} {
		t.Run(form, func(t *testing.T) {
			block := strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\taudit on", 1)
			caddyfile, file := logging(t, "\tlog\n\tlog_append id {http.request.uuid}\n\tlog_append outcome {vendorsign.outcome}\n\tlog_append signer {vendorsign.signer}\n\tlog_append offset {vendorsign.clock_offset}\n"+
				strings.Replace(site, "BLOCK", block, 1))
			c := run(t, strings.Replace(caddyfile, "\tpersist_config off\n", "\tpersist_config off\n\tservers {\n\t\ttrusted_proxies static 127.0.0.0/8\n\t}\n", 1), darktrace(t))
			fetch(t, "http://"+c.site+"/devices", "X-Forwarded-For", "203.0.113.9")
			_, body := fetch(t, "http://"+c.site+"/devices", "X-Forwarded-For", "203.0.113.9", "Origin", "https://evil.example")
			var problem struct{ Instance string }
			if err := json.Unmarshal([]byte(body), &problem); err != nil {
				t.Fatal(err)
			}
			all := logged(t, file, "")
			var access, audit []map[string]any
			for _, line := range all {
				switch logger := fmt.Sprint(line["logger"]); {
				case strings.HasPrefix(logger, "http.log.access"):
					access = append(access, line)
				case logger == form+".audit":
					audit = append(audit, line)
				}
			}
			if len(access) != 2 || len(audit) != 2 {
				t.Fatalf("%d and %d lines", len(access), len(audit))
			}
			for i, outcome := range []string{"signed", "browser"} {
				if a := access[i]; a["outcome"] != outcome || a["signer"] != "darktrace" || a["offset"] != 0.0 {
					t.Errorf("the access log has %v", a)
				}
				if audit[i]["request_id"] != access[i]["id"] || audit[i]["client"] != "203.0.113.9" {
					t.Errorf("the audit log has %v, the access log %v", audit[i], access[i])
				}
			}
			if want := "urn:uuid:" + fmt.Sprint(access[1]["id"]); problem.Instance != want {
				t.Errorf("the problem is %s, the request %s", problem.Instance, want)
			}
		})
	}
}

// Caddy's own exporter sends its spans to what speaks OTLP.
func TestSpansTellTheSignerAndTheOutcome(t *testing.T) {
	isolate(t)
	spans := make(chan string, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body strings.Builder
		r.Write(&body)
		spans <- body.String()
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	block := options(rightSecret)
	c := run(t, head+"\ttracing\n\thandle /devices {\n\t\tdarktrace_sign "+block+"\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign "+block+"\t}\n}\n", darktrace(t))
	for _, tt := range []struct{ path, origin, outcome string }{
		{"/devices", "", "signed"}, {"/devices", "https://evil.example", "browser"}, {"/other", "", "signed"}, {"/other", "https://evil.example", "browser"},
	} {
		if tt.origin == "" {
			get(t, c, tt.path)
		} else {
			fetch(t, "http://"+c.site+tt.path, "Origin", tt.origin)
		}
		select {
		case text := <-spans: // protocol buffers have texts as they are
			for _, want := range []string{"vendorsign.signer", "darktrace", "vendorsign.outcome", tt.outcome} {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s: the span lacks %s", tt.path, tt.outcome, want)
				}
			}
		case <-time.After(patience):
			t.Fatal("no span arrived")
		}
	}
	caddy.Stop()
}

// A handler's refusal of an upstream is seen as the transport's is.
func TestAnUpstreamThatAHandlerRefusesIsCountedAndToldOnce(t *testing.T) {
	host := "refused-" + freeTCP(t) // counters outlive a test
	caddyfile, file := logging(t, "\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost "+host+"\n\t}\n\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the vendor was asked") }))
	stopClocks()
	for range 5 {
		if status, body := fetch(t, "http://"+c.site+"/api"); status != http.StatusMisdirectedRequest || !strings.Contains(body, "insecure_upstream is not set") {
			t.Errorf("answered %d %s", status, body)
		}
	}
	if got := sum(scrape(t, c)["caddy_vendorsign_requests_total"], "host="+host+",outcome=upstream"); got != 5 {
		t.Errorf("%v refusals are counted", got)
	}
	lines := withMessage(logged(t, file, "http.handlers.carbonblack_sign"), "the gateway refused a request")
	if len(lines) != 1 || lines[0]["level"] != "warn" || lines[0]["host"] != host || lines[0]["reason"] != "upstream" || lines[0]["detail"] == nil {
		t.Errorf("told is %v", lines)
	}
}

// While a credential is changed, one request may be signed with both.
func TestLogsNameTheCredentialThatSigned(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, _, _ := r.BasicAuth(); id != "OLD" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"stat":"FAIL","code":40102}`)
		}
	})
	caddyfile, file := logging(t, "\treverse_proxy {vendor} {\n\t\ttransport duo_sign {\n\t\t\tintegration_key NEW\n\t\t\tsecret_key x\n\t\t\thost {vendor}\n\t\t\tinsecure_upstream\n\t\t\taudit on\n"+
		"\t\t\tprevious {\n\t\t\t\tintegration_key OLD\n\t\t\t\tsecret_key y\n\t\t\t}\n\t\t}\n\t}\n")
	c := run(t, caddyfile, vendor)
	newer := statusOf(t, c)[0].Credential
	get(t, c, "/admin/v1/users") // with the new one, then with the one before
	get(t, c, "/admin/v1/users") // with the one before
	all := logged(t, file, "")
	// Each of two probes is signed too: whether the new one is refused, and whether the one before is taken.
	for message, count := range map[string]int{"request signed": 5, "signed": 3} {
		lines := withMessage(all, message)
		if len(lines) != count {
			t.Fatalf("%q: %d lines", message, len(lines))
		}
		older := lines[count-1]["credential"]
		if lines[0]["credential"] != newer || lines[count-2]["credential"] != older || older == newer {
			t.Errorf("%q: the new one is %s, the lines have %v, %v, %v", message, newer, lines[0]["credential"], lines[count-2]["credential"], older)
		}
	}
}

func TestARefusalOfOneKindDoesNotHideThoseOfAnother(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"stat":"FAIL","code":%s}`, strings.TrimPrefix(r.URL.Path, "/"))
	})
	caddyfile, file := logging(t, "\tduo_sign {\n\t\tintegration_key ID1\n\t\tsecret_key x\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t}\n\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, vendor)
	stopClocks()
	for range 3 {
		for _, code := range []string{"40105", "40103", "40102"} {
			get(t, c, "/"+code)
		}
	}
	s := liveSigners()[0]
	for range 3 {
		for _, kind := range []string{"busy", "loop"} {
			s.alarm(httptest.NewRequest("GET", "/", nil), &outbound.Problem{Status: 500, Kind: kind}, "")
		}
	}
	said := make(map[string]int)
	for _, line := range logged(t, file, "http.handlers.duo_sign") {
		if line["level"] == "warn" && (line["cause"] != nil || line["reason"] != nil) {
			said[fmt.Sprint(line["cause"], line["reason"])]++
		}
	}
	if want := map[string]int{"clock<nil>": 1, "signature<nil>": 1, "key<nil>": 1, "<nil>busy": 1, "<nil>loop": 1}; !maps.Equal(said, want) {
		t.Errorf("warned of %v", said)
	}
}
