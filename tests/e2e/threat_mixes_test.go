package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
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
	t.Parallel()
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

// What comes after the signer may send the request, or its headers, somewhere else as well: nothing of it arrives there.
func TestMiddlewaresBehindSendTheSignatureNowhereElse(t *testing.T) {
	t.Parallel()
	const host = "api.carbonblack.example"
	ca := newAuthority(t)
	r := find("carbonblack").route(t, traefik)
	r.options = r.options.with(options{"insecure_upstream": nil})
	r.scheme, r.ca, r.serverName = "https", ca.file, host
	r.vendor = newVendor(t, "carbonblack", find("carbonblack").credential(), ca.leaf(t, host))
	other := newBystander(t, http.StatusOK)
	ways := map[string][]string{"mirror": {r.name}, "auth": {r.name, "auth"}, "pages": {r.name, "pages"}}
	s := setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(_ int, _, dynamic object) {
		services, middlewares := at(dynamic, "http", "services"), at(dynamic, "http", "middlewares")
		services["other"] = object{"loadBalancer": object{"servers": []object{{"url": other.URL}}}}
		services["mirror"] = object{"mirroring": object{"service": r.name, "mirrors": []object{{"name": "other", "percent": 100}}}}
		middlewares["auth"] = object{"forwardAuth": object{"address": other.URL}}
		middlewares["pages"] = object{"errors": object{"status": []string{"200"}, "service": "other", "query": "/{status}"}}
		for name, list := range ways {
			service := r.name
			if name == "mirror" {
				service = "mirror"
			}
			at(dynamic, "http", "routers")[name] = object{"rule": "Host(`" + name + ".test`)", "service": service, "middlewares": list}
		}
	}}
	g := s.start(t)
	for name := range ways {
		for range 3 {
			send(t, g.addr, name+".test", request{method: "GET", target: "/api"})
		}
	}
	// A mirror is asked after the answer; its connection is closed with a line in the log.
	until(t, "the mirror's closed connection", func() bool { return strings.Contains(g.log.String(), "connection closed") })
	if text := other.text(); text != "" || r.vendor.count() < 6 {
		t.Errorf("%d requests arrived at the vendor, and elsewhere\n%s", r.vendor.count(), text)
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
		servers := []object{{"url": "http://" + dead}, {"url": r.upstream()}}
		at(dynamic, "http", "services")["two"] = object{"loadBalancer": object{"servers": servers}}
		at(dynamic, "http", "middlewares")["again"] = object{"retry": object{"attempts": 4}}
		router := at(dynamic, "http", "routers", r.name)
		router["middlewares"], router["service"] = []string{"again", r.name}, "two"
	}
	return s
}

// Connections are pooled by address. If the name in the certificate varies by request, another request may have opened one to
// another server behind the same address: the signature does not go there.
func TestASignatureDoesNotGoOverAnotherNamesConnection(t *testing.T) {
	t.Parallel()
	const bound, foreign = "api.duo.example", "foreign.test"
	ca := newAuthority(t)
	certificates := map[string]*tls.Certificate{bound: ca.leaf(t, bound), foreign: ca.leaf(t, foreign)}
	for _, protocols := range [][]string{{"http/1.1"}, {"h2"}} {
		t.Run(protocols[0], func(t *testing.T) {
			var mu sync.Mutex
			signed := map[string]int{} // by the name that the connection was opened with
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if r.Header.Get("Authorization") != "" {
					signed[r.TLS.ServerName]++
				}
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.EnableHTTP2 = protocols[0] == "h2"
			server.TLS = &tls.Config{NextProtos: protocols, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				return certificates[h.ServerName], nil
			}}
			server.StartTLS()
			t.Cleanup(server.Close)
			r := &route{name: "bound", signer: "duo", options: duo.with(options{"host": bound})}
			s := setup{form: caddyHandler, home: newHome(t)}
			s.upstream = "\t\t\ttls_server_name {name}\n\t\t\ttls_trust_pool file " + quote(ca.file) + "\n"
			s.sites = func(port int) string {
				around := "\tmap {host} {name} {\n\t\tbound.test " + bound + "\n\t\tdefault {host}\n\t}\n\t@bound host bound.test\n"
				site := s.site(t, port, r, around, server.URL, "\t\theader_up Host {name}\n")
				site = strings.Replace(site, "http://bound.test:", fmt.Sprintf("http://%s:%d, http://bound.test:", foreign, port), 1)
				return strings.Replace(site, "duo_sign", "duo_sign @bound", 1)
			}
			g := s.start(t)
			for range 3 {
				for _, host := range []string{foreign, "bound.test"} {
					for _, method := range []string{"GET", "POST"} {
						got := send(t, g.addr, host, request{method: method, target: "/api", header: []string{asForm}, body: []byte("a=1")})
						if got.status != http.StatusOK && host == foreign {
							t.Errorf("%s %s is answered %d %s", method, host, got.status, got.body)
						}
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if len(signed) > 1 || signed[bound] == 0 {
				t.Errorf("signed requests arrived on connections for %v", signed)
			}
		})
	}
}

// A later reverse_proxy of a request may have another body, which request_body has set: that one is signed and sent.
func TestABodyThatIsSetAfterAnAnswerIsTheOneThatIsSent(t *testing.T) {
	t.Parallel()
	eachCaddy(t, func(t *testing.T, f form) {
		for _, name := range []string{"duo", "threatconnect", "akamai"} {
			for _, body := range []string{"", "\t\t\trequest_body {\n\t\t\t\tset c=3\n\t\t\t}\n"} {
				t.Run(fmt.Sprintf("%s, set %v", name, body != ""), func(t *testing.T) {
					r := find(name).route(t, f)
					s := setup{form: f, home: newHome(t)}
					s.sites = func(port int) string {
						again := "reverse_proxy " + r.vendor.addr + " {\n"
						if f == caddyTransport {
							var b strings.Builder
							signerBlock(t, &b, "\t\t", "transport "+r.signer+"_sign", f, s.home, r, "")
							again += b.String()
						}
						site := s.site(t, port, r, "", r.vendor.addr, "\t\t@done status 2xx\n\t\thandle_response @done {\n"+body+
							"\t\t\trewrite /second\n\t\t\t"+again+"\t\t\t}\n\t\t}\n")
						return strings.ReplaceAll(site, "akamai_sign", "vendorsign akamai")
					}
					g := s.start(t)
					got := g.send(t, r, request{method: "POST", target: "/first", header: []string{asForm}, body: []byte("a=1&b=2")})
					second := "a=1&b=2"
					if body != "" {
						second = "c=3"
					} else if name != "duo" { // it streamed, and is gone
						if got.status != http.StatusBadGateway || r.vendor.count() != 1 {
							t.Errorf("answered %d, and %d arrived", got.status, r.vendor.count())
						}
						return
					}
					arrivals := r.vendor.since(0)
					if got.status != http.StatusOK || len(arrivals) != 2 {
						t.Fatalf("answered %d %.300s, and %d arrived", got.status, got.body, len(arrivals))
					}
					for i, want := range []string{"a=1&b=2", second} {
						if a := arrivals[i]; a.fault != nil || !a.answer.Accepted || string(a.body) != want {
							t.Errorf("request %d arrived with %q, want %q: %v", i+1, a.body, want, a.fault)
						}
					}
				})
			}
		}
	})
}
