// Command oauth is an OAuth 2.0 server of a library that nobody here wrote (ory/fosite), with an API behind it that takes its
// tokens. It judges how gateways prove who they are and what they do while tokens end, are revoked, and the server goes away. It is
// a program and a module of its own, so that it can be killed, and its dependencies are nobody else's.
//
//	oauth < CONFIG
//
// The configuration is an object of JSON: see config. The first line that it writes is the address that it listens at. Paths:
//
//	POST /token      RFC 6749, 4.4, with client_secret_basic, client_secret_post and private_key_jwt (RFC 7523)
//	POST /mtls       the same with tls_client_auth (RFC 8705), where certificates are asked for: net/http's TLS server verifies them
//	POST /revoke     RFC 7009
//	/api/...         takes a Bearer token that is good: 200, else 401
//	GET /stats       what happened so far, as stats has it
//	POST /end        ends all tokens, as if somebody had revoked them
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/storage"
)

// config is the server's configuration.
type config struct {
	Listen      string   `json:"listen"`
	Life        string   `json:"life"`  // of a token
	Delay       string   `json:"delay"` // of the token endpoint
	Clients     []client `json:"clients"`
	Certificate string   `json:"certificate"` // of the server, in PEM; empty: plain http
	Key         string   `json:"key"`
	ClientCA    string   `json:"client_ca"` // of clients' certificates
}

type client struct {
	ID     string          `json:"id"`
	Secret string          `json:"secret"`
	Auth   string          `json:"auth"` // token_endpoint_auth_method
	JWK    json.RawMessage `json:"jwk"`  // the public key of private_key_jwt
	Alg    string          `json:"alg"`
}

// stats is what happened so far.
type stats struct {
	Issued   int64 `json:"issued"`
	Denied   int64 `json:"denied"`
	Most     int64 `json:"most_at_once"` // requests for tokens
	Accepted int64 `json:"accepted"`     // requests to the API
	Refused  int64 `json:"refused"`
}

type server struct {
	provider fosite.OAuth2Provider
	store    *storage.MemoryStore
	delay    time.Duration

	mu      sync.Mutex
	issued  map[string]time.Time // by tls_client_auth
	life    time.Duration
	clients map[string]client

	now, most, tokens, denied, accepted, refused atomic.Int64
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "oauth:", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	scheme := "http"
	if c.Certificate != "" {
		scheme = "https"
	}
	address := scheme + "://" + listener.Addr().String()
	s, err := newServer(c, address)
	if err != nil {
		return err
	}
	h := &http.Server{Handler: s.routes()}
	fmt.Println(address)
	if c.Certificate == "" {
		return h.Serve(listener)
	}
	pool := x509.NewCertPool()
	if authority, err := os.ReadFile(c.ClientCA); err != nil || !pool.AppendCertsFromPEM(authority) {
		return errors.New("client_ca holds no certificate")
	}
	h.TLSConfig = &tls.Config{ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven}
	return h.ServeTLS(listener, c.Certificate, c.Key)
}

func newServer(c config, address string) (*server, error) {
	life, err := time.ParseDuration(c.Life)
	if err != nil {
		return nil, err
	}
	s := &server{store: storage.NewMemoryStore(), life: life, issued: make(map[string]time.Time), clients: make(map[string]client)}
	if c.Delay != "" {
		if s.delay, err = time.ParseDuration(c.Delay); err != nil {
			return nil, err
		}
	}
	settings := &fosite.Config{
		AccessTokenLifespan: life, TokenURL: address + "/token", GlobalSecret: []byte("a secret of this server, 32 bytes"),
		HashCost: 4, ScopeStrategy: fosite.ExactScopeStrategy, AudienceMatchingStrategy: fosite.DefaultAudienceMatchingStrategy,
	}
	hasher := &fosite.BCrypt{Config: settings}
	for _, own := range c.Clients {
		s.clients[own.ID] = own
		if own.Auth == "tls_client_auth" {
			continue
		}
		registered := &fosite.DefaultOpenIDConnectClient{
			DefaultClient: &fosite.DefaultClient{ID: own.ID, GrantTypes: []string{"client_credentials"}, Scopes: []string{"read", "write"},
				Audience: []string{"https://api.example"}},
			TokenEndpointAuthMethod: own.Auth, TokenEndpointAuthSigningAlgorithm: own.Alg,
		}
		if own.Secret != "" {
			if registered.Secret, err = hasher.Hash(context.Background(), []byte(own.Secret)); err != nil {
				return nil, err
			}
		}
		if len(own.JWK) > 0 {
			var key jose.JSONWebKey
			if err := json.Unmarshal(own.JWK, &key); err != nil {
				return nil, err
			}
			registered.JSONWebKeys = &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}
		}
		s.store.Clients[own.ID] = registered
	}
	s.provider = compose.Compose(settings, s.store, compose.NewOAuth2HMACStrategy(settings),
		compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2TokenIntrospectionFactory, compose.OAuth2TokenRevocationFactory)
	return s, nil
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.counted(s.token))
	mux.HandleFunc("POST /mtls", s.counted(s.mtls))
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		s.provider.WriteRevocationResponse(r.Context(), w, s.provider.NewRevocationRequest(r.Context(), r))
	})
	mux.HandleFunc("/api/", s.api)
	mux.HandleFunc("POST /end", func(http.ResponseWriter, *http.Request) { s.end() })
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(stats{s.tokens.Load(), s.denied.Load(), s.most.Load(), s.accepted.Load(), s.refused.Load()})
	})
	return mux
}

// counted notes how many requests for tokens there are at once.
func (s *server) counted(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := s.now.Add(1)
		defer s.now.Add(-1)
		for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
		}
		time.Sleep(s.delay)
		next(w, r)
	}
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	request, err := s.provider.NewAccessRequest(ctx, r, new(fosite.DefaultSession))
	if err != nil {
		s.denied.Add(1)
		s.provider.WriteAccessError(ctx, w, request, err)
		return
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	response, err := s.provider.NewAccessResponse(ctx, request)
	if err != nil {
		s.denied.Add(1)
		s.provider.WriteAccessError(ctx, w, request, err)
		return
	}
	s.tokens.Add(1)
	s.provider.WriteAccessResponse(ctx, w, request, response)
}

// mtls issues tokens to whom the certificate names (RFC 8705, 2.1.2).
func (s *server) mtls(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("client_id")
	known := s.clients[id].Auth == "tls_client_auth"
	if !known || r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || r.TLS.PeerCertificates[0].Subject.CommonName != id ||
		r.PostFormValue("grant_type") != "client_credentials" {
		s.denied.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"error":"invalid_client"}`)
		return
	}
	token := fmt.Sprintf("mtls-%d-%d", time.Now().UnixNano(), s.tokens.Add(1))
	s.mu.Lock()
	s.issued[token] = time.Now().Add(s.life)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, token, int(s.life.Seconds()))
}

// end ends all tokens.
func (s *server) end() {
	s.mu.Lock()
	clear(s.issued)
	s.mu.Unlock()
	for id := range s.store.AccessTokenRequestIDs {
		s.store.RevokeAccessToken(context.Background(), id)
	}
}

func (s *server) api(w http.ResponseWriter, r *http.Request) {
	bearer, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || !s.good(r.Context(), bearer) {
		s.refused.Add(1)
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.accepted.Add(1)
	io.WriteString(w, "accepted")
}

func (s *server) good(ctx context.Context, token string) bool {
	s.mu.Lock()
	until, own := s.issued[token]
	s.mu.Unlock()
	if own {
		return time.Now().Before(until)
	}
	_, _, err := s.provider.IntrospectToken(ctx, token, fosite.AccessToken, new(fosite.DefaultSession))
	return err == nil
}
