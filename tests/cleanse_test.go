package tests

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// raw parses header lines as Go's server reads them off the wire.
func raw(t testing.TB, lines ...string) http.Header {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return r.Header
}

// owned are the headers that each vendor's signature uses, with an example for a prefix.
var owned = map[string][]string{
	"carbonblack":   {"X-Auth-Token", "Authorization"},
	"cortex":        {"Authorization", "X-Xdr-Auth-Id", "X-Xdr-Nonce", "X-Xdr-Timestamp", "X-Xdr-Anything-Else", "X-Xdr-"},
	"darktrace":     {"Dtapi-Token", "Dtapi-Date", "Dtapi-Signature", "Dtapi-Anything-Else", "Dtapi-"},
	"duo":           {"Authorization", "Date", "X-Duo-Date", "X-Duo-Anything-Else", "X-Duo-"},
	"threatconnect": {"Authorization", "Timestamp"},
}

// clientOnly never reach any vendor. The last make some servers serve another method, path or host, past any allow-list.
var clientOnly = []string{"Authorization", "Proxy-Authorization", "X-Auth-Token", "X-Api-Key", "X-Amz-Security-Token",
	"Api-Key", "X-Access-Token", "Private-Token", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Url",
	"X-Rewrite-Url", "X-Original-Path", "X-Rewrite-Uri", "X-Method", "X-Http-Verb", "X-Envoy-Original-Path", "X-Http-Host-Override", "X-Host",
	"Proxy", "X-Middleware-Subrequest", "X-Forwarded-Path", "X-Forwarded-Method"}

// lookAlikes are spellings of a header name that some server takes for the same.
func lookAlikes(name string) []string {
	all := []string{name, strings.ToLower(name), strings.ToUpper(name)}
	for _, separator := range []string{"_", ".", "!", "~", "|", "--", "-_"} {
		all = append(all, strings.ReplaceAll(name, "-", separator), strings.ToLower(strings.ReplaceAll(name, "-", separator)))
	}
	for i, c := range name {
		if c == '-' {
			all = append(all, strings.ToLower(name[:i]+"_"+name[i+1:]), name[:i]+"."+name[i+1:])
		}
	}
	return append(all, "_"+name, name+".", strings.ReplaceAll(name, "-", "_")+"_")
}

func TestAClientsCopiesOfOwnedHeadersNeverPassInAnySpelling(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, names := range owned {
			for _, name := range append(append([]string{}, names...), clientOnly...) {
				spellings := lookAlikes(name)
				if !strings.Contains(name, "Anything") && !strings.HasSuffix(name, "-") { // no prefix, which has no end without a separator
					spellings = append(spellings, strings.ReplaceAll(name, "-", ""))
				}
				for _, spelling := range spellings {
					header := raw(t, spelling+": evil", spelling+": evil2", "Accept: application/json")
					o := try(t, d, attempt{vendor: vendor, header: header})
					if o.verdict() != signedVerdict {
						t.Fatalf("%s with %s: %s", vendor, spelling, o.verdict())
					}
					seen := make(map[string]bool)
					for n, values := range o.r.Header {
						if len(values) == 0 { // is not sent
							continue
						}
						plain := lettersAndDigits(n)
						if seen[plain] || len(values) != 1 || strings.Contains(values[0], "evil") {
							t.Errorf("%s with %s: %s is %q", vendor, spelling, n, values)
						}
						seen[plain] = true
					}
					if !seen["accept"] {
						t.Errorf("%s with %s: Accept is gone", vendor, spelling)
					}
				}
			}
		}
	})
}

func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

func TestAPrefixEndsWhereAWordOfTheNameEnds(t *testing.T) {
	tests := []struct {
		vendor, name string
		kept         bool
	}{
		{"duo", "X-Duo-Foo", false},
		{"duo", "X.Duo.Foo", false},
		{"duo", "x_duo_foo", false},
		{"duo", "X!Duo!Foo", false},
		{"duo", "XDuo-Foo", false},
		{"duo", "X-Duo", false},
		{"duo", "X-Duodenum", true},
		{"duo", "X-Duo2-Foo", true},
		{"duo", "My-X-Duo-Foo", true},
		{"darktrace", "X-Duo-Foo", true},
		{"darktrace", "DTAPI.Token", false},
		{"darktrace", "Dtapis-Token", true},
		{"cortex", "X.Xdr.Auth.Id", false},
		{"cortex", "X-Xdrive", true},
		{"duo", "X-Forwarded-Anything", false},
		{"duo", "X-Forwardedness", true},
		{"duo", "X-Amzn-Oidc-Data", false},
		{"duo", "X-Amzn-Trace-Id", true},
		{"duo", "Cf-Access-Jwt-Assertion", false},
		{"duo", "Cf-Accessory", true},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			o := try(t, d, attempt{vendor: test.vendor, header: raw(t, test.name+": x")})
			if kept := len(o.r.Header[http.CanonicalHeaderKey(test.name)]) > 0; kept != test.kept {
				t.Errorf("%s: %s is kept: %v, want %v", test.vendor, test.name, kept, test.kept)
			}
		}
	})
}

// A server that takes them for the message's own headers would read another body than the one that was signed.
func TestLookAlikesOfHeadersThatDescribeTheMessageGo(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, name := range []string{"Content_Type", "Content.Length", "Transfer_Encoding", "content_encoding", "Host_", "ContentType", "Upgrade.", "Sec_Fetch_Site"} {
			o := try(t, d, attempt{vendor: "carbonblack", header: raw(t, name+": evil", "Content-Type: text/plain")})
			if o.r.Header.Get("Content-Type") != "text/plain" || len(o.r.Header[http.CanonicalHeaderKey(name)]) > 0 {
				t.Errorf("with %s, these arrive: %v", name, o.r.Header)
			}
		}
	})
}

func TestKeepHeaderKeepsWhatAnApplicationNeedsAndNoLookAlike(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, policy := range []string{`{"host":"vendor.example","keep_header":["X-Request-Path","x-forwarded-for","Api-Key"]}`} {
			lines := []string{"X-Request-Path: /a", "X_Request_Path: /b", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: h", "Api-Key: k", "Apikey: l", "Via: v"}
			o := try(t, d, attempt{vendor: "threatconnect", policy: policy, header: raw(t, lines...)})
			want := http.Header{"X-Request-Path": {"/a"}, "X-Forwarded-For": {"10.0.0.1"}, "Api-Key": {"k"}}
			for name, values := range o.r.Header {
				if name == "Authorization" || name == "Timestamp" || len(values) == 0 {
					continue
				}
				if strings.Join(values, " ") != strings.Join(want[name], " ") {
					t.Errorf("%s: %q arrives", name, values)
				}
				delete(want, name)
			}
			if len(want) > 0 {
				t.Errorf("these are missing: %v", want)
			}
		}
	})
}

func TestKeepHeaderNeverNamesWhatTheGatewaySets(t *testing.T) {
	tests := []struct{ vendor, name, want string }{
		{"duo", "X-Duo-Date", "keep_header must not name"},
		{"duo", "x.duo.foo", "keep_header must not name"},
		{"duo", "Date", "keep_header must not name"},
		{"duo", "Authorization", "keep_header must not name"},
		{"carbonblack", "X_Auth_Token", "keep_header must not name"},
		{"darktrace", "Authorization", "keep_header must not name"},
		{"darktrace", "Connection", "keep_header must not name"},
		{"darktrace", "Proxy-Authorization", "keep_header must not name"},
		{"darktrace", "transfer-encoding", "keep_header must not name"},
		{"darktrace", "Host", "keep_header must not name"},
		{"darktrace", "X-*", "keep_header takes the names"},
		{"darktrace", "X Y", "keep_header takes the names"},
		{"darktrace", "", "keep_header takes the names"},
		{"darktrace", "X-Auth-Token", ""},
		{"darktrace", "Cookie", ""},
		{"darktrace", "X-Own", ""},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			policy := `{"host":"vendor.example","keep_header":["Accept","` + test.name + `"]}`
			err := d.Load(test.vendor, []byte(credentials[test.vendor]), []byte(policy), false, "", false, "")
			if got := errorText(err); (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("%s: keep_header %q: %q, want %q", test.vendor, test.name, got, test.want)
			}
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestConnectionNominationsAreResolvedBeforeSigning(t *testing.T) {
	signature := http.Header{
		"Dtapi-Token":     {"pub"},
		"Dtapi-Date":      {"20260102T120000"},
		"Dtapi-Signature": {"d1afd168e4baa7d6a91319183463ea14fcd910b1"},
	}
	tests := []struct {
		name  string
		lines []string
		want  http.Header // beside the signature
	}{
		{"none", []string{"Accept: a"}, http.Header{"Accept": {"a"}}},
		{"the signature", []string{"Connection: Dtapi-Signature"}, nil},
		{"all of the signature in any case, over two lines", []string{"Connection: close, DTAPI-TOKEN,dtapi-date", "connection: , dtapi-signature"}, nil},
		{"a header of this hop", []string{"Connection: x-hop", "X-Hop: 1", "X-Other: 2"}, http.Header{"X-Other": {"2"}}},
		{"an upgrade", []string{"Connection: keep-alive, upgrade", "Upgrade: websocket"}, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}},
		{"an upgrade together with the signature", []string{"Connection: Upgrade, Dtapi-Signature", "Upgrade: websocket"}, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}},
		{"what describes the body", []string{"Connection: Content-Type", "Content-Type: text/plain"}, http.Header{"Content-Type": {"text/plain"}}},
		{"nothing", []string{"Connection:"}, nil},
		{"blanks and tabs", []string{"Connection: \t x-hop\t ,", "X-Hop: 1"}, nil},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			o := try(t, d, attempt{policy: `{"host":"vendor.example","upgrade":"websocket"}`, header: raw(t, test.lines...)})
			want := signature.Clone()
			for name, values := range test.want {
				want[name] = values
			}
			diffHeader(t, test.name, o.r.Header, want)
		}
	})
}

func TestHeadersAboutTheClientStayBehindUnlessKept(t *testing.T) {
	about := []string{
		"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: gateway.internal", "X-Forwarded-Proto: https", "x_forwarded_for: 10.0.0.2",
		"X-Real-Ip: 10.0.0.1", "Via: 1.1 gateway", "Forwarded: for=10.0.0.1", "Cookie: session=1", "Referer: https://gateway.example/page",
		"Remote-User: alice", "X-Auth-Request-Email: alice@example.com", "X-Forwarded-Access-Token: eyJ",
		"X-Amzn-Oidc-Data: eyJ", "Cf-Access-Jwt-Assertion: eyJ", "X-Goog-Iap-Jwt-Assertion: eyJ", "X-Goog-Authenticated-User-Email: a", "X-Ms-Client-Principal: e",
		"X-Ms-Token-Aad-Id-Token: e", "X-Pomerium-Jwt-Assertion: e", "X-Vouch-User: a", "Tailscale-User-Login: a", "Fastly-Client-Ip: 10.0.0.1",
	}
	plain := []string{"Accept: */*", "User-Agent: curl/8", "Content-Type: text/plain", "X-Request-Id: 1", "Accept-Encoding: gzip"}
	both(t, func(t *testing.T, d drive) {
		for _, vendor := range []string{"threatconnect", "duo"} { // with exact names only, and with a prefix
			count := func(policy string) (kept int) {
				o := try(t, d, attempt{vendor: vendor, header: raw(t, append(append([]string{}, about...), plain...)...), policy: policy})
				for name, values := range o.r.Header {
					if len(values) > 0 && name != "Authorization" && name != "Timestamp" && name != "Date" {
						kept++
					}
				}
				return kept
			}
			if got := count(`{"host":"vendor.example"}`); got != len(plain) {
				t.Errorf("%s: %d headers pass, want %d", vendor, got, len(plain))
			}
			if got := count(`{"host":"vendor.example","forwarded":"keep"}`); got != len(plain)+len(about) {
				t.Errorf("%s with forwarded keep: %d headers pass, want %d", vendor, got, len(plain)+len(about))
			}
			o := try(t, d, attempt{vendor: vendor, policy: `{"host":"vendor.example","forwarded":"keep"}`, header: raw(t, "Authorization: evil", "X-Api-Key: evil")})
			if strings.Contains(o.r.Header.Get("Authorization")+o.r.Header.Get("X-Api-Key"), "evil") {
				t.Errorf("%s: forwarded keep keeps the client's credentials", vendor)
			}
		}
	})
}

// The gateways' proxies add these headers themselves, except where they find one without a value.
func TestTheGatewaysProxyIsToldNotToAddHeadersAboutTheClient(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		o := try(t, d, attempt{header: raw(t, "X-Forwarded-For: 10.0.0.1")})
		for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
			if values, ok := o.r.Header[name]; !ok || values != nil {
				t.Errorf("%s is %q, want it there without a value", name, values)
			}
		}
		o = try(t, d, attempt{policy: `{"host":"vendor.example","forwarded":"keep"}`})
		if _, ok := o.r.Header["X-Forwarded-For"]; ok {
			t.Error("with forwarded keep, X-Forwarded-For is held back")
		}
	})
}
