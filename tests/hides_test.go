package tests

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A session that the vendor opens for the credential is as good as the credential, however the answer comes.
func TestAClientNeverGetsTheSessionThatTheCredentialOpened(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter){
		"without a status": func(w http.ResponseWriter) { io.WriteString(w, "x") },
		"with a status":    func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) },
		"nothing at all":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		"a refusal":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden); io.WriteString(w, "no") },
		"early hints":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints); w.WriteHeader(http.StatusOK) },
		"twice": func(w http.ResponseWriter) {
			w.Header().Add("Set-Cookie", "b=2")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, "no")
		},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for name, answer := range answers {
			for accept, stream := range map[string]string{"": "", " as a stream": "text/event-stream"} {
				t.Run(name+accept, func(t *testing.T) {
					vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Header.Get("Authorization") != "canary" {
							t.Errorf("Authorization is %q", r.Header.Get("Authorization"))
						}
						w.Header().Set("Set-Cookie", "MISP-session=secret; path=/")
						w.Header().Set("X-Kept", "yes")
						answer(w)
					})
					middleware, err := p.New(map[string]any{"misp": map[string]any{"authKey": "canary", "host": "misp.example.com"}}, vendor)
					if err != nil {
						t.Fatal(err)
					}
					for range 2 { // the first answer to a credential is looked at apart
						r, w := httptest.NewRequest("GET", "/events/index", nil), httptest.NewRecorder()
						if stream != "" {
							r.Header.Set("Accept", stream)
						}
						middleware.ServeHTTP(w, r)
						got := w.Result()
						if got.Header["Set-Cookie"] != nil || got.Header.Get("X-Kept") != "yes" {
							t.Errorf("the client gets %v", got.Header)
						}
					}
				})
			}
		}
		_, err := p.New(map[string]any{"misp": map[string]any{"authKey": "canary", "host": "h", "upgrade": "websocket"}}, http.NotFoundHandler())
		if err == nil {
			t.Error("a connection that is upgraded would hide nothing, and loads")
		}
	})
}

// The proxy of Traefik is Go's: it passes on what comes before the answer, and adds trailers behind it. What is compared are the
// bytes that the client gets.
func TestNothingOfAHiddenHeaderReachesTheClientOfAProxy(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	answers := map[string]string{
		"/header":    "HTTP/1.1 200 OK\r\nset-cookie: s=hidden\r\nX-Kept: kept\r\nContent-Length: 0\r\n\r\n",
		"/hints":     "HTTP/1.1 103 Early Hints\r\nSet-Cookie: s=hidden\r\nX-Kept: kept\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"/announced": chunked + "Trailer: Set-Cookie, X-Kept\r\n\r\n1\r\nx\r\n0\r\nSet-Cookie: s=hidden\r\nX-Kept: kept\r\n\r\n",
		"/sudden":    chunked + "X-Kept: kept\r\n\r\n1\r\nx\r\n0\r\nSet-Cookie: s=hidden\r\n\r\n",
		"/one-more":  chunked + "Trailer: X-Kept\r\n\r\n1\r\nx\r\n0\r\nX-Kept: kept\r\nSet-Cookie: s=hidden\r\n\r\n",
		"/refusal":   "HTTP/1.1 403 Forbidden\r\nSet-Cookie: s=hidden\r\nX-Kept: kept\r\nContent-Length: 0\r\n\r\n",
	}
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, answers[r.URL.Path])
	}))
	defer vendor.Close()
	address, err := url.Parse(vendor.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_INSECURE_UPSTREAM", address.Host)
	proxy := httputil.NewSingleHostReverseProxy(address)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		middleware, err := p.New(map[string]any{"misp": map[string]any{"authKey": "canary", "host": address.Host, "insecureUpstream": true}}, proxy)
		if err != nil {
			t.Fatal(err)
		}
		gateway := httptest.NewServer(middleware)
		defer gateway.Close()
		for path := range answers {
			for range 2 { // the first answer to a credential is looked at apart
				conn, err := net.Dial("tcp", gateway.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n", path)
				got, err := io.ReadAll(conn)
				conn.Close()
				text := strings.ToLower(string(got))
				if err != nil || strings.Contains(text, "hidden") || strings.Contains(text, "set-cookie: ") || !strings.Contains(text, "x-kept: kept") {
					t.Errorf("%s: %v, the client gets\n%s", path, err, got)
				}
			}
		}
	})
}
