package modules

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// logged stops Caddy, so that its log is complete, and returns the lines of a logger.
func logged(t *testing.T, file, logger string) (lines []map[string]any) {
	t.Helper()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if name, _ := line["logger"].(string); name == logger || logger == "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func logging(t *testing.T, site string) (caddyfile, file string) {
	file = filepath.Join(t.TempDir(), "log")
	return "{\n\tadmin {admin}\n\tpersist_config off\n\tlog {\n\t\tlevel DEBUG\n\t\toutput file " + file + "\n\t}\n}\nhttp://{site} {\n" + site + "}\n", file
}

func TestAuditHasALineForEachDecisionWithWhoAsked(t *testing.T) {
	const cheap = "$2a$04$tseb.6Ndh0v8o2MlsxVjEOv0ClqyOeM4MqcfkHs4VWjz.MKq0B7OW" // of canary-pass; the usual cost takes a minute under the race detector
	caddyfile, file := logging(t, "\tbasic_auth {\n\t\talice "+cheap+"\n\t}\n"+
		"\tdarktrace_sign "+strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\taudit on", 1)+
		"\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, darktrace(t))
	request, _ := http.NewRequest("GET", "http://"+c.site+"/devices?secret=canary-query", nil)
	request.SetBasicAuth("alice", "canary-pass")
	for _, origin := range []string{"", "https://evil.example"} {
		if origin != "" {
			request.Header.Set("Origin", origin)
		}
		ask(t, request)
	}
	lines := logged(t, file, "http.handlers.darktrace_sign.audit")
	if len(lines) != 2 {
		t.Fatalf("%d audit lines", len(lines))
	}
	for i, outcome := range []string{"signed", "browser"} {
		line := lines[i]
		for field, want := range map[string]any{"msg": outcome, "level": "info", "signer": "darktrace", "user": "alice", "client": "127.0.0.1", "method": "GET", "path": "/devices"} {
			if line[field] != want {
				t.Errorf("%s is %v, want %v", field, line[field], want)
			}
		}
		if host := fmt.Sprint(line["host"]); !strings.HasPrefix(host, "127.0.0.1:") || host == c.site {
			t.Errorf("host is %v, which is not the vendor's", host)
		}
		if id, _ := line["request_id"].(string); len(id) != 36 {
			t.Errorf("request_id is %q", id)
		}
		if credential, _ := line["credential"].(string); len(credential) != 8 {
			t.Errorf("credential is %q", credential)
		}
	}
	for _, line := range lines {
		if text, _ := json.Marshal(line); strings.Contains(string(text), "canary") {
			t.Errorf("an audit line shows what it must not: %s", text)
		}
	}
}

func TestARefusalIsExplainedInTheLogAndInAHeaderIfAskedFor(t *testing.T) {
	caddyfile, file := logging(t, "\treverse_proxy {vendor} {\n\ttransport darktrace_sign "+
		strings.Replace(options("other-5b1f"), "insecure_upstream", "insecure_upstream\n\t\texplain_header", 1)+"\t}\n")
	c := run(t, caddyfile, darktrace(t))
	stopClocks()
	request, _ := http.NewRequest("GET", "http://"+c.site+"/devices", nil)
	response, _ := ask(t, request)
	const want = "F signature: the signatures do not match; the secret is wrong, or something behind the gateway changes the request"
	if got := response.Header.Get("Vendorsign-Explanation"); got != want {
		t.Errorf("explained as %q", got)
	}
	for range 5 { // the log says it once in ten seconds
		fetch(t, "http://"+c.site+"/devices")
	}
	explained := 0
	for _, line := range logged(t, file, "http.reverse_proxy.transport.darktrace_sign") {
		if line["level"] == "warn" && line["cause"] == "signature" && line["class"] == "F" {
			explained++
		}
	}
	if explained != 1 {
		t.Errorf("the log explains it %d times", explained)
	}
}

func TestAccessLogsCanShowTheOutcome(t *testing.T) {
	caddyfile, file := logging(t, "\tlog\n\tlog_append outcome {vendorsign.outcome}\n\tlog_append signer {vendorsign.signer}\n\tdarktrace_sign "+options(rightSecret)+"\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, darktrace(t))
	fetch(t, "http://"+c.site+"/devices")
	lines := logged(t, file, "http.log.access")
	if len(lines) == 0 {
		lines = logged(t, file, "http.log.access.log0")
	}
	if len(lines) != 1 || lines[0]["outcome"] != "signed" || lines[0]["signer"] != "darktrace" {
		t.Errorf("access log: %v", lines)
	}
}

func TestWhatReverseProxyRewritesIsSignedAsItIsSent(t *testing.T) {
	vendor := darktrace(t)
	var asked atomic.Int64
	caddyfile, _ := logging(t, "\tdarktrace_sign "+options(rightSecret)+"\treverse_proxy {vendor} {\n\t\trewrite /other?b=1&a=2\n\t}\n")
	c := run(t, caddyfile, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/other" {
			asked.Add(1)
		}
		vendor.ServeHTTP(w, r)
	}))
	for range 3 {
		if status, body := fetch(t, "http://"+c.site+"/devices"); status != 200 {
			t.Errorf("a rewritten request was answered %d %s", status, body)
		}
	}
	if asked.Load() != 3 {
		t.Errorf("%d requests arrived rewritten", asked.Load())
	}
}
