package caddyplugin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Transport signs each attempt of a reverse_proxy when nothing can change it any more: after the choice of the
// upstream, header_up and rewrite, and afresh for every retry and active health check. Its name is exported because
// Caddy's documentation of modules leaves out what is not.
type Transport struct {
	*reverseproxy.HTTPTransport
	signing
}

func (t *Transport) of(vendor string, config signers.Config, policy *outbound.Policy) {
	t.signing.of(vendor, config, policy)
	t.HTTPTransport, t.copies = new(reverseproxy.HTTPTransport), true
}

// UnmarshalCaddyfile takes the options of the handler and all of reverse_proxy's transport http.
func (t *Transport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return t.unmarshal(d, t.HTTPTransport)
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (t *Transport) Provision(ctx caddy.Context) error {
	if err := t.provision(ctx); err != nil {
		return err
	}
	t.gate.OneShot = true
	return t.HTTPTransport.Provision(ctx)
}

// Validate refuses what is known of the upstream before it is dialled.
func (t *Transport) Validate() error {
	switch {
	case t.gate.Insecure(), t.gate.Absent() != "": // what is not known yet is checked before it is sent
	case t.TLS == nil:
		return errors.New(t.vendor + ": the upstream is plain http, where anybody can read the credential; use https or set insecure_upstream")
	case t.TLS.InsecureSkipVerify:
		return errors.New(t.vendor + ": tls_insecure_skip_verify would send the credential to anybody; trust the issuer or set insecure_upstream")
	}
	return nil
}

// Cleanup ends the signer and closes the idle connections of the transport below it.
func (t *Transport) Cleanup() error {
	return errors.Join(t.signing.Cleanup(), t.HTTPTransport.Cleanup())
}

// RoundTrip signs a copy of r, so that no log of the proxy's shows the signature and no retry starts from it. Its
// own refusals are responses: an error would count as the upstream's failure and be retried. A refusal of the vendor's
// for the clock, the token or the key may be worth one repetition.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, answer, explanation, err := t.attempt(r, nil)
	probe := func(a outbound.Attempt) outbound.Answer { return t.probe(r, a) }
	if answer.Signed.SettleDue && err == nil {
		t.gate.Settle(probe)
	}
	if err != nil || explanation == nil {
		return response, err
	}
	again, ok := t.gate.Again(answer, explanation, probe)
	if !ok || !replayable(r) {
		return response, nil
	}
	response.Body.Close()
	response, _, _, err = t.attempt(r, &again)
	return response, err
}

// attempt sends r signed, for the first time if again is nil. The explanation is nil unless the vendor refused it.
func (t *Transport) attempt(r *http.Request, again *outbound.Attempt) (
	response *http.Response, answer outbound.Answer, explanation *outbound.Explanation, err error,
) {
	out := shallow(r)
	t.SetScheme(out)
	out.Trailer = nil // Caddy never sends the values, and a name that is none fails as if the vendor did
	var p *outbound.Problem
	compared := t.gate.Loaded()
	if t.gate.Absent() == "" { // else signing answers, or finds what the upstream is compared with
		p = t.wrongUpstream(out)
	}
	if p == nil {
		p = unopenable(t.HTTPTransport, out)
	}
	if p == nil && r.Body != nil && begun(r) {
		p = outbound.RepetitionProblem()
	}
	if p != nil {
		t.refused(r, p, t.gate.Fingerprint())
		return t.refuse(r, p), answer, nil, nil
	}
	if r.Body != nil {
		replay(out)
	}
	target := out.URL.RequestURI()
	signed, p := t.sign(out, target, again)
	if p != nil {
		return t.refuse(r, p), answer, nil, nil
	}
	keep(out.Context(), signed)
	if signed.Loaded() != compared { // a file was read meanwhile, and may bind the credential to another host
		if p := t.wrongUpstream(out); p != nil {
			signed.Unsent()
			t.refused(r, p, signed.Fingerprint())
			return t.refuse(r, p), answer, nil, nil
		}
	}
	if signed.Body == nil {
		watch(out.Context(), out)
		if http3(t.HTTPTransport) {
			out = halting(out)
		}
	}
	setTarget(out, target, signed.Target)
	out.Close = signed.CloseAfter
	out = t.signRepetitions(out, target, signed)
	if response, answer, err = t.send(out, signed); err != nil {
		if p := clientFault(t.HTTPTransport, out, err); p != nil {
			t.refused(r, p, signed.Fingerprint())
			return t.refuse(r, p), answer, nil, nil
		}
		t.failed(out, t.subject(out, out.Host, signed.Fingerprint()), outcomeUnanswered)
		return nil, answer, nil, err
	}
	t.answered(out, t.subject(out, out.Host, signed.Fingerprint()), response.StatusCode)
	explanation = t.learn(out.Host, answer)
	if explanation != nil && t.explainHeader {
		response.Header.Set(explanationHeader, explanation.Line())
	}
	return response, answer, explanation, nil
}

// shallow copies what an attempt changes of r, but for the header: signing makes a new one.
func shallow(r *http.Request) *http.Request {
	out := &struct { // one allocation for both
		request http.Request
		url     url.URL
	}{*r, *r.URL}
	out.request.URL = &out.url
	return &out.request
}

// send sends what was signed.
func (t *Transport) send(out *http.Request, signed outbound.Signed) (*http.Response, outbound.Answer, error) {
	var response *http.Response
	var err error
	if signed.Counted() && !slices.Contains(t.Versions, "3") { // HTTP/3 tells of no connections
		response, err = t.sendCounted(out, signed)
	} else {
		response, err = t.HTTPTransport.RoundTrip(out)
	}
	if err != nil {
		return nil, outbound.Answer{}, err
	}
	verified := out.URL.Scheme == "https" && !t.TLS.InsecureSkipVerify
	return response, outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: outbound.Peek(response), Verified: verified, Signed: signed}, nil
}

// sendCounted sends what the rates count, and gives its place back if it got no connection: then it was not sent.
func (t *Transport) sendCounted(out *http.Request, signed outbound.Signed) (*http.Response, error) {
	reached := false
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached = true }}
	response, err := t.HTTPTransport.RoundTrip(out.WithContext(httptrace.WithClientTrace(out.Context(), trace)))
	if err != nil && !reached {
		signed.Unsent()
	}
	return response, err
}

// probe sends a probe to the upstream that r went to.
func (t *Transport) probe(r *http.Request, attempt outbound.Attempt) outbound.Answer {
	out, cancel := probeRequest(r, attempt)
	defer cancel()
	t.SetScheme(out)
	target := out.URL.RequestURI()
	signed, p := t.gate.SignAgain(out, target, attempt)
	if p != nil {
		return outbound.Answer{}
	}
	t.probed(out, signed)
	setTarget(out, target, signed.Target)
	response, answer, err := t.send(out, signed)
	if err != nil {
		return outbound.Answer{}
	}
	response.Body.Close()
	return answer
}

// refuse answers in the vendor's place. It leaves the body to the server that it came from: to close it is to wait for a
// client that waits for an answer, or for 100 Continue. An active health check that has to wait for a rate or a pause
// says nothing of the upstream: it passes, or Caddy would take the upstream away from everyone.
func (t *Transport) refuse(r *http.Request, p *outbound.Problem) *http.Response {
	if response := p.Response(r); p.Status != http.StatusTooManyRequests || fromClient(r.Context()) {
		return response
	}
	return &http.Response{Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: http.NoBody, Request: r}
}

// wrongUpstream refuses an upstream that the credential is not bound to: neither the address that is dialled nor the
// name that its certificate must have.
func (t *Transport) wrongUpstream(out *http.Request) *outbound.Problem {
	if out.URL.Scheme != "https" && !t.gate.Insecure() {
		return outbound.UpstreamProblem("the upstream is plain http, and insecure_upstream is not set")
	}
	if t.TLS != nil && t.TLS.InsecureSkipVerify && !t.gate.Insecure() {
		return outbound.UpstreamProblem("the upstream's certificate is not verified, and insecure_upstream is not set")
	}
	address := out.URL.Host
	if info, ok := reverseproxy.GetDialInfo(out.Context()); ok {
		if info.Network != "" && info.Network != "tcp" && t.gate.Insecure() {
			return nil // a socket of this machine has no name to compare
		}
		address = info.Address
	}
	if t.gate.Bound(address) {
		return nil
	}
	if out.URL.Scheme == "https" && t.TLS != nil && !t.TLS.InsecureSkipVerify && t.TLS.ServerName != "" {
		if name := caddyReplace(out.Context(), t.TLS.ServerName); t.gate.Bound(name) {
			return nil
		}
	}
	return outbound.UpstreamProblem("the upstream is none of the hosts that this credential is bound to")
}

func caddyReplace(ctx context.Context, text string) string {
	if replacer, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		return replacer.ReplaceAll(text, "")
	}
	return text
}

// Interface guards.
var (
	_ caddy.Provisioner                      = (*Transport)(nil)
	_ caddy.Validator                        = (*Transport)(nil)
	_ caddy.CleanerUpper                     = (*Transport)(nil)
	_ caddyfile.Unmarshaler                  = (*Transport)(nil)
	_ http.RoundTripper                      = (*Transport)(nil)
	_ reverseproxy.TLSTransport              = (*Transport)(nil)
	_ reverseproxy.RequestHeaderOpsTransport = (*Transport)(nil)
)
