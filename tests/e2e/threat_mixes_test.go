package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
)

// bystander is a server that is no vendor, and keeps what it is sent.
type bystander struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newBystander(t testing.TB, status int) *bystander {
	t.Helper()
	b := &bystander{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := httputil.DumpRequest(r, true)
		b.mu.Lock()
		b.got = append(b.got, string(text))
		b.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "bystander")
	}))
	t.Cleanup(b.Close)
	return b
}

// text is all that arrived.
func (b *bystander) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.got, "\n")
}

// What is in front of the signer in Traefik keeps its request: errors asks for its page with the headers of it, and the access
// log can show them. Neither may have what the signer added.
func TestMiddlewaresInFrontGetNothingOfTheSignature(t *testing.T) {
	for _, name := range []string{"carbonblack", "duo", "threatconnect-token", "aws-query"} {
		t.Run(name, func(t *testing.T) {
			m := find(name)
			r := m.route(t, traefik)
			pages, vendor := newBystander(t, http.StatusOK), newBystander(t, http.StatusNotFound)
			s := setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(_ int, static, dynamic object) {
				static["accessLog"] = object{"format": "json", "fields": object{"headers": object{"defaultMode": "keep"}}}
				services := at(dynamic, "http", "services")
				services["pages"] = object{"loadBalancer": object{"servers": []object{{"url": pages.URL}}}}
				services["vendor"] = object{"loadBalancer": object{"servers": []object{{"url": vendor.URL}}}}
				at(dynamic, "http", "middlewares")["pages"] = object{
					"errors": object{"status": []string{"400-599"}, "service": "pages", "query": "/{status}?url={url}"}}
				router := at(dynamic, "http", "routers", r.name)
				router["middlewares"], router["service"] = []string{"pages", r.name}, "vendor"
			}}
			g := s.start(t)
			got := g.send(t, r, request{method: "GET", target: "/api?a=1", header: []string{"X-Mine: kept"}})
			if got.status != http.StatusNotFound || !strings.Contains(pages.text(), "X-Mine: kept") {
				t.Fatalf("answered %d, and the pages were asked\n%s", got.status, pages.text())
			}
			until(t, "the access log", func() bool { return strings.Contains(g.log.String(), `"request_X-Mine":"kept"`) })
			logged := g.log.String()
			logged = logged[strings.LastIndex(logged, `{"ClientAddr"`):]
			for where, text := range map[string]string{"the page's request": pages.text(), "the access log": logged} {
				text = strings.ToLower(text)
				for _, header := range m.owned {
					if name := strings.ToLower(header); strings.Contains(text, "\n"+name+":") || strings.Contains(text, "request_"+name+`"`) {
						t.Errorf("%s has %s:\n%s", where, header, text)
					}
				}
				for _, added := range []string{"x-amz-signature", "cdn-loop", "vendorsign; id="} {
					if strings.Contains(text, added) {
						t.Errorf("%s has %s:\n%s", where, added, text)
					}
				}
			}
			if name == "aws-query" && !strings.Contains(vendor.text(), "X-Amz-Signature=") {
				t.Errorf("nothing signed arrived:\n%s", vendor.text())
			}
		})
	}
}

// bodiesToRepeat are bodies that a signature covers, whole or (akamai) only at the start.
var bodiesToRepeat = []struct {
	mode    string
	body    string
	chunked bool
}{
	{"duo", "a=1&b=2", false},
	{"duo", "a=1&b=2", true},
	{"darktrace", "a=1&b=2", true},
	{"akamai", strings.Repeat("0123456789abcdef", akamaiHashed/16), true},
	{"akamai", strings.Repeat("0123456789abcdef", 3*akamaiHashed/16), true},
	{"akamai", strings.Repeat("0123456789abcdef", 3*akamaiHashed/16), false},
}

// A retry after an attempt that got no connection sends the whole body, although the signer has read it, or its start, in the
// attempt before.
func TestARetryAfterADeadUpstreamSendsTheWholeBody(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		for _, tt := range bodiesToRepeat {
			t.Run(fmt.Sprintf("%s %d bytes, chunked %v", tt.mode, len(tt.body), tt.chunked), func(t *testing.T) {
				r := find(tt.mode).route(t, f)
				g := retryingSetup(t, f, r).start(t)
				for range 4 { // the servers take turns
					before := r.vendor.count()
					got := g.send(t, r, request{method: "POST", target: "/api?a=1", header: []string{asForm}, body: []byte(tt.body), chunked: tt.chunked})
					a, err := r.vendor.only(before)
					switch {
					case err != nil:
						t.Fatalf("answered %d %.200s, and at the vendor %v", got.status, got.body, err)
					case !a.answer.Accepted || string(a.body) != tt.body:
						t.Fatalf("%d of %d bytes arrived, accepted: %v %s", len(a.body), len(tt.body), a.answer.Accepted, a.answer.Reason)
					}
				}
			})
		}
	})
}

// retryingSetup has two upstreams, of which one is dead, and a retry in front.
func retryingSetup(t *testing.T, f form, r *route) setup {
	t.Helper()
	dead := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := setup{form: f, home: newHome(t)}
	s.sites = func(port int) string {
		site := s.site(t, port, r, "", dead+" "+r.vendor.addr,
			"\t\tlb_policy round_robin\n\t\tlb_retries 3\n\t\tlb_retry_match {\n\t\t\tmethod POST\n\t\t}\n")
		return strings.Replace(site, "akamai_sign", "vendorsign akamai", 1)
	}
	if f == traefik {
		s.routes = []*route{r}
	}
	s.change = func(_ int, _, dynamic object) {
		at(dynamic, "http", "services")["two"] = object{"loadBalancer": object{"servers": []object{{"url": "http://" + dead}, {"url": r.upstream()}}}}
		at(dynamic, "http", "middlewares")["again"] = object{"retry": object{"attempts": 4}}
		router := at(dynamic, "http", "routers", r.name)
		router["middlewares"], router["service"] = []string{"again", r.name}, "two"
	}
	return s
}
