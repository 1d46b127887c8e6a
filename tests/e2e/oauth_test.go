package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"

	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// get asks for the API through a gateway.
func (s *oauthServer) get(t testing.TB, g *gateway, r *route) (status int, body string) {
	status, _, body = g.get(t, r)
	return status, body
}

// Each way of OAuth 2.0 in which a client proves who it is, judged by a server that nobody here wrote: one token for a crowd, and a
// wrong credential gets none.
func TestAnOAuthServerTakesEachWayOfClients(t *testing.T) {
	rsaPrivate, rsaPublic := rsaKey(t)
	ecPrivate, ecPublic := ecKey(t)
	other, _ := rsaKey(t)
	const secret = "s+e&c/ret=%41 ü"
	clients := []map[string]any{
		{"id": "basic:id", "secret": secret, "auth": "client_secret_basic"}, {"id": "post", "secret": secret, "auth": "client_secret_post"},
		{"id": "rsa", "auth": "private_key_jwt", "jwk": rsaPublic, "alg": "RS256"}, {"id": "ec", "auth": "private_key_jwt", "jwk": ecPublic, "alg": "ES256"},
	}
	tests := []struct {
		name    string
		options options
		wrong   options // what makes it wrong
	}{
		{"basic", options{"client_id": "basic:id", "client_secret": secret, "scope": []string{"read", "write"}}, options{"client_secret": "another-canary"}},
		{"post", options{"client_id": "post", "client_secret": secret, "client_auth": "client_secret_post", "audience": "https://api.example"}, options{"client_id": "unknown"}},
		{"rsa", options{"client_id": "rsa", "private_key": rsaPrivate, "client_auth": "private_key_jwt", "key_id": "k1"}, options{"private_key": other}},
		{"ec", options{"client_id": "ec", "private_key": ecPrivate, "client_auth": "private_key_jwt", "key_id": "k1", "algorithm": "ES256", "scope": "read"}, options{"client_id": "rsa"}},
	}
	eachForm(t, func(t *testing.T, f form) {
		s := newOAuthServer(t, time.Hour, nil, clients...)
		var routes []*route
		for _, test := range tests {
			o := test.options.with(options{"token_url": s.address + "/token"})
			routes = append(routes, s.route(f, test.name, o), s.route(f, test.name+"-wrong", o.with(test.wrong)))
		}
		g := start(t, f, routes...)
		for i, test := range tests {
			before := s.stats(t)
			wantAll(t, test.name, g.many(t, routes[2*i]))
			after := s.stats(t)
			if after.Issued != before.Issued+1 || after.Accepted != before.Accepted+crowd || after.Refused != before.Refused {
				t.Errorf("%s: %+v after %+v", test.name, after, before)
			}
			status, body := s.get(t, g, routes[2*i+1])
			if status != http.StatusServiceUnavailable || !strings.Contains(body, "#credential-unavailable") {
				t.Errorf("%s, wrong: answered %d %s", test.name, status, body)
			}
			if wrong := s.stats(t); wrong.Issued != after.Issued || wrong.Denied != after.Denied+1 || wrong.Accepted+wrong.Refused != after.Accepted+after.Refused {
				t.Errorf("%s, wrong: %+v after %+v", test.name, wrong, after)
			}
		}
		if strings.Contains(g.log.String(), "Bearer ") || strings.Contains(g.log.String(), "client_assertion") {
			t.Error("the log shows what was sent to the token service or with a token")
		}
	})
}

// RFC 8705: the certificate is the client's proof. The TLS server is net/http's.
func TestAnOAuthServerTakesACertificate(t *testing.T) {
	ca, strangers := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	write := func(name string, c tls.Certificate) (certificate, key string) {
		der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		certificate, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
		for file, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
			if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return certificate, key
	}
	certificate, key := write("server", *ca.leaf(t, "127.0.0.1"))
	s := newOAuthServer(t, time.Hour, map[string]any{"certificate": certificate, "key": key, "client_ca": ca.file}, map[string]any{"id": "billing", "auth": "tls_client_auth"})
	roots := x509.NewCertPool()
	roots.AddCert(ca.certificate)
	s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	eachForm(t, func(t *testing.T, f form) {
		h := newHome(t)
		if f == traefik { // whose files are below the folder of secrets
			dir = h.secrets
		} else {
			dir = t.TempDir()
		}
		authorityFile := filepath.Join(dir, "authority.pem")
		text, err := os.ReadFile(ca.file)
		if err == nil {
			err = os.WriteFile(authorityFile, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		made := func(name, client string, a *authority) *route {
			certificate, key := write(name, a.client(t, client))
			r := s.route(f, name, options{"client_id": "billing", "client_auth": "tls_client_auth", "token_url": s.address + "/mtls", "token_ca": authorityFile,
				"token_client_certificate": certificate, "token_client_key": key, "insecure_upstream": nil})
			r.scheme, r.ca = "https", ca.file
			return r
		}
		right, named, unknown := made("right", "billing", ca), made("named", "another", ca), made("unknown", "billing", strangers)
		g := startIn(t, h, f, right, named, unknown)
		wantAll(t, "the right certificate", g.many(t, right))
		for _, r := range []*route{named, unknown} {
			if status, body := s.get(t, g, r); status != http.StatusServiceUnavailable {
				t.Errorf("%s: answered %d %s", r.name, status, body)
			}
		}
	})
}

// A thousand requests while tokens live three seconds: none fails, one gateway asks once at a time, and a token that somebody revokes
// costs no request where the gateway may repeat.
func TestAThousandRequestsWhileTokensLiveThreeSeconds(t *testing.T) {
	eachFormAlone(t, func(t *testing.T, f form) {
		t.Parallel()
		s := newOAuthServer(t, 3*time.Second, map[string]any{"delay": "50ms"}, map[string]any{"id": "id", "secret": "secret-canary", "auth": "client_secret_basic"})
		r := s.route(f, "short", options{"client_id": "id", "client_secret": "secret-canary", "token_url": s.address + "/token"})
		g := start(t, f, r)
		begin := time.Now()
		statuses := s.thousand(t, g, r)
		passed := time.Since(begin)
		stats := s.stats(t)
		if statuses[http.StatusOK] != 1000 || stats.Refused != 0 {
			t.Errorf("answered %v, %+v", statuses, stats)
		}
		// The server says of a token of three seconds that it lives for two, in whole seconds; a fifth of that is for the renewal.
		if most := int(passed/(1500*time.Millisecond)) + 2; stats.Most != 1 || stats.Issued > most || stats.Issued < 2 {
			t.Errorf("%d tokens in %v, at most %d wanted, and %d requests for them at once", stats.Issued, passed, most, stats.Most)
		}
	})
}

// thousand sends a thousand requests over eight seconds, eight at a time, and counts how many got each status.
func (s *oauthServer) thousand(t testing.TB, g *gateway, r *route) map[int]int {
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			next := time.NewTicker(64 * time.Millisecond)
			defer next.Stop()
			for range 125 {
				status, _ := s.get(t, g, r)
				mu.Lock()
				statuses[status]++
				mu.Unlock()
				<-next.C
			}
		})
	}
	all.Wait()
	return statuses
}

// The server is killed, which ends all its tokens, and comes back: until the gateway's token is over requests go on, and after the
// server is back they do again, by themselves.
func TestAnOAuthServerThatGoesAwayAndComesBack(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel()
		s := newOAuthServer(t, time.Hour, nil, map[string]any{"id": "id", "secret": "secret-canary", "auth": "client_secret_basic"})
		r := s.route(f, "away", options{"client_id": "id", "client_secret": "secret-canary", "token_url": s.address + "/token"})
		g := start(t, f, r)
		if status, body := s.get(t, g, r); status != http.StatusOK {
			t.Fatalf("answered %d %s", status, body)
		}
		s.kill()
		if status, _ := s.get(t, g, r); status != http.StatusBadGateway && status != http.StatusServiceUnavailable {
			t.Errorf("with nobody there: answered %d", status)
		}
		s.start(t)
		until(t, "a request after the server came back", func() bool { // its tokens are gone: 401, once a minute a new one
			status, _ := s.get(t, g, r)
			return status == http.StatusOK
		})
	})
}

// A token that somebody revokes costs one answer of 401 where the gateway cannot repeat the request, and none where it can.
func TestARevokedTokenIsReplaced(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		s := newOAuthServer(t, time.Hour, nil, map[string]any{"id": "id", "secret": "secret-canary", "auth": "client_secret_basic"})
		r := s.route(f, "revoked", options{"client_id": "id", "client_secret": "secret-canary", "token_url": s.address + "/token"})
		g := start(t, f, r)
		wantAll(t, "with the first token", g.many(t, r))
		s.end(t)
		status, _ := s.get(t, g, r)
		if status != http.StatusOK && (f != caddyHandler && f != caddyTransport || status != http.StatusUnauthorized) {
			t.Errorf("after the revocation: answered %d", status)
		}
		wantAll(t, "with the second token", g.many(t, r))
		if stats := s.stats(t); stats.Issued != 2 {
			t.Errorf("%+v", stats)
		}
	})
}

// Three gateways that share tokens ask for one, and never twice at once.
func TestThreeGatewaysShareTheTokensOfAnOAuthServer(t *testing.T) {
	for _, f := range []form{caddyTransport, traefik} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			s := newOAuthServer(t, 3*time.Second, map[string]any{"delay": "50ms"}, map[string]any{"id": "id", "secret": "secret-canary", "auth": "client_secret_basic"})
			cache := t.TempDir()
			var gateways []*gateway
			r := s.route(f, "fleet", options{"client_id": "id", "client_secret": "secret-canary", "token_url": s.address + "/token", "token_cache": cache})
			for range 3 {
				gateways = append(gateways, start(t, f, r))
			}
			begin := time.Now()
			var failed atomic.Int64
			var all sync.WaitGroup
			for _, g := range gateways {
				all.Go(func() {
					if statuses := s.thousand(t, g, r); statuses[http.StatusOK] != 1000 {
						failed.Add(1)
						t.Errorf("answered %v", statuses)
					}
				})
			}
			all.Wait()
			passed := time.Since(begin)
			stats := s.stats(t)
			if most := int(passed/(1500*time.Millisecond)) + 2; stats.Most != 1 || stats.Issued > most || stats.Refused != 0 {
				t.Errorf("%+v in %v, at most %d tokens wanted, one request for them at a time", stats, passed, most)
			}
		})
	}
}

// What the server says when it refuses a client is in the log, with what to look at, and nothing of the credential.
func TestARefusalOfAnOAuthServerIsTold(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		s := newOAuthServer(t, time.Hour, nil)
		r := s.route(f, "unknown", options{"client_id": "id", "client_secret": "secret-canary", "token_url": s.address + "/token"})
		g := start(t, f, r)
		if status, _ := s.get(t, g, r); status != http.StatusServiceUnavailable {
			t.Errorf("answered %d", status)
		}
		until(t, "a line in the log", func() bool {
			return strings.Contains(g.log.String(), "the token service answered 401 (invalid_client)")
		})
		for n := range 20 {
			if status, _ := s.get(t, g, r); status != http.StatusServiceUnavailable {
				t.Errorf("request %d: answered %d", n, status)
			}
		}
		if stats := s.stats(t); stats.Denied != 1 {
			t.Errorf("%d attempts within a minute, each of which may lock an account", stats.Denied)
		}
	})
}
