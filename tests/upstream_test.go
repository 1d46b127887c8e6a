package tests

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

func TestNoByteReachesAServerThatIsNotTheCredentials(t *testing.T) {
	// The certificate of httptest is for example.com and 127.0.0.1.
	var hits atomic.Int64
	count := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits.Add(1) })
	secure := httptest.NewTLSServer(count)
	defer secure.Close()
	plain := httptest.NewServer(count)
	defer plain.Close()
	address := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	port := func(s *httptest.Server) string {
		_, port, _ := net.SplitHostPort(address(s))
		return port
	}
	const tunnel = "tunnel.invalid"

	tests := []struct {
		name       string
		server     *httptest.Server
		url        string
		host       string
		insecure   bool
		unverified bool
		reason     string // empty: it is sent
	}{
		{"the vendor", secure, "https://example.com/", "example.com", false, false, ""},
		{"one of several vendors", secure, "https://example.com/", `vendor.example","EXAMPLE.com`, false, false, ""},
		{"the vendor by its address", secure, secure.URL, "127.0.0.1", false, false, ""},
		{"the vendor by its address and port", secure, secure.URL, address(secure), false, false, ""},
		{"the vendor by its port", secure, "https://example.com:8443/", "example.com:8443", false, false, ""},
		{"another port of the vendor", secure, "https://example.com:" + port(secure) + "/", "example.com:8443", false, false, "the upstream's port is not a port of the hosts"},
		{"another port of the vendor, which a second host has", secure, "https://example.com:" + port(secure) + "/", `example.com:8443","example.com:` + port(secure), false, false, ""},
		{"a tunnel to the vendor, whose certificate proves it", secure, "https://" + tunnel + ":" + port(secure) + "/", "example.com:8443", false, false, ""},
		{"another server with a good certificate", secure, "https://example.com/", "vendor.example", false, false, "not one of the hosts"},
		{"another address", secure, secure.URL, "127.0.0.2", false, false, "not one of the hosts"},
		{"plain http", plain, "http://example.com/", "example.com", false, false, "plain http"},
		{"a certificate that is not verified", secure, "https://example.com/", "example.com", false, true, "not verified"},
		{"plain http that is meant", plain, "http://example.com/", "example.com", true, false, ""},
		{"another server that is meant", secure, "https://example.com/", "vendor.example", true, true, ""},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			var reason atomic.Value
			policy := `{"host":["` + test.host + `"]}`
			if test.insecure {
				policy = `{"host":["` + test.host + `"],"insecure_upstream":true}`
			}
			watch, _, err := d.Watch("carbonblack", []byte(credentials["carbonblack"]), []byte(policy), func(r string) { reason.Store(r) })
			if err != nil {
				t.Fatal(err)
			}
			transport := secure.Client().Transport.(*http.Transport).Clone()
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address(test.server))
			}
			if test.unverified {
				transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
			}
			if strings.Contains(test.url, tunnel) {
				transport.TLSClientConfig.ServerName = "example.com"
			}
			before, sent := hits.Load(), 0
			for n := 0; n < 20; n++ {
				r, err := http.NewRequest("GET", test.url, nil)
				if err != nil {
					t.Fatal(err)
				}
				if response, err := transport.RoundTrip(watch(r)); err == nil {
					response.Body.Close()
					sent++
				}
			}
			transport.CloseIdleConnections()
			got, _ := reason.Load().(string)
			switch {
			case test.reason == "" && (sent != 20 || got != ""):
				t.Errorf("%s: %d of 20 are answered, %q", test.name, sent, got)
			case test.reason != "" && (sent != 0 || hits.Load() != before || !strings.Contains(got, test.reason)):
				t.Errorf("%s: %d of 20 are answered and %d arrive, the reason is %q, want %q", test.name, sent, hits.Load()-before, got, test.reason)
			}
		}
	})
}

func TestAddressesThatACredentialIsBoundTo(t *testing.T) {
	tests := []struct {
		host, address string
		bound         bool
	}{
		{"vendor.example", "vendor.example", true},
		{"vendor.example", "VENDOR.example:443", true},
		{"vendor.example", "vendor.example:8443", true},
		{"vendor.example:8443", "vendor.example:8443", true},
		{"vendor.example:8443", "vendor.example:443", false},
		{"vendor.example", "evil.example", false},
		{"vendor.example", "vendor.example.evil.example", false},
		{"vendor.example", "", false},
		{"[2001:db8::1]", "[2001:db8::1]:443", true},
		{"[2001:db8::1]", "[2001:db8::2]:443", false},
		{"192.0.2.1", "192.0.2.1:443", true},
		{"192.0.2.1", "192.0.2.10:443", false},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			_, bound, err := d.Watch("carbonblack", []byte(credentials["carbonblack"]), []byte(`{"host":"`+test.host+`"}`), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := bound(test.address); got != test.bound {
				t.Errorf("%s is bound to %s: %v, want %v", test.host, test.address, got, test.bound)
			}
		}
	})
}

func TestARequestThatComesBackIsStopped(t *testing.T) {
	const insecure = `{"host":"vendor.example","insecure_upstream":true}`
	both(t, func(t *testing.T, d drive) {
		first := try(t, d, attempt{policy: insecure, header: http.Header{"Cdn-Loop": {"other-cdn"}}})
		if first.verdict() != signedVerdict {
			t.Fatalf("the first time: %s", first.verdict())
		}
		again := first.r.Header.Clone()
		if o := try(t, d, attempt{policy: insecure, header: again.Clone()}); o.verdict() != "Loop Detected loop" {
			t.Errorf("the second time: %s", o.verdict())
		}
		again.Set("Connection", "Cdn-Loop")
		if o := try(t, d, attempt{policy: insecure, header: again.Clone()}); o.verdict() != "Loop Detected loop" {
			t.Errorf("with a nomination: %s", o.verdict())
		}
		if o := try(t, d, attempt{}); len(o.r.Header["Cdn-Loop"]) != 0 {
			t.Errorf("a verified vendor gets %q", o.r.Header["Cdn-Loop"])
		}
	})
}

func TestAWatchedRequestIsTheSameRequest(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		watch, _, err := d.Watch("carbonblack", []byte(credentials["carbonblack"]), []byte(`{"host":"vendor.example"}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: "POST", URL: &url.URL{Path: "/a"}, Host: "vendor.example", Header: http.Header{"A": {"b"}}, Body: text("c"), ContentLength: 1, RequestURI: "/a"}
		w := watch(r)
		if w.Method != "POST" || w.URL != r.URL || w.Host != r.Host || w.Body != r.Body || w.ContentLength != 1 || w.RequestURI != "/a" || w.Header.Get("A") != "b" {
			t.Errorf("it is %+v", w)
		}
	})
}
