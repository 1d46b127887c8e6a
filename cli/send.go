package cli

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// upstreamURL is where requests for a gate go: the address that was asked for, or its first host over
// https. It refuses what a gateway would refuse to send a credential to, so that an address mistyped
// here gets no credential.
func upstreamURL(gate *outbound.Gate, address string) (*url.URL, error) {
	if address == "" && strings.HasPrefix(gate.Hosts()[0], credentials.Wildcard) {
		return nil, misuse("host begins with *., so --upstream has to say which one of its hosts is meant")
	}
	if address == "" {
		address = "https://" + gate.Hosts()[0]
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, misuse("--upstream must be an address such as https://api.example.com")
	}
	if u.Scheme == "http" && !gate.Insecure() {
		return nil, misuse("--upstream is plain http, where anybody can read the credential; add --insecure-upstream for a simulated vendor")
	}
	if !gate.Insecure() && !gate.Bound(u.Host) {
		return nil, misuse("--upstream is not one of the hosts that the credential is bound to; add --insecure-upstream for a simulated vendor")
	}
	return u, nil
}

// signing is a transport that signs each request last, and explains the vendor's refusals. answers is
// called with each answer, with no explanation if it was no refusal or came from the gate itself.
type signing struct {
	gate *outbound.Gate
	base http.RoundTripper
	// Called with each answer, also with a refusal of the gate; the explanation is nil if the vendor
	// accepted the request.
	answers func(*http.Request, *http.Response, *outbound.Explanation)
}

// newTransport verifies servers, and follows the environment's proxies.
func newTransport(gate *outbound.Gate) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: gate.Insecure()} //nolint:gosec // where insecure_upstream says so
	// A vendor that accepts a connection and never answers must not hold the command for ever.
	t.ResponseHeaderTimeout = time.Minute
	return t
}

// RoundTrip signs a copy of r and sends it. A refusal of the gate's own is a response, and nothing is
// sent.
func (t *signing) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	// The last thing before the request leaves, so that everything that was changed before is signed.
	signed := t.gate.Begin(time.Now()).Sign(out, out.URL.RequestURI())
	if signed.Problem != nil {
		response := signed.Problem.Response(r)
		t.answers(r, response, nil)
		return response, nil
	}
	defer outbound.Release(signed.Held)
	// Signers change the query only.
	if u, err := url.ParseRequestURI(signed.Target); err == nil {
		out.URL.RawQuery = u.RawQuery
	}
	// A vendor that ignores a body may read it as the next request of the connection.
	out.Close = signed.CloseAfter
	response, err := t.base.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	t.answers(r, response, learn(t.gate, response, signed))
	return response, nil
}

// learn has the gate look at the answer to what it signed; nil: that is no refusal. The body is only
// peeked at, so that the caller can still read it.
func learn(gate *outbound.Gate, response *http.Response, signed outbound.Outcome) *outbound.Explanation {
	return gate.Learn(outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: outbound.Peek(response),
		Verified: response.TLS != nil && len(response.TLS.VerifiedChains) > 0, Signed: signed})
}
