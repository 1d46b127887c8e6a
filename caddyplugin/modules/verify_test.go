package modules

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// duoKey signs as Duo's clients do with version 5: without X-Duo headers, and with a query in its canonical form.
type duoKey struct{ ikey, skey string }

func (k duoKey) proof(method, host, target, date, body string) string {
	path, query, _ := strings.Cut(target, "?")
	mac := hmac.New(sha512.New, []byte(k.skey))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%s\n%x\n%x", date, method, host, path, query, sha512.Sum512([]byte(body)), sha512.Sum512(nil))
	return hex.EncodeToString(mac.Sum(nil))
}

func (k duoKey) authorization(proof string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(k.ikey+":"+proof))
}

// raw are the bytes of a signed request to duo.internal whose date is so far from now.
func (k duoKey) raw(method, target, body string, age time.Duration, more ...string) string {
	date := time.Now().Add(-age).UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000")
	head := []string{method + " " + target + " HTTP/1.1", "Host: duo.internal:8443", "Date: " + date,
		"Authorization: " + k.authorization(k.proof(method, "duo.internal", target, date, body)), "Connection: close"}
	if body != "" {
		head = append(head, fmt.Sprint("Content-Length: ", len(body)))
	}
	return strings.Join(append(head, more...), "\r\n") + "\r\n\r\n" + body
}

// sendRaw sends bytes and returns the answer's.
func sendRaw(t *testing.T, address, request string) string {
	t.Helper()
	answer, err := trySendRaw(address, request)
	if err != nil && answer == "" {
		t.Fatal(err)
	}
	return answer
}

// trySendRaw has no answer if the connection was one of a server that a reload is closing.
func trySendRaw(address, request string) (string, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

// duoVendor accepts what the real key signs for 127.0.0.1, and keeps the requests.
type duoVendor struct {
	sync.Mutex
	accepted, refused []string
}

var realKey = duoKey{"DIXREAL0000000000000", "real-secret"}

func (v *duoVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.Lock()
	defer v.Unlock()
	line := r.Method + " " + r.RequestURI + " " + string(body)
	want := realKey.authorization(realKey.proof(r.Method, "127.0.0.1", r.RequestURI, r.Header.Get("Date"), string(body)))
	if r.Header.Get("Authorization") != want || !strings.HasPrefix(r.Host, "127.0.0.1:") {
		v.refused = append(v.refused, line)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	v.accepted = append(v.accepted, line)
	io.WriteString(w, "accepted")
}

func (v *duoVendor) last() (accepted string, refused int) {
	v.Lock()
	defer v.Unlock()
	if len(v.accepted) > 0 {
		accepted = v.accepted[len(v.accepted)-1]
	}
	return accepted, len(v.refused)
}

const duoSigner = "\n\t\tintegration_key DIXREAL0000000000000\n\t\tsecret_key real-secret\n\t\thost {vendor}\n\t\tinsecure_upstream\n" +
	"\t\tallow GET|POST|DELETE /admin/v1/users/** /admin/v1/logs\n\t\trequire_app\n\t}\n"

// verifying sites, as handler and as transport; the window tells the memories of tests apart.
func verifyingSites(window string) map[string]string {
	verify := strings.Replace(head, "{site}", ":{port}", 1) + "\tbind 127.0.0.1\n\tvendorsign_verify duo {\n\t\twindow " + window + "\n" +
		"\t\tapp billing {\n\t\t\tkey_id DIAPPBILLING00000000\n\t\t\tsecret app-secret-billing\n\t\t\tallow GET|POST /admin/v1/users/** /admin/v1/admins /admin/v1/old/**\n\t\t}\n" +
		"\t\tapp soar {\n\t\t\tkey_id DIAPPSOAR00000000000\n\t\t\tsecret app-secret-soar\n\t\t\tprevious older-secret-soar\n\t\t}\n\t}\n" +
		"\theader >App {vendorsign.app}\n\trewrite /admin/v1/old/* /admin/v1/logs\n"
	return map[string]string{
		"handler":   verify + "\tvendorsign duo {" + duoSigner + "\treverse_proxy {vendor}\n}\n",
		"transport": verify + "\treverse_proxy {vendor} {\n\t\ttransport vendorsign duo {" + duoSigner + "\t}\n}\n",
	}
}

const soon = -20 * time.Second // what is dated before the start of the memory may have been used before

func TestAnAppIsVerifiedAndItsRequestSignedForTheVendor(t *testing.T) {
	billing, soar := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}, duoKey{"DIAPPSOAR00000000000", "older-secret-soar"}
	n := 40
	for form := range verifyingSites("") {
		n++
		t.Run(form, func(t *testing.T) {
			vendor := new(duoVendor)
			c := run(t, verifyingSites(fmt.Sprint(n, "s"))[form], vendor)
			once := soar.raw("POST", "/admin/v1/users/7", `{"a":1}`, soon)
			tests := []struct {
				name, request, answer, app string
				sent                       string
			}{
				{"a read", billing.raw("GET", "/admin/v1/users/1?limit=5", "", 0), "200", "billing", "GET /admin/v1/users/1?limit=5 "},
				{"a write", billing.raw("POST", "/admin/v1/users/1", `{"a":1}`, soon), "200", "billing", `POST /admin/v1/users/1 {"a":1}`},
				{"the previous secret", once, "200", "soar", `POST /admin/v1/users/7 {"a":1}`},
				{"a write that comes again", once, "403", "soar", ""},
				{"a write from before the start", billing.raw("POST", "/admin/v1/users/1", "x", 30*time.Second), "403", "billing", ""},
				{"no signature", "GET /admin/v1/users/1 HTTP/1.1\r\nHost: duo.internal\r\nConnection: close\r\n\r\n", "401", "", ""},
				{"the real key", realKey.raw("GET", "/admin/v1/users/1", "", 0), "401", "", ""},
				{"a wrong secret", duoKey{billing.ikey, "x"}.raw("GET", "/admin/v1/users/1", "", 0), "401", "", ""},
				{"another method", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "GET", "DELETE", 1), "401", "", ""},
				{"another host", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "duo.internal", "a.internal", 1), "401", "", ""},
				{"another path", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "users/1", "users/2", 1), "401", "", ""},
				{"a body", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx", 1), "401", "", ""},
				{"a chunked body", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "\r\n\r\n",
					"\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 1), "401", "", ""},
				{"a header that the scheme covers", billing.raw("GET", "/admin/v1/users/1", "", 0, "X-Duo-Other: 1"), "401", "", ""},
				{"two signatures", billing.raw("GET", "/admin/v1/users/1", "", 0, "Authorization: Basic YTpi"), "401", "", ""},
				{"an absolute target", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "GET ", "GET http://duo.internal:8443", 1), "401", "", ""},
				{"an old signature", billing.raw("GET", "/admin/v1/users/1", "", 2*time.Minute), "403", "billing", ""},
				{"a path that is not the app's", billing.raw("GET", "/admin/v1/logs", "", 0), "403", "billing", ""},
				{"a path that is not the credential's", billing.raw("GET", "/admin/v1/admins", "", 0), "403", "billing", ""},
				{"a path that is rewritten to one that is not the app's", billing.raw("GET", "/admin/v1/old/1", "", 0), "403", "billing", ""},
				{"the same by an app that may", soar.raw("GET", "/admin/v1/old/1", "", 0), "200", "soar", "GET /admin/v1/logs "},
			}
			for _, test := range tests {
				before, _ := vendor.last()
				answer := sendRaw(t, c.site, test.request)
				status, rest, _ := strings.Cut(strings.TrimPrefix(answer, "HTTP/1.1 "), " ")
				sent, refused := vendor.last()
				if status != test.answer || refused > 0 || test.sent != "" && sent != test.sent || test.sent == "" && sent != before {
					t.Errorf("%s: %s %s, and the vendor has accepted %q and refused %d", test.name, status, rest, sent, refused)
				}
				if test.answer == "401" && !strings.Contains(answer, `"detail":"no app signed this request"`) {
					t.Errorf("%s: the answer says more: %s", test.name, answer)
				}
				if test.answer != "401" && test.sent != "" && !strings.Contains(answer, "App: "+test.app+"\r\n") {
					t.Errorf("%s: the placeholder has another app: %s", test.name, answer)
				}
				if strings.Contains(answer, "secret-") {
					t.Errorf("%s: the answer shows a secret: %s", test.name, answer)
				}
			}
			counted := scrape(t, c)["caddy_vendorsign_app_requests_total"]
			for labels, least := range map[string]float64{
				"app=billing,outcome=verified": 2, "app=,outcome=unsigned": 1, "app=,outcome=key": 1, "app=,outcome=signature": 1,
				"app=soar,outcome=replay": 1, "app=billing,outcome=clock": 1, "app=billing,outcome=rights": 1,
			} {
				if sum(counted, labels) < least {
					t.Errorf("%s: %v of at least %v", labels, sum(counted, labels), least)
				}
			}
		})
	}
}

// Wherever it is written, the verifier sees the request as the app signed it, before other directives change it.
func TestAnAppIsVerifiedBeforeItsRequestIsChanged(t *testing.T) {
	vendor := new(duoVendor)
	site := strings.Replace(verifyingSites("53s")["handler"], "\tvendorsign_verify duo {",
		"\trequest_header -Authorization\n\trequest_header Date never\n\tmethod DELETE\n\tvendorsign_verify duo {", 1)
	c := run(t, site, vendor)
	answer := sendRaw(t, c.site, duoKey{"DIAPPSOAR00000000000", "app-secret-soar"}.raw("GET", "/admin/v1/users/1", "", 0))
	if sent, _ := vendor.last(); !strings.HasPrefix(answer, "HTTP/1.1 200") || sent != "DELETE /admin/v1/users/1 " {
		t.Errorf("sent %q, and answered %s", sent, answer)
	}
}

// With explain a developer sees in the answer what is otherwise in the log alone, and the operator is told so at the start.
func TestVendorsignVerifyExplainsToDevelopersWhyNoAppSigned(t *testing.T) {
	billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
	site := strings.Replace(verifyingSites("46s")["handler"], "\t\tapp billing", "\t\texplain\n\t\tapp billing", 1)
	c := run(t, site, new(duoVendor))
	for _, test := range []struct{ name, request, detail string }{
		{"no signature", "GET /admin/v1/users/1 HTTP/1.1\r\nHost: duo.internal\r\nConnection: close\r\n\r\n", ": unsigned: "},
		{"an unknown key", realKey.raw("GET", "/admin/v1/users/1", "", 0), ": key: no app has the key"},
		{"a wrong secret", duoKey{billing.ikey, "x"}.raw("GET", "/admin/v1/users/1", "", 0), ": signature: it was made with another secret"},
		{"a date that is none", strings.Replace(billing.raw("GET", "/admin/v1/users/1", "", 0), "Date: ", "Date: x", 1), ": date: "},
	} {
		answer := sendRaw(t, c.site, test.request)
		if !strings.HasPrefix(answer, "HTTP/1.1 401 ") || !strings.Contains(answer, `"detail":"no app signed this request`+test.detail) ||
			strings.Contains(answer, "billing") {
			t.Errorf("%s: %s, want %s", test.name, answer, test.detail)
		}
	}
	if answer := sendRaw(t, c.site, billing.raw("GET", "/admin/v1/users/1", "", 0)); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
		t.Errorf("an app's own request: %s", answer)
	}
	if _, err := adapt(":80 {\nvendorsign_verify duo {\nexplain loudly\napp a {\nkey_id K\nsecret x\n}\n}\n}\n"); err == nil {
		t.Error("explain takes a value")
	}
}

func TestASignerWithRequireAppRefusesWhatNobodyVerified(t *testing.T) {
	for form, site := range verifyingSites("50s") {
		t.Run(form, func(t *testing.T) {
			vendor := new(duoVendor)
			start := strings.Index(site, "\tvendorsign_verify")
			c := run(t, site[:start]+site[strings.Index(site, "\theader >App"):], vendor)
			billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
			for _, request := range []string{
				"GET /admin/v1/users/1 HTTP/1.1\r\nHost: duo.internal\r\nConnection: close\r\n\r\n", billing.raw("GET", "/admin/v1/users/1", "", 0),
			} {
				answer := sendRaw(t, c.site, request)
				if accepted, refused := vendor.last(); !strings.HasPrefix(answer, "HTTP/1.1 403 ") || !strings.Contains(answer, "#app-required") || accepted != "" || refused > 0 {
					t.Errorf("%s, sent %q", answer, accepted)
				}
			}
		})
	}
}

func TestAReloadForgetsNoSignature(t *testing.T) {
	vendor := new(duoVendor)
	upstream := serve(t, vendor)
	site := verifyingSites("51s")["handler"]
	c := run(t, site, vendor)
	load(t, c, site, upstream)
	soar := duoKey{"DIAPPSOAR00000000000", "app-secret-soar"}
	request, answer := "", ""
	for n := 0; answer == "" && n < 50; n++ { // a new one each time: a server that was closing may have seen the last
		request = soar.raw("POST", fmt.Sprintf("/admin/v1/users/%d", n), "x", soon)
		answer, _ = trySendRaw(c.site, request)
	}
	if !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
		t.Fatal(answer)
	}
	load(t, c, site, upstream)
	answer = ""
	for n := 0; answer == "" && n < 50; n++ {
		answer, _ = trySendRaw(c.site, request)
	}
	if !strings.HasPrefix(answer, "HTTP/1.1 403 ") {
		t.Errorf("after a reload: %s", answer)
	}
}

// An SDK repeats the same bytes after a 429.
func TestARequestThatIsNotSentGivesItsSignatureBack(t *testing.T) {
	n := 30
	for form := range verifyingSites("") {
		n++
		t.Run(form, func(t *testing.T) {
			vendor := new(duoVendor)
			// An app's rate outlives a reload, so each form has an app of its own.
			billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing-" + form}
			site := strings.Replace(verifyingSites(fmt.Sprint(n, "s"))[form], "require_app\n", "require_app\n\t\trate 1/1s /admin/v1/users/"+form+"*\n", 1)
			site = strings.Replace(site, "app-secret-billing\n", "app-secret-billing-"+form+"\n\t\t\trate 3/1h\n", 1)
			c := run(t, site, vendor)
			first := billing.raw("POST", "/admin/v1/users/"+form+"1", "{}", soon)
			second := billing.raw("POST", "/admin/v1/users/"+form+"2", "{}", soon)
			send := func(request string) string { return sendRaw(t, c.site, request)[9:12] }
			codes := []string{send(first)}
			begin := time.Now()
			codes = append(codes, send(second), send(second), send(second))
			time.Sleep(time.Until(begin.Add(1100 * time.Millisecond)))
			codes = append(codes, send(second), send(second))
			if fmt.Sprint(codes) != "[200 429 429 429 200 403]" {
				t.Errorf("the answers are %v", codes)
			}
			outside := billing.raw("GET", "/admin/v1/admins", "", soon)
			if codes := []string{send(outside), send(outside)}; fmt.Sprint(codes) != "[403 403]" {
				t.Errorf("outside of the credential's allow: %v", codes)
			}
			if answer := sendRaw(t, c.site, outside); !strings.Contains(answer, "matches no allow entry of this credential") {
				t.Errorf("the app's rate counts what was not sent: %s", answer)
			}
		})
	}
}

// Neither the app nor the credential has a rate here.
func TestARequestThatReachesNoUpstreamGivesItsSignatureBack(t *testing.T) {
	billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
	n := 33
	for form := range verifyingSites("") {
		n++
		t.Run(form, func(t *testing.T) {
			address := freeTCP(t)
			c := run(t, strings.ReplaceAll(verifyingSites(fmt.Sprint(n, "s"))[form], "{vendor}", address), new(duoVendor))
			request := billing.raw("POST", "/admin/v1/users/"+form, "{}", soon)
			send := func() string { return sendRaw(t, c.site, request)[9:12] }
			codes := []string{send(), send()}
			listener, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: new(duoVendor)}
			go server.Serve(listener)
			defer server.Close()
			codes = append(codes, send(), send())
			if fmt.Sprint(codes) != "[502 502 200 403]" {
				t.Errorf("the answers are %v", codes)
			}
		})
	}
}

// silentTransport tells of no connections, and fails after it may have sent a request.
type silentTransport struct{}

func (silentTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.test_silent", New: func() caddy.Module { return new(silentTransport) }}
}

func (silentTransport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error { d.Next(); return nil }

func (silentTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("broken")
}

func init() { caddy.RegisterModule(silentTransport{}) }

func TestASignatureOfARequestThatMayHaveBeenSentIsNotGivenBack(t *testing.T) {
	billing := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}
	site := strings.Replace(verifyingSites("36s")["handler"], "reverse_proxy {vendor}\n", "reverse_proxy {vendor} {\n\t\ttransport test_silent\n\t}\n", 1)
	for _, rate := range []string{"", "\t\trate 9/1h\n"} {
		c := run(t, strings.Replace(site, "require_app\n", "require_app\n"+rate, 1), new(duoVendor))
		request := billing.raw("POST", "/admin/v1/users/silent"+fmt.Sprint(len(rate)), "{}", soon)
		if codes := []string{sendRaw(t, c.site, request)[9:12], sendRaw(t, c.site, request)[9:12]}; fmt.Sprint(codes) != "[502 403]" {
			t.Errorf("with the rate %q: %v", rate, codes)
		}
	}
}

func TestTheAppsSecretIsNotTheCredentials(t *testing.T) {
	for form, site := range verifyingSites("52s") {
		c := running{site: freeTCP(t), admin: freeTCP(t)}
		config, err := adapt(strings.NewReplacer("older-secret-soar", "real-secret", "{port}", "9", "{admin}", c.admin, "{vendor}", "127.0.0.1:9").Replace(site))
		if err != nil {
			t.Fatal(err)
		}
		if err := caddy.Validate(mustParse(t, config)); err == nil || !strings.Contains(err.Error(), "soar") || strings.Contains(err.Error(), "real-secret") {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func TestPlainHTTPFromOtherMachinesMustBeAskedFor(t *testing.T) {
	site := verifyingSites("53s")["handler"]
	for _, test := range []struct{ listen, more, want string }{
		{"bind 0.0.0.0", "", "set insecure_downstream"}, {"", "", "set insecure_downstream"}, {"bind 10.1.2.3", "", "set insecure_downstream"},
		{"bind 127.0.0.1", "", ""}, {"bind ::1", "", ""}, {"bind 0.0.0.0", "insecure_downstream", ""}, {"bind unix//tmp/x.sock", "", ""},
	} {
		text := strings.NewReplacer("bind 127.0.0.1", test.listen, "window 53s", "window 53s\n"+test.more, "{port}", "9", "{admin}", freeTCP(t), "{vendor}", "127.0.0.1:9").Replace(site)
		config, err := adapt(text)
		if err != nil {
			t.Fatal(err)
		}
		err = caddy.Validate(mustParse(t, config))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s %s: %v", test.listen, test.more, err)
		}
	}
}

func TestMistakesInVendorsignVerifyHaveALine(t *testing.T) {
	app := "app a {\n key_id K\n secret {env.X}\n}\n"
	for _, test := range []struct{ block, want string }{
		{"{\n app_file a\n}", "unknown option app_file; did you mean apps_file?, at Caddyfile:3"},
		{"{\n" + strings.Replace(app, "key_id", "ikey", 1) + "}", "unknown option ikey; did you mean key_id?"},
		{"{\n" + strings.Replace(app, "key_id", "key", 1) + "}", "unknown option key; did you mean key_id?, at Caddyfile:4"},
		{"{\n" + strings.Replace(app, "key_id", "zzzzzzzz", 1) + "}", "; known are key_id, secret, previous, "},
		{"{\n app {\n name a\n }\n}", "app takes a name before its block, as in app billing {, at Caddyfile:3"},
		{"{\n app_master {$NOT_SET}\n}", "app_master has no value; a {$NAME} whose variable is not set is empty, at Caddyfile:3"},
		{"{\n" + strings.Replace(app, "key_id", "revoked true\n key_id", 1) + "}", "revoked takes no value, at Caddyfile:4"},
		{"{\n" + app + "explain true\n}", "explain takes no value, at Caddyfile:7"},
		{"@m {\n" + app + "}", "vendorsign_verify takes a vendor, and a matcher before it: vendorsign_verify @matcher duo, at Caddyfile:2"},
		{"{\n app a {\n key_id K\n }\n}", "app a: secret is required"},
		{"{\n" + app + "replay never\n}", "replay must be unsafe, refuse or allow"},
		{"{\n" + app + "window 1x\n}", "window must be a time such as 5m"},
		{"{\n" + app + app + "}", "app a: there are two apps of this name"},
		{"{\n" + strings.Replace(app, "key_id", "allow GET\n key_id", 1) + "}", "app a: allow takes methods"},
		{"{\n" + strings.Replace(app, "key_id", `expires ""`+"\n key_id", 1) + "}", "app a: expires is empty; give a value, or leave the option out"},
		{"{\n" + strings.Replace(app, "key_id", `rate ""`+"\n key_id", 1) + "}", "app a: rate is empty; give a value, or leave the option out"},
		{"{\n" + app + "max_body x\n}", "max_body must be a size"},
		{"{\n" + app + "audit loud\n}", "audit must be off or on or required"},
		{"{\n" + app + "audit required\n}", "audit required needs audit_output"},
		{"{\n" + app + "audit_output file /var/log/audit.json\n}", "need audit on or audit required"},
	} {
		_, err := adapt(":80 {\nvendorsign_verify duo " + test.block + "\n}\n")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.block, err, test.want)
		}
	}
	for vendor, want := range map[string]string{"duoo": "did you mean duo?", "carbonblack": "cannot be verified", "": "the name of a vendor is required; those whose apps can have local keys are aws, cortex, custom, darktrace, duo, threatconnect, akamai, bloodhound, veracode, at Caddyfile:2"} {
		if _, err := adapt(":80 {\nvendorsign_verify " + vendor + " {\n" + app + "}\n}\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", vendor, err, want)
		}
	}
}
