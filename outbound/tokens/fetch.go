//go:build go1.21

package tokens

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Bounds of a request to a token service: the time for all of it, and the bytes of its answer's body and of its header lines,
// those of 1xx answers before it included.
const (
	fetchTimeout = 10 * time.Second
	maxAnswer    = 1 << 20
	maxHeader    = 256 << 10
)

// Client says how token requests are sent. The zero value uses the system's CAs and the proxy of the environment.
type Client struct {
	Proxy *url.URL       // nil: the one that the environment names, if any
	Roots *x509.CertPool // nil: the system's
	// Direct says that no proxy is used, not even one that the environment names, and Dial neither.
	Direct bool
	// Certificate returns the gateway's client certificate; nil: it has none.
	Certificate func() (*tls.Certificate, error)
	// Dial, if set, opens the connections, except those through a proxy of the environment.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// DialError is the only error of Dial whose text may be shown; nil: no error.
	DialError error
}

// NewFetch returns a function that sends token requests: within 10 seconds, and without following redirects, which could
// carry the credential elsewhere. Its errors show nothing of the request and answer. It is safe for concurrent use. An answer
// with any status is no error: the TokenSource reads it.
func NewFetch(c Client) func(signers.TokenRequest) (signers.TokenAnswer, error) {
	proxy := http.ProxyFromEnvironment
	if c.Proxy != nil {
		proxy = http.ProxyURL(c.Proxy)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots}
	if read := c.Certificate; read != nil {
		config.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return read() // asked is named, since yaegi takes an unnamed parameter for a result
		}
	}
	// A proxy on the way to an agent of this machine would see the credential in plain text.
	if c.Direct { // the function of a proxy cannot be set to nil: yaegi panics
		direct := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader}
		return func(t signers.TokenRequest) (signers.TokenAnswer, error) { return fetch(direct, t, c.DialError) }
	}
	// One connection for each request: the transport retries on a reused connection that breaks, and by then the first
	// try may have ended the token.
	transport := &http.Transport{Proxy: proxy, TLSClientConfig: config, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader}
	if c.Dial == nil {
		return func(t signers.TokenRequest) (signers.TokenAnswer, error) { return fetch(transport, t, c.DialError) }
	}
	dialing := &http.Transport{Proxy: proxy, TLSClientConfig: config, DisableKeepAlives: true, DialContext: c.Dial,
		MaxResponseHeaderBytes: maxHeader}
	return func(t signers.TokenRequest) (signers.TokenAnswer, error) {
		// The operator's proxy in the environment is usually inside the network, where Dial connects to nothing.
		if c.Proxy == nil && proxied(t) {
			return fetch(transport, t, c.DialError)
		}
		return fetch(dialing, t, c.DialError)
	}
}

// proxied reports whether the environment names a proxy for the request (HTTPS_PROXY and NO_PROXY).
func proxied(t signers.TokenRequest) bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	return err == nil && proxy != nil
}

// fetch uses the transport without a client, which would follow redirects and quote addresses in its errors. shown is
// Client.DialError.
func fetch(transport *http.Transport, t signers.TokenRequest, shown error) (signers.TokenAnswer, error) {
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
	// The transport follows no redirects; a 3xx is an answer like others.
	response, err := transport.RoundTrip(r)
	if err != nil {
		return answer, errors.New("the token service did not answer: " + cause(err, shown))
	}
	defer response.Body.Close()
	answer.Status, answer.Header = response.StatusCode, response.Header
	if answer.Body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err != nil {
		if ctx.Err() != nil {
			return answer, fmt.Errorf("the token service did not end its answer in %v", fetchTimeout)
		}
		return answer, errors.New("the token service's answer ended early")
	}
	return answer, nil
}

// cause is the part of a failure that may be shown: the text of other errors can quote what was sent or answered.
func cause(err, shown error) string {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	if shown != nil && errors.Is(err, shown) {
		return shown.Error()
	}
	if errors.As(err, &network) || errors.As(err, &certificate) {
		return err.Error()
	}
	return "the connection broke, or the answer is not HTTP"
}
