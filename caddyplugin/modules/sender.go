package modules

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// sender signs what a transport of reverse_proxy sends. It does so for the vendor's own transport, and for any
// other one on the requests that a handler has armed. There is one for each credential and transport, and requests
// share it.
//
//	roundTrip  one attempt, and a second one if the vendor's refusal may be the gateway's own doing
//	attempt    check, replay the body, sign, audit, send, learn
//	send       hand over to the transport below, and look at the answer
type sender struct {
	*signing
	// http is base if that is Caddy's own transport, and nil for one of another module. base sends.
	http *reverseproxy.HTTPTransport
	base http.RoundTripper

	// anywhere: insecure_upstream permits upstreams that are not among the hosts, as for a handler, whose proxy
	// names them.
	anywhere bool
	// multiplexes: the last answer came over HTTP/2 or HTTP/3, where requests share a connection: see closeAfter.
	multiplexes atomic.Bool
}

// roundTrip signs and sends r. A refusal by the vendor for the clock, the token or the key may be worth one more
// attempt.
func (t *sender) roundTrip(r *http.Request) (*http.Response, error) {
	first := t.attempt(r, t.gate.Begin(t.gate.Now()), false)
	if first.err != nil {
		return nil, first.err
	}
	// A previous credential is in use: see whether the current one is accepted by now.
	if first.answer.Signed.SettleDue {
		outbound.Settle(t.gate, t.probing(r))
	}
	if first.explanation == nil {
		return first.response, nil
	}
	again, ok := outbound.Again(t.gate, first.answer, first.explanation, t.probing(r))
	// Without the kept body the vendor's refusal is what the client gets: half a body must never be sent.
	if !ok || !replayable(r) {
		return first.response, nil
	}
	// Nobody reads the first refusal.
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

// outcome is what came of an attempt: a response, which may be a refusal of the gateway's own, or the upstream's
// failure.
type outcome struct {
	response *http.Response
	answer   outbound.Answer
	// explanation is why the vendor refused it; nil: it did not.
	explanation *outbound.Explanation
	// err is the upstream's failure, which reverse_proxy counts; there is no response then.
	err error
}

// attempt sends r signed by the credential of the snapshot. Its order is one of cost and of consequences: what can be
// refused without reading the body comes first; then the body is read and signed; then what the signature decides,
// such as the size of the head; then the audit, which must be written before anything is sent; and from send on the
// vendor may have seen it. A refusal before that gives back what the request took of the rates.
func (t *sender) attempt(r *http.Request, snapshot *outbound.Snapshot, again bool) outcome {
	refuse := func(p *outbound.Problem) outcome {
		t.refused(r, p, snapshot.Fingerprint())
		return outcome{response: t.refuse(r, p)}
	}
	out := shallow(r)
	// Caddy has wrapped a body, as if there were one.
	if byExtendedConnect(r) {
		out.Body, out.ContentLength = http.NoBody, 0
	}
	// HTTPTransport sets the scheme in its RoundTrip, which is too late: wrongUpstream checks it first.
	t.setScheme(out)
	restoreHost(out, snapshot)
	// Since 2.11.8 Caddy passes a client's on, and an invalid name fails as if the vendor had failed.
	out.Trailer = nil
	var p *outbound.Problem
	// Without its file a credential has no hosts to compare with, and signing answers.
	if snapshot.Absent() == "" { // else signing answers
		p = t.wrongUpstream(snapshot, out)
	}
	if p == nil {
		p = unopenable(t.http, out)
	}
	if p == nil && begun(r) {
		p = outbound.RepetitionProblem()
	}
	if p == nil && cutOff(r) {
		p = outbound.BodyProblem(io.ErrUnexpectedEOF)
	}
	if p != nil {
		return refuse(p)
	}
	// On a retry the first attempt has read the body, or its start, to sign it.
	if !bodiless(r) {
		replay(out)
	}
	target := out.URL.RequestURI()
	signed := t.sign(out, target, snapshot, again)
	if signed.Problem != nil {
		return outcome{response: t.refuse(r, signed.Problem)}
	}
	keep(out.Context(), signed, r.Body)
	// A handler's answer cannot be taken back: a head that the vendor would not read is refused first.
	if armedBy(r) != nil {
		if p := outbound.LargeHead(out, signed.Target); p != nil {
			signed.Unsent()
			return refuse(p)
		}
	}
	// The signature does not cover this body, so it streams, and may break off while it is sent.
	if signed.Body == nil {
		watch(r, out)
		if http3(t.http) {
			out = halting(out)
		}
	}
	setTarget(out, target, signed.Target)
	// The vendor may leave a body unread that looks like another request.
	if signed.CloseAfter {
		out = t.closeAfter(out)
	}
	if p := t.recordRequest(out, signed.Fingerprint(), repeated(again)); p != nil {
		signed.Unsent()
		return refuse(p)
	}
	// After the audit: from here on everything is about sending.
	out = t.signRepetitions(out, target, signed)
	out = hideEarly(out, signed.Hides())
	response, answer, err := t.send(out, snapshot, signed)
	if err != nil {
		if p := clientFault(t.http, out, err); p != nil {
			return refuse(p)
		}
		t.failed(out, t.subject(out, out.Host, signed.HostEntry(out.Host), signed.Fingerprint()))
		return outcome{err: err}
	}
	outbound.Hide(signed.Hides(), response.Header)
	hideTrailers(response, signed.Hides())
	t.answered(out, t.subject(out, out.Host, signed.HostEntry(out.Host), signed.Fingerprint()), response.StatusCode)
	explanation := t.learn(signed.HostEntry(out.Host), answer)
	// Only where the operator has permitted it: the explanation says how the vendor verifies.
	if explanation != nil && t.explainHeader {
		response.Header.Set(explanationHeader, explanation.Line())
	}
	return outcome{response: response, answer: answer, explanation: explanation}
}

// shallow copies what an attempt changes of r, but for the header: signing makes a new one. http.RoundTripper must
// not change its request, and reverse_proxy starts a retry from the same one. The copy is one allocation.
func shallow(r *http.Request) *http.Request {
	out := &struct { // one allocation for both
		request http.Request
		url     url.URL
	}{*r, *r.URL}
	out.request.URL = &out.url
	return &out.request
}

// refuse answers in the vendor's place. It does not close the body, which is left to the server: closing it would wait
// for a client that itself waits for an answer, or for 100 Continue. An active health check that has to wait for a rate
// or a pause says nothing about the upstream: it passes, or Caddy would mark the upstream as down for everyone.
func (t *sender) refuse(r *http.Request, p *outbound.Problem) *http.Response {
	apps.Refused(r)
	// Behind a handler there may also be a proxy with a transport that signs: that one answers itself.
	if a := armedBy(r); a != nil && &a.handler.signing == t.signing {
		a.problem = p // and the handler answers with it
	}
	if response := p.Response(r); p.Status != http.StatusTooManyRequests || fromClient(r.Context()) {
		return response
	}
	// The health check passes without having been sent.
	return &http.Response{Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: http.NoBody, Request: r}
}

// send sends what was signed. The answer that it returns has the beginning of a refusal's body, since vendors name
// the cause there; the response still has all of it.
func (t *sender) send(out *http.Request, snapshot *outbound.Snapshot, signed outbound.Outcome) (*http.Response, outbound.Answer, error) {
	if !snapshot.Insecure() && (t.http == nil || sharesPool(t.http, out, snapshot)) {
		out = t.watchConnection(out, snapshot)
	}
	var response *http.Response
	var err error
	// From here on the vendor may have seen the request, and what it used of its app's rate is not given back.
	apps.Sending(out)
	if (signed.Counted() || apps.Spends(out)) && !http3(t.http) { // HTTP/3 tells of no connections
		response, err = t.sendCounted(out, signed)
	} else {
		response, err = t.base.RoundTrip(out)
	}
	if err != nil {
		return nil, outbound.Answer{}, err
	}
	// Written only if it changes: requests of all processors read it.
	if multiplexes := response.ProtoMajor > 1; multiplexes != t.multiplexes.Load() {
		t.multiplexes.Store(multiplexes)
	}
	verified := t.verifies(out) || t.http == nil && outbound.Verified(t.gate)
	return response, outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: outbound.Peek(response),
		Verified: verified, Signed: signed, Sent: out}, nil
}

// sendCounted sends what the rates count, or what has used up something of its app's, and gives that back if it
// got no connection: then it was not sent. A transport that tells of no connections may have sent it, and keeps
// it. A request that was dialled and broke off counts as sent: the vendor may have seen it.
func (t *sender) sendCounted(out *http.Request, signed outbound.Outcome) (*http.Response, error) {
	var asked, reached atomic.Bool
	response, err := t.base.RoundTrip(out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { reached.Store(true) },
	})))
	if err != nil && asked.Load() && !reached.Load() {
		signed.Unsent()
		apps.Unreached(out)
	}
	return response, err
}
