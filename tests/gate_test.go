package tests

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// credentials are a working configuration of every vendor. "canary" is the secret.
var credentials = map[string]string{
	"carbonblack":   `{"api_id":"ABCD1234","api_secret_key":"canary"}`,
	"cortex":        `{"api_key_id":"7","api_key":"canary"}`,
	"darktrace":     `{"public_token":"pub","private_token":"canary"}`,
	"duo":           `{"integration_key":"DIX","secret_key":"canary"}`,
	"threatconnect": `{"access_id":"42","secret_key":"canary"}`,
}

// atNoon is the time of every gate in the tests.
func atNoon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 999999999, time.UTC) }

// attempt is one request to one gate. What is left empty is the first in each comment.
type attempt struct {
	vendor string // darktrace
	config string // credentials[vendor]
	policy string // {"host":"vendor.example"}

	method, host, target string // GET, gateway.example, /devices
	header               http.Header
	body                 io.ReadCloser
	length               int64
	change               func(*http.Request)
}

// outcome is what became of an attempt.
type outcome struct {
	sent   string
	held   int64
	status int    // 0: signed
	kind   string // of the problem
	detail string
	answer *http.Response
	r      *http.Request
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

// try runs an attempt. It gives back the memory of the body and checks that none is left behind.
func try(t testing.TB, d drive, a attempt) outcome {
	t.Helper()
	vendor := orElse(a.vendor, "darktrace")
	gate, err := d.Gate(vendor, []byte(orElse(a.config, credentials[vendor])), []byte(orElse(a.policy, `{"host":"vendor.example"}`)), atNoon)
	if err != nil {
		t.Fatal(err)
	}
	return tryGate(t, d, gate, a)
}

func tryGate(t testing.TB, d drive, gate gateFunc, a attempt) outcome {
	t.Helper()
	r := &http.Request{
		Method: orElse(a.method, "GET"), Host: orElse(a.host, "gateway.example"), URL: &url.URL{Path: "/"},
		Header: a.header, Body: http.NoBody, ContentLength: a.length, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	if a.body != nil {
		r.Body = a.body
	}
	if a.change != nil {
		a.change(r)
	}
	before := d.Buffered()
	var o outcome
	o.r = r
	o.sent, o.held, o.answer = gate(r, orElse(a.target, "/devices"))
	if got := d.Buffered() - before; got != o.held {
		t.Errorf("%d bytes are held and %d reported", got, o.held)
	}
	d.Release(o.held)
	if o.answer != nil {
		o.status = o.answer.StatusCode
		var document struct{ Type, Detail string }
		text, err := io.ReadAll(o.answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatalf("the problem is no JSON: %v: %s", err, text)
		}
		_, o.kind, _ = strings.Cut(document.Type, "#")
		o.detail = document.Detail
		if strings.Contains(string(text), "canary") {
			t.Errorf("the problem shows the secret: %s", text)
		}
	}
	return o
}

// verdict is "signed" or the problem's kind with its status.
func (o outcome) verdict() string {
	if o.status == 0 {
		return "signed"
	}
	return http.StatusText(o.status) + " " + o.kind
}

const (
	signedVerdict   = "signed"
	badTarget       = "Bad Request bad-target"
	unsignable      = "Bad Request unsignable"
	bodyBroken      = "Bad Request body-broken"
	notAllowed      = "Forbidden not-allowed"
	credentialProbe = "Forbidden credential-endpoint"
	browserRefused  = "Forbidden browser"
	clientRefused   = "Misdirected Request client-host"
	bodyTooLarge    = "Request Entity Too Large body-too-large"
	wrongHost       = "Misdirected Request wrong-host"
	busy            = "Service Unavailable busy"
)

func TestTargetsThatDoNotEndWhereTheyShouldAreRefused(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		gate, err := d.Gate("darktrace", []byte(credentials["darktrace"]), []byte(`{"host":"vendor.example"}`), atNoon)
		if err != nil {
			t.Fatal(err)
		}
		refused := []string{"*", "devices", "https://vendor.example/devices", "vendor.example:443", "?a=b"}
		for c := 0; c <= ' '; c++ {
			refused = append(refused, "/dev"+string(rune(c))+"ices", "/devices?a="+string(rune(c)))
		}
		refused = append(refused, "/dev\x7fices", "/devices#top", "/devices?a=b#top", "/devices\r\nX-Evil: 1")
		for _, target := range refused {
			if o := tryGate(t, d, gate, attempt{target: target}); o.verdict() != badTarget {
				t.Errorf("%q: %s, want %s", target, o.verdict(), badTarget)
			}
		}
		if o := tryGate(t, d, gate, attempt{method: "CONNECT"}); o.verdict() != badTarget {
			t.Errorf("CONNECT: %s, want %s", o.verdict(), badTarget)
		}
		for _, target := range []string{"/", "/?", "//", "/a/../b", "/%zz", "/%2F%2f", "/a;b?c;d", "/caf\xc3\xa9?\xff", "/~!$&'()*+,=:@", `/"<>\^{|}`} {
			o := tryGate(t, d, gate, attempt{target: target})
			if o.verdict() != signedVerdict || o.sent != target {
				t.Errorf("%q: %s with %q, want it signed as it is", target, o.verdict(), o.sent)
			}
		}
	})
}

func TestTheDuoSignatureCoversTheBoundHostAndNotTheAskedOne(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		one := try(t, d, attempt{vendor: "duo", host: "gateway.internal", target: "/auth/v2/check"})
		two := try(t, d, attempt{vendor: "duo", host: "other.internal:8080", target: "/auth/v2/check"})
		third := try(t, d, attempt{vendor: "duo", target: "/auth/v2/check", policy: `{"host":"third.example"}`})
		if one.r.Header.Get("Authorization") != two.r.Header.Get("Authorization") {
			t.Error("the asked host changes the signature")
		}
		if one.r.Header.Get("Authorization") == third.r.Header.Get("Authorization") {
			t.Error("the bound host does not change the signature")
		}
	})
}

func TestTheDateIsThatOfTheGatesClock(t *testing.T) {
	tests := []struct{ vendor, header, date string }{
		{"darktrace", "Dtapi-Date", "20260102T120000"},
		{"duo", "Date", "Fri, 02 Jan 2026 12:00:00 -0000"},
		{"threatconnect", "Timestamp", "1767355200"},
		{"cortex", "X-Xdr-Timestamp", "1767355200999"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			o := try(t, d, attempt{vendor: test.vendor})
			if got := o.r.Header.Get(test.header); got != test.date {
				t.Errorf("%s: %s is %q, want %q", test.vendor, test.header, got, test.date)
			}
		}
	})
}

func TestTheSortedQueryIsWhatGoesOut(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		if o := try(t, d, attempt{target: "/devices?z=1&%61=2&b&a=1"}); o.sent != "/devices?%61=2&a=1&b&z=1" {
			t.Errorf("sent is %q", o.sent)
		}
	})
}

func TestWhatTheSchemeCannotCoverIsRefused(t *testing.T) {
	tests := []struct {
		name    string
		attempt attempt
		detail  string
	}{
		{"a query with a stray %, which has no decoded form",
			attempt{config: `{"public_token":"pub","private_token":"canary","sign_query":"decoded"}`, target: "/devices?a=%zz"},
			"darktrace: the query has a % that begins no escape, so it cannot be signed decoded"},
		{"a Duo parameter with a stray %",
			attempt{vendor: "duo", target: "/admin/v1/users?a=100%"},
			"duo: a parameter has a % that begins no escape"},
		{"JSON under Duo's version 2",
			attempt{vendor: "duo", config: `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`, method: "POST",
				target: "/auth/v2/auth", header: http.Header{"Content-Type": {"application/json"}}, body: text("{}"), length: 2},
			"duo: signature_version 2 signs no body but a form; use 5"},
		{"a form under Duo's version 2 that is not called one",
			attempt{vendor: "duo", config: `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`, method: "POST",
				target: "/auth/v2/preauth", header: http.Header{"Content-Type": {"text/plain"}}, body: text("username=a"), length: 10},
			"duo: signature_version 2 signs a form only under Content-Type: application/x-www-form-urlencoded; send that header, or use 5"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			test.attempt.header = test.attempt.header.Clone()
			if test.attempt.body != nil { // read once for each form of the product
				test.attempt.body = text("{}")
				if test.attempt.length == 10 {
					test.attempt.body = text("username=a")
				}
			}
			o := try(t, d, test.attempt)
			if o.verdict() != unsignable || o.detail != test.detail {
				t.Errorf("%s: %s, %q; want %s, %q", test.name, o.verdict(), o.detail, unsignable, test.detail)
			}
			if len(o.r.Header.Values("Authorization"))+len(o.r.Header.Values("Dtapi-Signature")) != 0 {
				t.Errorf("%s: refused, and signed", test.name)
			}
		}
	})
}

func text(body string) io.ReadCloser { return io.NopCloser(strings.NewReader(body)) }

func TestAProblemIsADocumentThatNobodyStores(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		gate, err := d.Gate("darktrace", []byte(credentials["darktrace"]), []byte(`{"host":"vendor.example","allow":"GET /devices"}`), atNoon)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: "GET", Host: "gateway.example", Header: http.Header{}}
		_, _, answer := gate(r, "/tags")
		body, _ := io.ReadAll(answer.Body)
		want := `{"detail":"GET /tags matches no allow entry of this credential","status":403,` +
			`"title":"This credential may not be used for this request.",` +
			`"type":"https://github.com/vendorsign/vendorsign/blob/main/docs/problems.md#not-allowed"}` + "\n"
		if string(body) != want {
			t.Errorf("the body is\n%swant\n%s", body, want)
		}
		if answer.Status != "403 Forbidden" || answer.ContentLength != int64(len(want)) || answer.Request != r {
			t.Errorf("the answer is %q of %d bytes", answer.Status, answer.ContentLength)
		}
		diffHeader(t, "problem", answer.Header, http.Header{"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}})
	})
}

func TestPoliciesThatCannotBeMeantAreErrorsThatNameTheOption(t *testing.T) {
	tests := []struct{ policy, word string }{
		{`{}`, "host is required"},
		{`{"host":""}`, "host"},
		{`{"host":[]}`, "host is required"},
		{`{"host":"https://vendor.example"}`, "host"},
		{`{"host":"vendor.example/api"}`, "host"},
		{`{"host":"*.vendor.example"}`, "host"},
		{`{"host":"user@vendor.example"}`, "host"},
		{`{"host":"vendor.example:https"}`, "host"},
		{`{"host":":443"}`, "host"},
		{`{"host":"vend\u00f6r.example"}`, "host"},
		{`{"host":"vendor\u0000.example"}`, "host"},
		{`{"host":"vendor.example\r\nX-Evil: 1"}`, "host"},
		{`{"host":["vendor.example","b c"]}`, "host"},
		{`{"host":"vendor.example","allow":"/devices"}`, "allow"},
		{`{"host":"vendor.example","allow":"GET"}`, "allow"},
		{`{"host":"vendor.example","allow":""}`, "allow"},
		{`{"host":"vendor.example","allow":"get /devices"}`, "method"},
		{`{"host":"vendor.example","allow":"GET, /devices"}`, "method"},
		{`{"host":"vendor.example","allow":"GET|*X /devices"}`, "method"},
		{`{"host":"vendor.example","allow":"GET| /devices"}`, "method"},
		{`{"host":"vendor.example","allow":"GET devices"}`, "allow"},
		{`{"host":"vendor.example","allow":"GET HEAD /devices"}`, "allow"},
		{`{"host":"vendor.example","allow":"GET /devices?a=b"}`, "allow"},
		{`{"host":"vendor.example","max_body":"10 apples"}`, "max_body"},
		{`{"host":"vendor.example","max_body":"0"}`, "max_body"},
		{`{"host":"vendor.example","max_body":"-1KiB"}`, "max_body"},
		{`{"host":"vendor.example","max_body":"9999999999GiB"}`, "max_body"},
		{`{"host":"vendor.example","browser":"yes"}`, "browser"},
		{`{"host":"vendor.example","client_hosts":""}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":["a.example","*"]}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"a.*.example"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"**.example"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"http://a.example"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"a.example/path"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"a.example:"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"a.example:http"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"user@a.example"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":"d\u00fco.example"}`, "client_hosts"},
		{`{"host":"vendor.example","client_hosts":".example"}`, "client_hosts"},
		{`{"host":"vendor.example","clientHost":"a.example"}`, "did you mean client_hosts?"},
		{`{"host":"vendor.example","forwarded":"maybe"}`, "forwarded"},
		{`{"host":"vendor.example","fowarded":"drop"}`, "did you mean forwarded?"},
		{`{"api_hostname":"vendor.example"}`, "did you mean host?"},
		{`{"host":"vendor.example","allow_credential_endpoints":"yes"}`, "allow_credential_endpoints"},
		{`{"host":7}`, "host"},
		{`[]`, "JSON object"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			_, err := d.Gate("darktrace", []byte(credentials["darktrace"]), []byte(test.policy), atNoon)
			if err == nil || !strings.Contains(err.Error(), test.word) {
				t.Errorf("%s: the error is %v, want one with %q", test.policy, err, test.word)
			}
		}
	})
}

func TestManyGoroutinesShareOneGate(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor := range credentials {
			config := credentials[vendor]
			if vendor == "cortex" { // without a nonce, all signatures are the same
				config = `{"api_key_id":"7","api_key":"canary","key_type":"standard"}`
			}
			// One gate serves from its first request on to all; the other one says what must come out.
			shared, err := d.Gate(vendor, []byte(config), []byte(`{"host":"vendor.example"}`), atNoon)
			if err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			start := make(chan bool)
			signed := make([]http.Header, 8)
			for worker := range signed {
				group.Add(1)
				go func() {
					defer group.Done()
					<-start
					for n := 0; n < 10; n++ {
						r := &http.Request{Method: "POST", Host: "gateway.example", Header: http.Header{"Content-Type": {"text/plain"}}, Body: text("body"), ContentLength: 4}
						_, held, problem := shared(r, "/path?b=1&a=2")
						d.Release(held)
						if problem != nil {
							t.Errorf("%s: %s", vendor, problem.Status)
						}
						signed[worker] = r.Header
					}
				}()
			}
			close(start)
			group.Wait()
			alone := try(t, d, attempt{vendor: vendor, config: config, method: "POST", target: "/path?b=1&a=2", body: text("body"), length: 4, header: http.Header{"Content-Type": {"text/plain"}}})
			for _, h := range signed {
				diffHeader(t, vendor, h, alone.r.Header)
			}
			if held := d.Buffered(); held != 0 {
				t.Errorf("%s: %d bytes are still held", vendor, held)
			}
		}
	})
}
