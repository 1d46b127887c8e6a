package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// The query has all that signers and gateways read differently: a space in both spellings, a plus, escapes that
// need not be and escapes in lower case, keys that repeat out of order, escaped, bare and without value, the
// characters that encoders treat each in their way, and bytes that are not ASCII.
const (
	nasty = "/api/v3/a%20b/~user?b=2&a=1+1&a=%2F&b=1&s=%20&low=%c3%a9&m=*!'()~&t=%7E&bare&empty=&semi=x;y&a=0&%61=enc&q=a=b?c&x[]=1&p=%25&u=é&&z=1&"
	// Darktrace's documentation asks for key order. Keys compare decoded, pairs of one key keep their order.
	nastySorted = "/api/v3/a%20b/~user?&&a=1+1&a=%2F&a=0&%61=enc&b=2&b=1&bare&empty=&low=%c3%a9&m=*!'()~&p=%25&q=a=b?c&s=%20&semi=x;y&t=%7E&u=é&x[]=1&z=1"
	// Traefik takes semicolons for ampersands.
	nastyTraefik       = "/api/v3/a%20b/~user?b=2&a=1+1&a=%2F&b=1&s=%20&low=%c3%a9&m=*!'()~&t=%7E&bare&empty=&semi=x&y&a=0&%61=enc&q=a=b?c&x[]=1&p=%25&u=é&&z=1&"
	nastySortedTraefik = "/api/v3/a%20b/~user?&&a=1+1&a=%2F&a=0&%61=enc&b=2&b=1&bare&empty=&low=%c3%a9&m=*!'()~&p=%25&q=a=b?c&s=%20&semi=x&t=%7E&u=é&x[]=1&y&z=1"
)

const nastyForm = "user=j%c3%b6rg&realm=+x%20y&user=2&alias=%2F&empty=&bare&m=*!'()~&t=%7E&a=b=c"

// everyByte is no text in any encoding.
func everyByte() []byte {
	b := make([]byte, 1024)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

const (
	asJSON   = "Content-Type: application/json"
	asForm   = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
	asBinary = "Content-Type: application/octet-stream"
)

var requests = []struct {
	name string
	request
	want map[string]string // the target that arrives, by how the mode and the gateway change it; default: as sent
}{
	{"GET without a query", request{method: "GET", target: "/api/v3/items"}, nil},
	{"GET with a nasty query", request{method: "GET", target: nasty},
		map[string]string{"": nasty, "sorted": nastySorted, "traefik": nastyTraefik, "sorted traefik": nastySortedTraefik}},
	{"GET with a percent sign that begins no escape", request{method: "GET", target: "/api?a=%zz&b=5%"}, nil},
	{"HEAD with a nasty query", request{method: "HEAD", target: nasty},
		map[string]string{"": nasty, "sorted": nastySorted, "traefik": nastyTraefik, "sorted traefik": nastySortedTraefik}},
	{"DELETE", request{method: "DELETE", target: "/api/v3/items/7?force=1"}, nil},
	{"POST with JSON", request{method: "POST", target: "/api/v3/items", header: []string{asJSON}, body: []byte(`{"a": [1, "ä\u00e9 <&>"] }` + "\n")}, nil},
	{"POST with JSON and a query", request{method: "POST", target: "/api/v3/items?a=1", header: []string{asJSON}, body: []byte(`{}`)}, nil},
	{"POST with a form", request{method: "POST", target: "/api/v3/items", header: []string{asForm}, body: []byte(nastyForm)}, nil},
	{"POST with every byte", request{method: "POST", target: "/api/v3/items", header: []string{asBinary}, body: everyByte()}, nil},
	{"POST with an empty body", request{method: "POST", target: "/api/v3/items", length: true}, nil},
	{"POST of a form in chunks", request{method: "POST", target: "/api/v3/items", header: []string{asForm}, body: []byte(nastyForm), chunked: true}, nil},
	{"POST of JSON in chunks", request{method: "POST", target: "/api/v3/items", header: []string{asJSON}, body: []byte(`{"a":1}`), chunked: true}, nil},
	{"POST of nothing in chunks", request{method: "POST", target: "/api/v3/items", chunked: true}, nil},
	{"POST that waits for 100 Continue", request{method: "POST", target: "/api/v3/items", header: []string{asForm}, body: []byte("a=1"), wait: true}, nil},
	{"PUT with JSON", request{method: "PUT", target: "/api/v3/items/7", header: []string{asJSON}, body: []byte(`{"a":1}`)}, nil},
	{"PATCH with a form", request{method: "PATCH", target: "/api/v3/items/7", header: []string{asForm}, body: []byte("b=2&a=1")}, nil},
}

// unsignable tells which requests a mode cannot cover, so that the gateway must not send them.
func (m mode) unsignable(r request) bool {
	path, query, _ := strings.Cut(r.target, "?")
	switch {
	case strings.HasPrefix(path, "/api") && strings.Contains(query, "%zz"):
		return m.signer == "duo" || m.signer == "aws" || m.options["sign_query"] == "decoded"
	case m.options["signature_version"] == 2 && len(r.body) > 0:
		return len(r.header) == 0 || r.header[0] != asForm || query != ""
	}
	return false
}

func (m mode) wantTarget(f form, r request, want map[string]string) string {
	if want == nil {
		return r.target
	}
	if m.signer == "aws" { // a plus means a blank, and says so
		return strings.ReplaceAll(find("duo").wantTarget(f, r, want), "+", "%20")
	}
	var kind []string
	if m.signer == "darktrace" && m.options["query_order"] != "as_sent" {
		kind = append(kind, "sorted")
	}
	if f == traefik {
		kind = append(kind, "traefik")
	}
	return want[strings.Join(kind, " ")]
}

func TestEveryVendorAcceptsWhateverIsSentOrNothingLeaves(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for _, m := range modes {
			routes = append(routes, m.route(t, f))
		}
		g := start(t, f, routes...)
		for i, m := range modes {
			t.Run(m.name, func(t *testing.T) {
				for _, r := range requests {
					t.Run(r.name, func(t *testing.T) {
						if m.unsignable(r.request) {
							g.refused(t, routes[i], r.request, http.StatusBadRequest, "unsignable")
							return
						}
						a, got := g.accepted(t, routes[i], r.request)
						m.check(t, a)
						target, signature := a.target, ""
						if m.options["placement"] == "query" {
							if i := strings.LastIndex(target, "X-Amz-Algorithm="); i > 0 {
								target, signature = target[:i-1], target[i-1:]
							}
						}
						if (signature != "") != (m.options["placement"] == "query") {
							t.Errorf("the signature in the target is %q", signature)
						}
						if want := m.wantTarget(f, r.request, r.want); target != want {
							t.Errorf("the target arrived as\n%s\nwant\n%s", a.target, want)
						}
						if r.method != "HEAD" && string(got.body) != string(a.answer.Body) || got.status != a.answer.Status {
							t.Errorf("the client got %d %q instead of the vendor's answer", got.status, got.body)
						}
					})
				}
			})
		}
	})
}

// Without this, a vendor that accepts anything would pass every test.
func TestAVendorRefusesWhatIsNotSigned(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			v := m.route(t, traefik).vendor
			for _, r := range requests {
				got := send(t, v.addr, "api."+m.signer+".example", r.request)
				if got.status != http.StatusUnauthorized && got.status != http.StatusBadRequest && got.status != http.StatusForbidden {
					t.Errorf("%s: the vendor answers %d", r.name, got.status)
				}
			}
		})
	}
}
