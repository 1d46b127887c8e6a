package cli

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// upstreamURL is where requests for a gate go: the address that was asked for, or its first host over
// https. It refuses what a gateway would refuse to send a credential to, so that an address mistyped
// here gets no credential.
func upstreamURL(gate *outbound.Gate, address string) (*url.URL, error) {
	if address == "" && strings.HasPrefix(gate.Hosts()[0], credentials.Wildcard) {
		return nil, usagef("host begins with *., so --upstream has to say which one of its hosts is meant")
	}
	if address == "" {
		address = "https://" + gate.Hosts()[0]
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, usagef("--upstream must be a URL such as https://api.example.com")
	}
	if u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return nil, usagef("--upstream must be a scheme and a host alone, as in https://api.example.com: path and query are the request's")
	}
	if u.Scheme == "http" && !gate.Insecure() {
		return nil, usagef("--upstream is plain http, where anyone can read the credential; add --insecure-upstream for a simulated vendor")
	}
	if !gate.Insecure() && !gate.Bound(u.Host) {
		return nil, usagef("--upstream is not one of the hosts that the credential is bound to; add --insecure-upstream for a simulated vendor")
	}
	return u, nil
}

// signing is a transport that signs each request last, and explains the vendor's refusals.
type signing struct {
	gate *outbound.Gate
	base http.RoundTripper
	// Called with each answer of the vendor; the explanation is nil if it accepted the request.
	answers func(*http.Request, *http.Response, *outbound.Explanation)
	// Called with each refusal of the gate itself.
	refused func(*http.Request, *outbound.Problem)
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
		t.refused(r, signed.Problem)
		return signed.Problem.Response(r), nil
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

// gatewayRefusal says why a gateway with Vendorsign refused a request that a command sent to it, as its problem document does; empty:
// the answer is another server's. Other APIs send problem documents too, so the type decides.
func gatewayRefusal(response *http.Response) string {
	if response.Header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	var problem struct{ Type, Detail string }
	if err := json.Unmarshal(outbound.Peek(response), &problem); err != nil {
		return ""
	}
	kind, ours := strings.CutPrefix(problem.Type, outbound.ProblemType)
	if !ours {
		return ""
	}
	// Anybody may write such a document, and the terminal obeys control characters.
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, problem.Detail+" ("+kind+")")
}

// learn has the gate look at the answer to what it signed; nil: that is no refusal. The body is only
// peeked at, so that the caller can still read it.
func learn(gate *outbound.Gate, response *http.Response, signed outbound.Outcome) *outbound.Explanation {
	return outbound.Learn(gate, outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: outbound.Peek(response),
		Verified: response.TLS != nil && len(response.TLS.VerifiedChains) > 0, Signed: signed})
}
