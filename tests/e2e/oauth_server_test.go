package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// oauthServer is tests/oauth as a process: an OAuth 2.0 server of somebody else's library, with an API behind it. It can be killed and
// started again at the same address.
type oauthServer struct {
	program string
	config  map[string]any
	client  *http.Client // for what the test itself asks
	address string       // with its scheme

	mu  sync.Mutex
	cmd *exec.Cmd
}

// oauthProgram is tests/oauth, built once.
var oauthProgram = sync.OnceValues(func() (string, error) { return buildJudge("oauth") })

// newOAuthServer starts a server whose tokens live so long.
func newOAuthServer(t testing.TB, life time.Duration, config map[string]any, clients ...map[string]any) *oauthServer {
	t.Helper()
	program, err := oauthProgram()
	if err != nil {
		t.Fatalf("tests/oauth: %v\n%s", err, program)
	}
	s := &oauthServer{program: program, client: http.DefaultClient}
	s.config = map[string]any{"listen": "127.0.0.1:0", "life": life.String(), "clients": clients}
	for name, value := range config {
		s.config[name] = value
	}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

// start starts the server, at the address that it had before.
func (s *oauthServer) start(t testing.TB) {
	t.Helper()
	cmd, address := startJudge(t, s.program, s.config)
	s.mu.Lock()
	s.cmd = cmd
	s.mu.Unlock()
	s.address = address
	_, s.config["listen"], _ = strings.Cut(s.address, "://")
}

// kill ends the server at once, with all its tokens.
func (s *oauthServer) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// oauthStats is what the server says of itself.
type oauthStats struct {
	Issued, Denied, Accepted, Refused int
	Most                              int `json:"most_at_once"`
}

func (s *oauthServer) stats(t testing.TB) (stats oauthStats) {
	t.Helper()
	response, err := s.client.Get(s.address + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&stats); err != nil {
		t.Fatal(err)
	}
	return stats
}

// end ends all tokens at the server.
func (s *oauthServer) end(t testing.TB) {
	t.Helper()
	response, err := s.client.Post(s.address+"/end", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// oauthRoute leads to the API behind the server.
func (s *oauthServer) route(f form, name string, o options) *route {
	_, addr, _ := strings.Cut(s.address, "://")
	all := options{"host": "127.0.0.1", "insecure_upstream": true}.with(o)
	if f == traefik {
		all["observe"] = "on"
	}
	return &route{name: name, signer: "oauth2", secrets: []string{"client_secret", "private_key", "shared_secret"}, options: all, vendor: &vendor{addr: addr}}
}

// rsaKey is a private key in PEM, and its public half as a JWK.
func rsaKey(t testing.TB) (private string, public map[string]any) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf(t, key), map[string]any{"kty": "RSA", "use": "sig", "kid": "k1", "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}
}

func ecKey(t testing.TB) (private string, public map[string]any) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return pemOf(t, key), map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "kid": "k1", "alg": "ES256",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
}

func pemOf(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
