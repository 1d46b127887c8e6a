package modules

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/cli/screen"
)

func statusOf(t *testing.T, c running) (all []signerStatus) {
	t.Helper()
	_, body := fetch(t, "http://"+c.admin+"/vendorsign/")
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return all
}

func TestTheLastRefusalIsKnownToAllBlocksAndAfterAReload(t *testing.T) {
	upstream := serve(t, darktrace(t))
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	caddyfile := func(secret string) string {
		return head + "\thandle /one {\n\t\tdarktrace_sign " + options(secret) + "\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {vendor} {\n\ttransport darktrace_sign " + options(secret) + "\t}\n}\n"
	}
	load(t, c, caddyfile("other-5b1f"), upstream)
	t.Cleanup(func() { caddy.Stop() })
	wantRefusals := func(want int, when string) {
		t.Helper()
		waitLive(t, 2)
		got := 0
		for _, s := range statusOf(t, c) {
			if s.LastRefusal != nil && s.LastRefusal.Cause == "signature" {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d blocks know of the refusal, want %d", when, got, want)
		}
	}
	fetch(t, "http://"+c.site+"/one")
	wantRefusals(2, "after a refusal")
	load(t, c, caddyfile("other-5b1f"), upstream)
	wantRefusals(2, "after a reload")
	load(t, c, caddyfile(rightSecret), upstream)
	wantRefusals(0, "with another credential")
	if live.Lock(); len(live.refusals) != 1 {
		t.Errorf("%d credentials are remembered", len(live.refusals))
	}
	live.Unlock()
}

func TestTheStatusIsReadOnlyAndAtOneAddress(t *testing.T) {
	c := run(t, head+"\tdarktrace_sign "+options(rightSecret)+"\treverse_proxy {vendor}\n}\n", darktrace(t))
	for _, tt := range []struct {
		name, method, path, header, value string
		want                              int
	}{
		{"the endpoint", "GET", "/vendorsign/", "", "", 200},
		{"nothing is changed", "POST", "/vendorsign/", "", "", 405},
		{"nor deleted", "DELETE", "/vendorsign/", "", "", 405},
		{"there is nothing below it", "GET", "/vendorsign/darktrace", "", "", 404},
		{"a page of another site", "GET", "/vendorsign/", "Origin", "https://evil.example", 403},
		{"a name that was bound to this address", "GET", "/vendorsign/", "Host", "evil.example", 403},
	} {
		r, _ := http.NewRequest(tt.method, "http://"+c.admin+tt.path, nil)
		if tt.header == "Host" {
			r.Host = tt.value
		} else if tt.header != "" {
			r.Header.Set(tt.header, tt.value)
		}
		response, _ := ask(t, r)
		if response.StatusCode != tt.want || tt.want == 405 && response.Header.Get("Allow") != "GET" {
			t.Errorf("%s: answered %d, Allow %q", tt.name, response.StatusCode, response.Header.Get("Allow"))
		}
	}
}

func status(arguments ...string) (string, error) {
	var out bytes.Buffer
	c := StatusCommand()
	c.SetArgs(arguments)
	c.SetOut(&out)
	c.SilenceUsage, c.SilenceErrors = true, true
	err := c.Execute()
	return out.String(), err
}

func TestTheStatusCommandPrintsATableFromASocketToo(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin")
	absent := filepath.Join(t.TempDir(), "absent")
	site := "\thandle /one {\n\t\tdarktrace_sign " + strings.Replace(options(rightSecret), "{vendor}", "one.example two.example three.example", 1) + "\t\treverse_proxy {vendor}\n\t}\n" +
		"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file." + absent + "}\n\t\thost vendor.example\n\t}\n\treverse_proxy {vendor}\n}\n"
	run(t, strings.Replace(head, "{admin}", "unix/"+socket, 1)+site, darktrace(t))
	table, err := status("--address", "unix/"+socket)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table, "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], "SIGNER       HOST") {
		t.Fatalf("the table is\n%s", table)
	}
	if got := strings.Join(strings.Fields(lines[1]), " "); got != "carbonblack vendor.example - - -" || lines[2] != "  api_secret_key is not there: its file is missing" {
		t.Errorf("the absent credential: %q", got)
	}
	if got := strings.Join(strings.Fields(lines[3]), " "); !strings.HasPrefix(got, "darktrace one.example and 2 more ") {
		t.Errorf("three hosts: %q", got)
	}
}

// Requests go on with the credential that was loaded, until a restart finds that there is none.
func TestTheStatusSaysWhyAChangedFileIsNotUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("canary")
	c := run(t, head+"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file."+file+"}\n\t\thost vendor.example\n\t}\n\treverse_proxy {vendor}\n}\n",
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	unusable := func() string { return statusOf(t, c)[0].Unusable }
	if got := unusable(); got != "" {
		t.Errorf("the file that was loaded: %q", got)
	}
	for _, step := range []struct{ text, want string }{{"", "api_secret_key"}, {"canary", ""}} {
		write(step.text)
		deadline := time.Now().Add(patience)
		got := unusable()
		for (got == "") != (step.want == "") && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
			got = unusable()
		}
		if !strings.Contains(got, step.want) || step.want == "" && got != "" || strings.Contains(got, "canary") {
			t.Errorf("with %q in the file: %q, want %q", step.text, got, step.want)
		}
	}
}

func TestTheStatusFitsTheScreen(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *time.Time {
		moment := now.Add(d)
		return &moment
	}
	all := []signerStatus{
		{Signer: "duo", Hosts: []string{"api-12345678.duosecurity.com"}, Credential: "9a94c189", AgeSeconds: 90 * 86400, Expires: at(30 * 24 * time.Hour)},
		{Signer: "threatconnect", Hosts: []string{"acme.threatconnect.com", "sandbox.threatconnect.com"}, Credential: "84dce631", AgeSeconds: 3720,
			TokenExpires: at(55 * time.Minute), ClockOffsetSeconds: -3.4, Expires: at(30 * time.Hour)},
		{Signer: "veracode", Hosts: []string{"api.veracode.com", "api.veracode.eu", "api.veracode.us"}, Credential: "09fda864", AgeSeconds: 5, Expires: at(-time.Hour),
			Previous: true, PauseEnds: at(49 * time.Minute), LastRefusal: &lastRefusal{Time: now.Add(-5 * time.Minute), Status: 401, Cause: "signature",
				Explanation: "the signatures do not match; the secret is wrong, or something behind the gateway changes the request"}},
		{Signer: "carbonblack", Hosts: []string{"defense.conferdeploy.net"}, Absent: "api_secret_key"},
		{Signer: "darktrace", Hosts: []string{"darktrace.acme.example"}, Credential: "5d0c8e12", AgeSeconds: 3 * 86400, Unusable: "darktrace: private_token is empty"},
		{Signer: "crowdstrike", Hosts: []string{"api.crowdstrike.com"}, Credential: "95e4aaf3", AgeSeconds: 600, TokenOutage: &tokenOutage{Failures: 3,
			Reason: "the token service did not answer: dial tcp: lookup api.crowdstrike.com: no such host", Retry: now.Add(4 * time.Second)}},
	}
	got := statusTable(all, now, screen.Screen{Width: 80})
	if want := golden(t, "status.txt", got); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	for _, s := range []screen.Screen{{Width: 80}, {Width: 60}, {Width: 132, Color: true}} {
		for line := range strings.Lines(statusTable(all, now, s)) {
			line = strings.NewReplacer("\n", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[0m", "").Replace(line)
			if n := screen.Length(line); n > s.Width || strings.Contains(line, "\x1b") {
				t.Errorf("a line of %d columns in %d: %q", n, s.Width, line)
			}
		}
		if got := strings.Contains(statusTable(all, now, s), "\x1b[31m  refused 5m ago"); got != s.Color {
			t.Errorf("colours: %v, want %v", got, s.Color)
		}
	}
}

// As caddy reload and caddy stop do.
func TestTheStatusCommandTakesTheAddressFromTheConfiguration(t *testing.T) {
	folder := t.TempDir()
	socket, file := filepath.Join(folder, "admin"), filepath.Join(folder, "gateway.conf")
	text := strings.Replace(head, "{admin}", "unix/"+socket, 1) + "\tdarktrace_sign " + options(rightSecret) + "\treverse_proxy {vendor}\n}\n"
	run(t, text, darktrace(t))
	if err := os.WriteFile(file, []byte(strings.NewReplacer("{site}", ":80", "{vendor}", "vendor.example").Replace(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := status("--config", file, "--adapter", "caddyfile")
	if err != nil || strings.Count(table, "\n") != 2 {
		t.Errorf("%v, and the table is\n%s", err, table)
	}
}

// rewrite has the golden files written anew: go test ./caddyplugin/modules -run FitsTheScreen -args -rewrite
var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// golden returns what a file of testdata has for a screen.
func golden(t *testing.T, name, got string) string {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(want)
}

func TestTheStatusCommandSaysWhereItAskedInVain(t *testing.T) {
	address := freeTCP(t)
	_, err := status("--address", address)
	if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "admin off") {
		t.Errorf("the error is %v", err)
	}
}

// Clients that take gzip get refusals in it, and the reason has to be read all the same.
func TestACompressedRefusalIsUnderstood(t *testing.T) {
	for form, site := range map[string]string{
		"handler":   "\tdarktrace_sign BLOCK\treverse_proxy {vendor}\n}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n}\n",
	} {
		t.Run(form, func(t *testing.T) {
			var refusal bytes.Buffer
			z := gzip.NewWriter(&refusal)
			io.WriteString(z, `{"error":"API SIGNATURE ERROR"}`)
			z.Close()
			vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(http.StatusBadRequest)
				w.Write(refusal.Bytes())
			})
			c := run(t, head+strings.Replace(site, "BLOCK", options("other-5b1f"), 1), vendor)
			if status, body := fetch(t, "http://"+c.site+"/devices", "Accept-Encoding", "gzip, deflate, br"); status != http.StatusBadRequest || body != refusal.String() {
				t.Errorf("answered %d with %d bytes", status, len(body))
			}
			if all := statusOf(t, c); len(all) != 1 || all[0].LastRefusal == nil || all[0].LastRefusal.Cause != "signature" {
				t.Errorf("the status is %+v", all)
			}
		})
	}
}

// Gateways are reloaded for every change of any site, and how long a key has been in use is what its age is asked for.
func TestTheAgeOfACredentialGoesOnOverReloads(t *testing.T) {
	upstream := serve(t, darktrace(t))
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	t.Cleanup(func() { caddy.Stop() })
	since := func(secret string) time.Time {
		t.Helper()
		load(t, c, head+"\tdarktrace_sign "+options(secret)+"\treverse_proxy {vendor}\n}\n", upstream)
		waitLive(t, 1)
		return liveSigners()[0].gate.Since()
	}
	first := since("age-one")
	if again := since("age-one"); first.IsZero() || !again.Equal(first) {
		t.Errorf("in use since %v, after a reload since %v", first, again)
	}
	if other := since("age-two"); !other.After(first) {
		t.Errorf("another one is in use since %v", other)
	}
}

// Whoever has put a new key into a file looks whether it is in use, and whether it is refused: as the one before was.
func TestTheStatusFollowsAChangedFileWithoutARequest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	write := func(secret string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	upstream := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	caddyfile := head + "\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file." + file + "}\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t}\n\treverse_proxy {vendor}\n}\n"
	load(t, c, caddyfile, upstream)
	t.Cleanup(func() { caddy.Stop() })
	fetch(t, "http://"+c.site+"/api")
	first := statusOf(t, c)[0]
	if first.LastRefusal == nil || first.LastRefusal.Credential != first.Credential {
		t.Errorf("after a refusal the status is %+v", first)
	}
	write("another")
	liveSigners()[0].gate.Now = func() time.Time { return time.Now().Add(3 * time.Second) } // the file is left alone
	second := statusOf(t, c)[0]
	if second.Credential == first.Credential || second.LastRefusal != nil {
		t.Errorf("after the change the status is %+v, and was %+v", second, first)
	}
	for labels := range scrape(t, c)["caddy_vendorsign_credential_age_seconds"] {
		if !strings.Contains(labels, "credential="+second.Credential) {
			t.Errorf("after the change there is an age of %s", labels)
		}
	}
	fetch(t, "http://"+c.site+"/api")
	load(t, c, caddyfile, upstream)
	waitLive(t, 1)
	if third := statusOf(t, c)[0]; third.Credential != second.Credential || third.LastRefusal == nil || third.LastRefusal.Credential != third.Credential {
		t.Errorf("after a refusal of the second one and a reload the status is %+v", third)
	}
	if live.Lock(); len(live.refusals) != 1 {
		t.Errorf("%d credentials are remembered", len(live.refusals))
	}
	live.Unlock()
}

func TestTheStatusSaysWhatTheOperatorHasToKnowOfACredential(t *testing.T) {
	tests := map[string]struct{ options, code, want string }{
		"its end is past":             {"expires 2020-12-31", "", "IN-USE     expired  "},
		"its end is far":              {"expires 2200-12-31", "", "IN-USE     in "},
		"the previous one serves":     {"previous {\n\t\t\tintegration_key OLD\n\t\t\tsecret_key y\n\t\t}", "40102", "the previous credential is in use: the vendor does not accept the new one\n"},
		"the vendor wants no request": {"", "42901", "the vendor limits the rate of requests\n  the vendor asked for a pause: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if id, _, _ := r.BasicAuth(); id == "OLD" || test.code == "" {
					return
				}
				w.Header().Set("Retry-After", "3000")
				w.WriteHeader(map[string]int{"40102": http.StatusUnauthorized, "42901": http.StatusTooManyRequests}[test.code])
				io.WriteString(w, `{"stat":"FAIL","code":`+test.code+`}`)
			})
			c := run(t, head+"\treverse_proxy {vendor} {\n\t\ttransport duo_sign {\n\t\t\tintegration_key NEW\n\t\t\tsecret_key x\n\t\t\thost {vendor}\n\t\t\tinsecure_upstream\n\t\t\t"+test.options+"\n\t\t}\n\t}\n}\n", vendor)
			fetch(t, "http://"+c.site+"/api")
			table, err := status("--address", c.admin)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Replace(test.want, "IN-USE", statusOf(t, c)[0].Credential, 1); !strings.Contains(table, want) {
				t.Errorf("the table lacks %q:\n%s", want, table)
			}
		})
	}
}
