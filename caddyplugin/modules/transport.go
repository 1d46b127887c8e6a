package modules

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/audit"
)

// Transport signs each attempt of a reverse_proxy when nothing can change it any more: after the choice of the
// upstream, header_up and rewrite, and again for every retry and active health check. It is exported because Caddy's
// documentation of modules omits what is not.
type Transport struct {
	*reverseproxy.HTTPTransport
	outbound.Policy
	signing
	sender *sender
}

func (t *Transport) ready(vendor string) {
	t.signing.ready(vendor)
	t.HTTPTransport = new(reverseproxy.HTTPTransport)
	t.sender = &sender{signing: &t.signing, http: t.HTTPTransport, base: t.HTTPTransport}
}

// UnmarshalCaddyfile takes the options of the handler and all of reverse_proxy's transport http.
func (t *Transport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if t.HTTPTransport == nil {
		return errUnmade
	}
	err := t.unmarshal(d, t.HTTPTransport)
	t.Policy = outbound.PolicyOf(t.values)
	return err
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (t *Transport) Provision(ctx caddy.Context) error {
	if err := t.provision(ctx); err != nil {
		return err
	}
	t.gate.OneShot = true
	return t.HTTPTransport.Provision(ctx)
}

// Validate refuses wrong upstreams that are known before they are dialled.
func (t *Transport) Validate() error {
	switch {
	case t.gate.Insecure(), t.gate.Absent() != "": // what is not known yet is checked before sending
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

// RoundTrip signs a copy of r, so that no log of the proxy shows the signature and no retry starts from it. Its own
// refusals are responses: an error would count as a failure of the upstream and be retried.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.sender.roundTrip(r) }

// sender signs what a transport of reverse_proxy sends. It does so for the vendor's own transport, and for any other one
// on the requests that a handler has armed.
type sender struct {
	*signing
	http *reverseproxy.HTTPTransport // base, or nil for a transport of another module
	base http.RoundTripper

	anywhere    bool        // insecure_upstream permits upstreams that are not among the hosts
	multiplexes atomic.Bool // the last answer came over HTTP/2 or HTTP/3
}

// roundTrip signs and sends r. A refusal by the vendor for the clock, the token or the key may be worth one more
// attempt.
func (t *sender) roundTrip(r *http.Request) (*http.Response, error) {
	first := t.attempt(r, t.gate.Begin(t.gate.Now()), false)
	if first.err != nil {
		return nil, first.err
	}
	if first.answer.Signed.SettleDue {
		t.gate.Settle(t.probing(r))
	}
	if first.explanation == nil {
		return first.response, nil
	}
	again, ok := t.gate.Again(first.answer, first.explanation, t.probing(r))
	if !ok || !replayable(r) {
		return first.response, nil
	}
	first.response.Body.Close()
	second := t.attempt(r, again, true)
	return second.response, second.err
}

// byExtendedConnect reports whether Caddy made this GET with an Upgrade of an extended CONNECT (RFC 8441), whose stream it
// keeps as a variable until the vendor has answered with 101.
func byExtendedConnect(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Upgrade") != "" &&
		caddyhttp.GetVar(r.Context(), "extended_connect_websocket_body") != nil
}

// outcome is what came of an attempt.
type outcome struct {
	response    *http.Response
	answer      outbound.Answer
	explanation *outbound.Explanation // why the vendor refused it; nil: it did not
	err         error                 // the upstream's failure, and there is no response
}

// attempt sends r signed by the credential of the snapshot.
func (t *sender) attempt(r *http.Request, snapshot *outbound.Snapshot, again bool) outcome {
	refuse := func(p *outbound.Problem) outcome {
		t.refused(r, p, snapshot.Fingerprint())
		return outcome{response: t.refuse(r, p)}
	}
	out := shallow(r)
	if byExtendedConnect(r) {
		out.Body, out.ContentLength = http.NoBody, 0 // which Caddy has wrapped, as if there were one
	}
	t.setScheme(out)
	restoreHost(out, snapshot)
	out.Trailer = nil // since 2.11.8 Caddy passes a client's on, and an invalid name fails as if the vendor had failed
	var p *outbound.Problem
	if snapshot.Absent() == "" { // else signing answers
		p = t.wrongUpstream(snapshot, out)
	}
	if p == nil {
		p = unopenable(t.http, out)
	}
	if p == nil && r.Body != nil && begun(r) {
		p = outbound.RepetitionProblem()
	}
	if p != nil {
		return refuse(p)
	}
	if r.Body != nil {
		replay(out)
	}
	target := out.URL.RequestURI()
	signed := t.sign(out, target, snapshot, again)
	if signed.Problem != nil {
		return outcome{response: t.refuse(r, signed.Problem)}
	}
	keep(out.Context(), signed)
	if armedBy(r) != nil {
		if p := outbound.LargeHead(out, signed.Target); p != nil {
			signed.Unsent()
			return refuse(p)
		}
	}
	if signed.Body == nil {
		watch(out.Context(), out)
		if http3(t.http) {
			out = halting(out)
		}
	}
	setTarget(out, target, signed.Target)
	if signed.CloseAfter {
		out = t.closeAfter(out)
	}
	if p := t.recordRequest(out, signed.Fingerprint(), repeated(again)); p != nil {
		signed.Unsent()
		return refuse(p)
	}
	out = t.signRepetitions(out, target, signed)
	out = hideEarly(out, signed.Hides())
	response, answer, err := t.send(out, snapshot, signed)
	if err != nil {
		if p := clientFault(t.http, out, err); p != nil {
			return refuse(p)
		}
		t.failed(out, t.subject(out, out.Host, signed.HostEntry(out.Host), signed.Fingerprint()), outcomeUnanswered)
		return outcome{err: err}
	}
	outbound.Hide(signed.Hides(), response.Header)
	hideTrailers(response, signed.Hides())
	t.answered(out, t.subject(out, out.Host, signed.HostEntry(out.Host), signed.Fingerprint()), response.StatusCode)
	explanation := t.learn(signed.HostEntry(out.Host), answer)
	if explanation != nil && t.explainHeader {
		response.Header.Set(explanationHeader, explanation.Line())
	}
	return outcome{response: response, answer: answer, explanation: explanation}
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
func (t *sender) send(out *http.Request, snapshot *outbound.Snapshot, signed outbound.Outcome) (*http.Response, outbound.Answer, error) {
	if t.http == nil && !snapshot.Insecure() {
		out = t.watchConnection(out, snapshot)
	}
	var response *http.Response
	var err error
	apps.Sending(out)
	if signed.Counted() && !http3(t.http) { // HTTP/3 tells of no connections
		response, err = t.sendCounted(out, signed)
	} else {
		response, err = t.base.RoundTrip(out)
	}
	if err != nil {
		return nil, outbound.Answer{}, err
	}
	if multiplexes := response.ProtoMajor > 1; multiplexes != t.multiplexes.Load() {
		t.multiplexes.Store(multiplexes)
	}
	verified := t.verifies(out) || t.http == nil && t.gate.Verified()
	return response, outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: outbound.Peek(response),
		Verified: verified, Signed: signed, Sent: out}, nil
}

// sendCounted sends what the rates count, and gives its place back if it got no connection: then it was not sent.
func (t *sender) sendCounted(out *http.Request, signed outbound.Outcome) (*http.Response, error) {
	reached := false
	response, err := t.base.RoundTrip(onConnection(out, func(httptrace.GotConnInfo) { reached = true }))
	if err != nil && !reached {
		signed.Unsent()
		apps.Unreached(out)
	}
	return response, err
}

// watchConnection checks the connection of a transport that chooses it by itself: if it is not the credential's, it is
// closed before the first byte.
func (t *sender) watchConnection(out *http.Request, snapshot *outbound.Snapshot) *http.Request {
	host := out.Host
	return onConnection(out, func(info httptrace.GotConnInfo) {
		if reason := snapshot.CheckConn(info.Conn); reason != "" {
			t.closed(host, snapshot.Fingerprint(), reason)
		}
	})
}

// onConnection makes Go's client call got for each connection that it gets for out.
func onConnection(out *http.Request, got func(httptrace.GotConnInfo)) *http.Request {
	return out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{GotConn: got}))
}

// verifies reports whether out goes over TLS to a server whose certificate is verified.
func (t *sender) verifies(out *http.Request) bool {
	return t.http != nil && out.URL.Scheme == "https" && (t.http.TLS == nil || !t.http.TLS.InsecureSkipVerify)
}

func (t *sender) setScheme(out *http.Request) {
	if t.http != nil {
		t.http.SetScheme(out)
	}
}

// restoreHost undoes what reverse_proxy did to the Host: over TLS it writes the upstream's, unless header_up says otherwise.
func restoreHost(out *http.Request, snapshot *outbound.Snapshot) {
	asked, any := askedHost(out)
	if a := armedBy(out); a != nil {
		asked, any = a.host, true
		if _, ok := snapshot.HostFor(out.Host); !ok {
			out.Host = a.host
		}
	}
	if any && nameOf(out.Host) == nameOf(dialled(out)) {
		out.Host = snapshot.ChooseHost(asked, out.Host)
	}
}

// probing makes a function that sends a probe to the upstream that r went to.
func (t *sender) probing(r *http.Request) func(*outbound.Snapshot) outbound.Answer {
	return func(s *outbound.Snapshot) outbound.Answer { return t.probe(r, s) }
}

// probe sends a probe to the upstream that r went to.
func (t *sender) probe(r *http.Request, snapshot *outbound.Snapshot) outbound.Answer {
	if _, target := snapshot.Probe(); target == "" {
		return outbound.Answer{} // no harmless call is known
	}
	out, cancel := probeRequest(r, snapshot)
	defer cancel()
	t.setScheme(out)
	restoreHost(out, snapshot)
	target := out.URL.RequestURI()
	signed := snapshot.Sign(out, target)
	if signed.Problem != nil {
		return outbound.Answer{}
	}
	if t.recordRequest(out, signed.Fingerprint(), audit.Probe) != nil {
		signed.Unsent()
		return outbound.Answer{}
	}
	t.probed(out, signed)
	setTarget(out, target, signed.Target)
	response, answer, err := t.send(out, snapshot, signed)
	if err != nil {
		return outbound.Answer{}
	}
	response.Body.Close()
	return answer
}

// refuse answers in the vendor's place. It does not close the body, which is left to the server: closing it would wait
// for a client that itself waits for an answer, or for 100 Continue. An active health check that has to wait for a rate
// or a pause says nothing about the upstream: it passes, or Caddy would mark the upstream as down for everyone.
func (t *sender) refuse(r *http.Request, p *outbound.Problem) *http.Response {
	apps.Refused(r)
	if a := armedBy(r); a != nil {
		a.problem = p // and the handler answers with it
	}
	if response := p.Response(r); p.Status != http.StatusTooManyRequests || fromClient(r.Context()) {
		return response
	}
	return &http.Response{Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: http.NoBody, Request: r}
}

// wrongUpstream refuses an upstream that the credential is not bound to: neither the address that is dialled nor the
// name that its certificate must have.
func (t *sender) wrongUpstream(snapshot *outbound.Snapshot, out *http.Request) *outbound.Problem {
	if t.http != nil && !snapshot.Insecure() {
		if out.URL.Scheme != "https" {
			return outbound.UpstreamProblem("the upstream is plain http, and insecure_upstream is not set")
		}
		if !t.verifies(out) {
			return outbound.UpstreamProblem("the upstream's certificate is not verified, and insecure_upstream is not set")
		}
	}
	if snapshot.Insecure() {
		if info, ok := reverseproxy.GetDialInfo(out.Context()); t.anywhere || ok && info.Network != "" && info.Network != "tcp" {
			return nil // a socket on this machine has no name to compare
		}
	}
	if snapshot.Bound(dialled(out)) {
		return nil
	}
	if t.verifies(out) {
		if name := serverName(t.http, out); name != "" && snapshot.Bound(name) {
			return nil
		}
	}
	return outbound.UpstreamProblem("the upstream is not one of the hosts that this credential is bound to")
}

// dialled is the address that r goes to.
func dialled(r *http.Request) string {
	if info, ok := reverseproxy.GetDialInfo(r.Context()); ok {
		return info.Address
	}
	return r.URL.Host
}

// serverName is the name that the upstream's certificate must have, if the configuration gives it one of its own.
func serverName(t *reverseproxy.HTTPTransport, r *http.Request) string {
	if t.TLS == nil || t.TLS.ServerName == "" || slices.Contains(t.TLS.ExceptPorts, r.URL.Port()) {
		return ""
	}
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		return replacer.ReplaceAll(t.TLS.ServerName, "")
	}
	return t.TLS.ServerName
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
