package modules

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// await scrapes until what() is want.
func await(t *testing.T, c running, want map[string]float64, what func(map[string]map[string]float64) map[string]float64) {
	t.Helper()
	var got map[string]float64
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if got = what(scrape(t, c)); maps.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("counted are %v, want %v", got, want)
			return
		}
	}
}

// byLabel adds up what a metric says of hosts, by the value of a label, and leaves out what is zero.
func byLabel(values map[string]float64, label string, hosts ...string) map[string]float64 {
	sums := make(map[string]float64)
	for labels, v := range values {
		for _, host := range hosts {
			_, value, _ := strings.Cut(labels, label+"=")
			if value, _, _ = strings.Cut(value, ","); v != 0 && strings.Contains(labels+",", "host="+host+",") {
				sums[value] += v
			}
		}
	}
	return sums
}

// breaking is a vendor that does what the path says, and tells when a request is stuck.
func breaking(stuck chan<- bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/stuck":
			stuck <- true
			<-r.Context().Done()
		case "/cut":
			w.WriteHeader(http.StatusNotFound)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/stream":
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			io.Copy(io.Discard, r.Body)
		}
	}
}

// What became of a request is told once, everywhere the same, and only what the vendor answered is signed.
func TestEachRequestHasOneOutcomeAndItIsTheSameEverywhere(t *testing.T) {
	const block = "threatconnect_sign {\n\t\t\taccess_id 42\n\t\t\tsecret_key canary\n\t\t\thost {vendor} {dead}\n\t\t\taudit on\n\t\t\tINSECURE\n\t\t}\n"
	const handler = "\t" + block + "\treverse_proxy {vendor}\n"
	const transport = "\treverse_proxy {vendor} {\n\t\ttransport " + block + "\t}\n"
	const retrying = "\treverse_proxy {dead} {vendor} {\n\t\tlb_policy first\n\t\tlb_retries 1\n\t\tmax_fails 1\n\t\tfail_duration 1m\n\t\ttransport " + block + "\t}\n"
	const broken = "POST /api HTTP/1.1\r\nHost: {vendor}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n"
	get := func(path string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: {vendor}\r\nConnection: close\r\n\r\n"
	}
	tests := map[string]struct {
		site, raw string
		leave     string // the client leaves: before the answer, or in it
		outcomes  map[string]float64
		answers   map[string]float64
	}{
		"handler, answered":                      {handler, get("/api"), "", map[string]float64{"signed": 1}, map[string]float64{"2xx": 1}},
		"transport, answered":                    {transport, get("/api"), "", map[string]float64{"signed": 1}, map[string]float64{"2xx": 1}},
		"transport, the first upstream is down":  {retrying, get("/api"), "", map[string]float64{"unanswered": 1, "signed": 1}, map[string]float64{"2xx": 1}},
		"handler, the vendor breaks off":         {handler, get("/abort"), "", map[string]float64{"unanswered": 1}, nil},
		"transport, the vendor breaks off":       {transport, get("/abort"), "", map[string]float64{"unanswered": 1}, nil},
		"handler, the answer is cut off":         {handler, get("/cut"), "", map[string]float64{"signed": 1}, map[string]float64{"4xx": 1}},
		"transport, the answer is cut off":       {transport, get("/cut"), "", map[string]float64{"signed": 1}, map[string]float64{"4xx": 1}},
		"handler, the client leaves":             {handler, get("/stuck"), "before", map[string]float64{"unanswered": 1}, nil},
		"transport, the client leaves":           {transport, get("/stuck"), "before", map[string]float64{"unanswered": 1}, nil},
		"handler, it leaves in the answer":       {handler, get("/stream"), "in", map[string]float64{"signed": 1}, map[string]float64{"2xx": 1}},
		"transport, it leaves in the answer":     {transport, get("/stream"), "in", map[string]float64{"signed": 1}, map[string]float64{"2xx": 1}},
		"handler, a body that breaks":            {handler, broken, "", map[string]float64{"body-broken": 1}, nil},
		"transport, a body that breaks":          {transport, broken, "", map[string]float64{"body-broken": 1}, nil},
		"handler, the upstream is plain http":    {strings.Replace(handler, "INSECURE", "", 1), get("/api"), "", map[string]float64{"upstream": 1}, nil},
		"transport, the upstream is another one": {strings.Replace(transport, "host {vendor} {dead}", "host vendor.example", 1), get("/api"), "", map[string]float64{"upstream": 1}, nil},
		"handler, a path that is none":           {handler, strings.Replace(get("/"), "GET", "CONNECT", 1), "", map[string]float64{"bad-target": 1}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			stuck := make(chan bool, 1)
			upstream := serve(t, breaking(stuck))
			dead, vendor := freeTCP(t), upstream.Listener.Addr().String()
			fill := strings.NewReplacer("{dead}", dead, "{vendor}", vendor, "INSECURE", "insecure_upstream").Replace
			caddyfile, file := logging(t, "\tlog\n\tlog_append outcome {vendorsign.outcome}\n"+fill(test.site))
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			load(t, c, caddyfile, upstream)
			hosts := []string{vendor, dead, "vendor.example"}
			before := byLabel(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome", "vendor.example")
			conn, err := net.Dial("tcp", c.site)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			io.WriteString(conn, fill(test.raw))
			switch test.leave {
			case "before":
				<-stuck
				conn.Close()
			case "in":
				conn.Read(make([]byte, 1))
				conn.Close()
			default:
				conn.Read(make([]byte, 1))
			}
			await(t, c, test.outcomes, func(all map[string]map[string]float64) map[string]float64 {
				got := byLabel(all["caddy_vendorsign_requests_total"], "outcome", hosts...)
				for outcome, n := range before {
					if got[outcome] -= n; got[outcome] == 0 {
						delete(got, outcome)
					}
				}
				return got
			})
			if answers := byLabel(scrape(t, c)["caddy_vendorsign_answers_total"], "class", hosts...); !maps.Equal(answers, test.answers) {
				t.Errorf("the answers are %v, want %v", answers, test.answers)
			}
			conn.Close()
			audit, last := make(map[string]float64), ""
			for _, line := range logged(t, file, "") {
				switch logger := fmt.Sprint(line["logger"]); {
				case strings.HasSuffix(logger, "_sign.audit"):
					last = fmt.Sprint(line["msg"])
					audit[last]++
				case strings.HasPrefix(logger, "http.log.access") && line["outcome"] != nil && line["outcome"] != last: // Caddy has none if an answer broke off
					t.Errorf("the access log has %v, the audit log %s", line["outcome"], last)
				}
			}
			if !maps.Equal(audit, test.outcomes) {
				t.Errorf("the audit log has %v, want %v", audit, test.outcomes)
			}
		})
	}
}

// What stands behind the handler may change the request, for pages of its own in place of the vendor's.
func TestAuditNamesWhatWasSignedWhateverBecomesOfTheRequest(t *testing.T) {
	block := strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\taudit on", 1)
	caddyfile, file := logging(t, "\tdarktrace_sign "+block+"\treverse_proxy {vendor} {\n\t\thandle_response {\n\t\t\trewrite /page?secret=canary\n\t\t\tmethod POST\n\t\t\trespond page 200\n\t\t}\n\t}\n")
	c := run(t, caddyfile, darktrace(t))
	if status, body := get(t, c, "/devices"); status != http.StatusOK || body != "page" {
		t.Errorf("answered %d %s", status, body)
	}
	lines := logged(t, file, "http.handlers.darktrace_sign.audit")
	if len(lines) != 1 || lines[0]["msg"] != "signed" || lines[0]["method"] != "GET" || lines[0]["path"] != "/devices" {
		t.Errorf("the audit log has %v", lines)
	}
}

// A file may bind the credential to another host while the vendor works.
func TestAnAnswerCountsForTheHostThatTheRequestWasFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credential.json")
	first, second := "first-"+freeTCP(t), "second-"+freeTCP(t)
	write := func(host string) {
		if err := os.WriteFile(file, []byte(`{"api_id":"ID1","api_secret_key":"x","host":["`+host+`"]}`), 0o600); err != nil {
			t.Error(err)
		}
	}
	write(first)
	var passed atomic.Int64 // of the gate's time
	var c running
	c = run(t, head+"\tcarbonblack_sign {\n\t\tcredentials_file "+file+"\n\t\tinsecure_upstream\n\t}\n\treverse_proxy {vendor}\n}\n", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			write(second)
			passed.Store(int64(3 * time.Second)) // the file is left alone
			fetch(t, "http://"+c.site+"/quick")
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	liveSigners()[0].gate.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	fetch(t, "http://"+c.site+"/slow")
	all := scrape(t, c)
	if got := byLabel(all["caddy_vendorsign_answers_total"], "class", first); !maps.Equal(got, map[string]float64{"4xx": 1}) {
		t.Errorf("the answers of the first host are %v", got)
	}
	if got := byLabel(all["caddy_vendorsign_refusals_total"], "cause", first); !maps.Equal(got, map[string]float64{"rights": 1}) {
		t.Errorf("the refusals of the first host are %v", got)
	}
	if got := byLabel(all["caddy_vendorsign_answers_total"], "class", second); !maps.Equal(got, map[string]float64{"2xx": 1}) {
		t.Errorf("the answers of the second host are %v", got)
	}
}

// A request can meet two signers: a second vendor that stands in for the first.
func TestThePlaceholdersAreThoseOfTheLastAttempt(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Dtapi-Token") != "" {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	const second = "transport carbonblack_sign {\n\t\t\t\t\tapi_id ID1\n\t\t\t\t\tapi_secret_key x\n\t\t\t\t\thost vendor.example\n\t\t\t\t\tinsecure_upstream\n\t\t\t\t}\n"
	caddyfile, file := logging(t, "\tlog\n\tlog_append outcome {vendorsign.outcome}\n\tlog_append signer {vendorsign.signer}\n"+
		"\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign "+options(rightSecret)+"\t\thandle_response {\n\t\t\treverse_proxy {vendor} {\n\t\t\t\t"+second+"\t\t\t}\n\t\t}\n\t}\n")
	c := run(t, caddyfile, vendor)
	if status, body := get(t, c, "/devices"); status != http.StatusMisdirectedRequest {
		t.Errorf("answered %d %s", status, body)
	}
	lines := withMessage(logged(t, file, ""), "handled request")
	if len(lines) != 1 || lines[0]["signer"] != "carbonblack" || lines[0]["outcome"] != "upstream" {
		t.Errorf("the access log has %v", lines)
	}
}

// Whoever compares the vendor's log with the gateway's finds each request in both, also those that the gateway makes for itself.
func TestProbesAreCountedAndAudited(t *testing.T) {
	for form, site := range map[string]string{"handler": "\tduo_sign BLOCK\treverse_proxy {vendor}\n", "transport": "\treverse_proxy {vendor} {\n\t\ttransport duo_sign BLOCK\t}\n"} {
		t.Run(form, func(t *testing.T) {
			var asked atomic.Int64
			upstream := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if id, _, _ := r.BasicAuth(); id != "OLD" {
					w.WriteHeader(http.StatusUnauthorized)
					io.WriteString(w, `{"stat":"FAIL","code":40103}`)
				}
			}))
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			caddyfile, file := logging(t, "\tlog\n\tlog_append outcome {vendorsign.outcome}\n"+strings.Replace(site, "BLOCK", "{\n\t\tintegration_key NEW\n\t\tsecret_key x\n\t\thost {vendor}\n"+
				"\t\tinsecure_upstream\n\t\taudit on\n\t\tprevious {\n\t\t\tintegration_key OLD\n\t\t\tsecret_key y\n\t\t}\n\t}\n", 1))
			load(t, c, caddyfile, upstream)
			get(t, c, "/admin/v1/users")
			want := map[string]float64{"probe": 2, "signed": float64(asked.Load()) - 2}
			if got := byLabel(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome", upstream.Listener.Addr().String()); asked.Load() < 3 || !maps.Equal(got, want) {
				t.Errorf("the vendor was asked %d times, and counted are %v", asked.Load(), got)
			}
			audit, credentials := make(map[string]float64), make(map[string]bool)
			for _, line := range logged(t, file, "") {
				if strings.HasSuffix(fmt.Sprint(line["logger"]), ".audit") {
					audit[fmt.Sprint(line["msg"])]++
					credentials[fmt.Sprint(line["credential"])] = true
				} else if line["msg"] == "handled request" && line["outcome"] != "signed" {
					t.Errorf("the access log has %v", line["outcome"])
				}
			}
			if !maps.Equal(audit, want) || len(credentials) != 2 {
				t.Errorf("the audit log has %v of %v", audit, credentials)
			}
		})
	}
}

// The proxy can put an answer of its own in the place of the vendor's, and an authentication in front may be a proxy too.
func TestTheAnswersThatCountAreTheVendors(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refused":
			w.WriteHeader(http.StatusUnauthorized)
		case "/abort":
			panic(http.ErrAbortHandler)
		}
	})
	tests := map[string]struct {
		path, answer      string
		status            int
		answers, refusals map[string]float64
	}{
		"a page in the place of a refusal":    {"/refused", "\t\thandle_response {\n\t\t\trespond later 200\n\t\t}\n", 200, map[string]float64{"4xx": 1}, map[string]float64{"unclear": 1}},
		"a status in the place of a refusal":  {"/refused", "\t\treplace_status 503\n", 503, map[string]float64{"4xx": 1}, map[string]float64{"unclear": 1}},
		"a refusal of the gateway's own":      {"/good", "\t\thandle_response {\n\t\t\trespond no 401\n\t\t}\n", 401, map[string]float64{"2xx": 1}, nil},
		"the vendor's answer, as it was":      {"/refused", "", 401, map[string]float64{"4xx": 1}, map[string]float64{"unclear": 1}},
		"no answer but the authentication's":  {"/abort", "", 502, nil, nil},
		"an error behind the vendor's answer": {"/refused", "\t\thandle_response {\n\t\t\terror 500\n\t\t}\n", 500, map[string]float64{"4xx": 1}, map[string]float64{"unclear": 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			upstream := serve(t, vendor)
			auth := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }))
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			load(t, c, head+"\tforward_auth "+auth.Listener.Addr().String()+" {\n\t\turi /auth\n\t}\n\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t}\n"+
				"\treverse_proxy {vendor} {\n"+test.answer+"\t}\n}\n", upstream)
			t.Cleanup(func() { caddy.Stop() })
			if status, _ := fetch(t, "http://"+c.site+test.path); status != test.status {
				t.Errorf("answered %d", status)
			}
			all, host := scrape(t, c), upstream.Listener.Addr().String()
			if got := byLabel(all["caddy_vendorsign_answers_total"], "class", host); !maps.Equal(got, test.answers) {
				t.Errorf("the answers are %v, want %v", got, test.answers)
			}
			if got := byLabel(all["caddy_vendorsign_refusals_total"], "cause", host); !maps.Equal(got, test.refusals) {
				t.Errorf("the refusals are %v, want %v", got, test.refusals)
			}
		})
	}
}
