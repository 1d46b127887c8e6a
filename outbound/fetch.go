//go:build go1.21

package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

const fetchTimeout = 10 * time.Second

// tokenService is where a credential's tokens come from.
type tokenService struct {
	fetch  func(signers.TokenRequest) (signers.TokenAnswer, error)
	shared *shared // nil: every gateway has its own
}

// tokenService is where the tokens of a credential with these fields are fetched and shared.
func (s *source) tokenService(policy Policy, fields string, replaces bool) (tokenService, *signers.Fault) {
	fetch, fault := newFetch(policy, s.refs)
	if fault != nil {
		return tokenService{}, fault
	}
	store := s.share.Store
	if policy.TokenCache != "" {
		dir, err := s.refs.folder(policy.TokenCache)
		if err != nil {
			f := faultIn("token_cache", err)
			return tokenService{}, &f
		}
		store = FolderStore(dir)
	}
	if store == nil {
		if replaces && s.share.Demand {
			return tokenService{}, &signers.Fault{Option: "token_cache",
				Text: "token_cache is required: each renewal ends the token before, and after a restart the configured one would be dead"}
		}
		return tokenService{fetch: fetch}, nil
	}
	shared, err := newShared(store, s.scheme.Name, fields)
	if err != nil {
		f := faultIn("token_cache", err)
		return tokenService{}, &f
	}
	return tokenService{fetch: fetch, shared: shared}, nil
}

// newFetch returns what sends token requests: within its time, through the proxy and with the authority of the
// policy, and following no redirect, which could carry the credential elsewhere.
func newFetch(policy Policy, refs References) (func(signers.TokenRequest) (signers.TokenAnswer, error), *signers.Fault) {
	proxy := http.ProxyFromEnvironment
	if policy.TokenProxy != "" {
		u, err := url.Parse(policy.TokenProxy)
		if err != nil || u.Host == "" {
			return nil, &signers.Fault{Option: "token_proxy", Text: "token_proxy must be an address such as http://proxy:3128"}
		}
		proxy = http.ProxyURL(u)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if policy.TokenCA != "" {
		pem, err := refs.authority(policy.TokenCA)
		if err != nil {
			f := faultIn("token_ca", err)
			return nil, &f
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &signers.Fault{Option: "token_ca", Text: "token_ca holds no certificate"}
		}
	}
	// A connection for each request: one that was kept is tried again when it breaks, and by then the first try may
	// have ended the token.
	transport := &http.Transport{Proxy: proxy, TLSClientConfig: config, DisableKeepAlives: true}
	if refs.operator == nil || refs.operator.hostsSet {
		return func(t signers.TokenRequest) (signers.TokenAnswer, error) { return fetch(transport, t) }, nil
	}
	// Nobody whom the operator trusts chose the address. The proxy of the environment, he did.
	chosen := policy.TokenProxy != ""
	outside := &http.Transport{Proxy: proxy, TLSClientConfig: config, DisableKeepAlives: true, DialContext: dialOutside}
	return func(t signers.TokenRequest) (signers.TokenAnswer, error) {
		if !chosen && proxied(t) {
			return fetch(transport, t)
		}
		return fetch(outside, t)
	}, nil
}

// proxied reports whether the environment names a proxy for the request.
func proxied(t signers.TokenRequest) bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	return err == nil && proxy != nil
}

// authority reads the file of a token_ca.
func (r References) authority(path string) ([]byte, error) {
	f, err := r.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 1<<20+1))
	if err != nil || len(data) > 1<<20 {
		return nil, errors.New("it is no file of certificates")
	}
	return data, nil
}

// fetch uses the transport without a client, which would follow redirects and quote addresses in its errors.
func fetch(transport *http.Transport, t signers.TokenRequest) (signers.TokenAnswer, error) {
	var answer signers.TokenAnswer
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, t.Method, t.URL, strings.NewReader(t.Body))
	if err != nil {
		return answer, errors.New("the address of the token service is not valid")
	}
	for name, values := range t.Header {
		r.Header[name] = values
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return answer, errors.New("the token service did not answer: " + cause(err))
	}
	defer response.Body.Close()
	answer.Status, answer.Header = response.StatusCode, response.Header
	if answer.Body, err = io.ReadAll(io.LimitReader(response.Body, 1<<20)); err != nil {
		return answer, errors.New("the token service's answer ended early")
	}
	return answer, nil
}

// cause is what may be shown of a failure: texts of other errors can quote what was sent or answered.
func cause(err error) string {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	if errors.Is(err, errInside) {
		return errInside.Error()
	}
	if errors.As(err, &network) || errors.As(err, &certificate) {
		return err.Error()
	}
	return "the connection broke, or what came back is no HTTP"
}
