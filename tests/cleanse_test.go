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

// clientOnly never reach any vendor. The last make some servers serve another method or path, past any allow-list.
var clientOnly = []string{"Authorization", "Proxy-Authorization", "X-Auth-Token", "X-Api-Key", "X-Amz-Security-Token",
	"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Url", "X-Rewrite-Url"}

// lookAlikes are spellings of a header name that some server takes for the same.
func lookAlikes(name string) []string {
	all := []string{name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"),
		strings.ToLower(strings.ReplaceAll(name, "-", "_")), strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}
	for i, c := range name {
		if c == '-' {
			all = append(all, strings.ToLower(name[:i]+"_"+name[i+1:]), name[:i]+"_"+name[i+1:])
		}
	}
	return all
}

func TestAClientsCopiesOfOwnedHeadersNeverPassInAnySpelling(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, names := range owned {
			for _, name := range append(append([]string{}, names...), clientOnly...) {
				for _, spelling := range lookAlikes(name) {
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
						plain := strings.ToLower(strings.ReplaceAll(n, "_", "-"))
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
		"X-Real-Ip: 10.0.0.1", "Via: 1.1 gateway", "Forwarded: for=10.0.0.1", "Cookie: session=1", "Referer: https://wiki.internal/",
		"Remote-User: alice", "X-Auth-Request-Email: alice@example.com", "X-Forwarded-Access-Token: eyJ",
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
