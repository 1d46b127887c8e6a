package tests

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// The plugin chooses what watches the connections of a request: a trace of all requests does not know which address was asked for.
func TestThePluginClosesConnectionsToWhatTheirAddressAloneTells(t *testing.T) {
	t.Setenv("VENDORSIGN_ALLOWED_HOSTS", "example.com,example.com:8443")
	var hits atomic.Int64
	count := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits.Add(1) })
	secure, plain := httptest.NewTLSServer(count), httptest.NewServer(count) // whose certificate is for example.com
	defer secure.Close()
	defer plain.Close()
	_, port, _ := net.SplitHostPort(secure.Listener.Addr().String())
	tests := []struct {
		name, host, url string
		server          *httptest.Server
		insecure        string
		sent            bool
	}{
		{"its port", "example.com:8443", "https://example.com:8443/", secure, "false", true},
		{"another port of its host", "example.com:8443", "https://example.com:" + port + "/", secure, "false", false},
		{"a permitted server over plain http", "example.com", "http://example.com/", plain, "true", true},
		{"another server over plain http", "example.com", "http://mine.example/", plain, "true", false},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			transport := secure.Client().Transport.(*http.Transport).Clone()
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, test.server.Listener.Addr().String())
			}
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				out, err := http.NewRequestWithContext(r.Context(), "GET", test.url, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if response, err := transport.RoundTrip(out); err == nil {
					response.Body.Close()
				}
			})
			for way, more := range map[string]map[string]any{"": nil, "observed": {"observe": "on"}, "counted": {"rate": "1000/1m"}} {
				options := map[string]any{"integrationKey": "ID", "secretKey": "canary", "host": test.host, "insecureUpstream": test.insecure}
				for name, value := range more {
					options[name] = value
				}
				middleware, err := p.New(map[string]any{"duo": options}, next)
				if err != nil {
					t.Fatalf("%s, %s: %v", test.name, way, err)
				}
				before := hits.Load()
				for range 3 {
					middleware.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/admin/v1/users", nil))
				}
				if sent := hits.Load() - before; sent != 0 && !test.sent || sent != 3 && test.sent {
					t.Errorf("%s, %s: %d of 3 requests arrive", test.name, way, sent)
				}
			}
			transport.CloseIdleConnections()
		}
	})
}
