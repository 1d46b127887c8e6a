package caddyplugin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// transport signs each attempt of a reverse_proxy when nothing can change it any more: after the choice of the
// upstream, header_up and rewrite, and afresh for every retry and active health check.
type transport struct{ signing }

// provision builds the gate and the transport below it.
func (t *transport) provision(ctx caddy.Context, vendor string, config signers.Config, policy outbound.Policy, upstream *reverseproxy.HTTPTransport) error {
	t.copies = true
	if err := t.signing.provision(ctx, vendor, config, policy); err != nil {
		return err
	}
	return upstream.Provision(ctx)
}

// validate refuses what is known of the upstream before it is dialled.
func (t *transport) validate(upstream *reverseproxy.HTTPTransport) error {
	switch {
	case t.gate.Insecure(), t.gate.Absent() != "": // what is not known yet is checked before it is sent
	case upstream.TLS == nil:
		return errors.New(t.vendor + ": the upstream is plain http, where anybody can read the credential; use https or set insecure_upstream")
	case upstream.TLS.InsecureSkipVerify:
		return errors.New(t.vendor + ": tls_insecure_skip_verify would send the credential to anybody; trust the issuer or set insecure_upstream")
	}
	return nil
}

// roundTrip signs a copy of r, so that no log of the proxy's shows the signature and no retry starts from it. Its
// own refusals are responses: an error would count as the upstream's failure and be retried. A refusal of the vendor's
// for the clock, the token or the key may be worth one repetition.
func (t *transport) roundTrip(r *http.Request, upstream *reverseproxy.HTTPTransport) (*http.Response, error) {
	response, answer, explanation, err := t.attempt(r, upstream, nil)
	probe := func(a outbound.Attempt) outbound.Answer { return t.probe(r, upstream, a) }
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
	response, _, _, err = t.attempt(r, upstream, &again)
	return response, err
}

// attempt sends r signed, for the first time if again is nil. The explanation is nil unless the vendor refused it.
func (t *transport) attempt(r *http.Request, upstream *reverseproxy.HTTPTransport, again *outbound.Attempt) (
	response *http.Response, answer outbound.Answer, explanation *outbound.Explanation, err error,
) {
	out := shallow(r)
	upstream.SetScheme(out)
	var p *outbound.Problem
	compared := t.gate.Loaded()
	if t.gate.Absent() == "" { // else signing answers, or finds what the upstream is compared with
		p = t.wrongUpstream(out, upstream)
	}
	if p == nil && r.Body != nil && begun(r) {
		p = outbound.RepetitionProblem()
	}
	if p != nil {
		t.refused(r, p)
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
		if p := t.wrongUpstream(out, upstream); p != nil {
			t.refused(r, p)
			return t.refuse(r, p), answer, nil, nil
		}
	}
	if signed.Body == nil {
		watch(out.Context(), out)
	}
	setTarget(out, target, signed.Target)
	if response, answer, err = t.send(out, upstream, signed); err != nil {
		return nil, answer, nil, err
	}
	explanation = t.learn(out, answer)
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
func (t *transport) send(out *http.Request, upstream *reverseproxy.HTTPTransport, signed outbound.Signed) (*http.Response, outbound.Answer, error) {
	response, err := upstream.RoundTrip(out)
	if err != nil {
		return nil, outbound.Answer{}, err
	}
	verified := out.URL.Scheme == "https" && !upstream.TLS.InsecureSkipVerify
	return response, outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: outbound.Peek(response), Verified: verified, Signed: signed}, nil
}

// probe sends a probe to the upstream that r went to.
func (t *transport) probe(r *http.Request, upstream *reverseproxy.HTTPTransport, attempt outbound.Attempt) outbound.Answer {
	out, cancel := probeRequest(r, attempt)
	defer cancel()
	upstream.SetScheme(out)
	target := out.URL.RequestURI()
	signed, p := t.gate.SignAgain(out, target, attempt)
	if p != nil {
		return outbound.Answer{}
	}
	setTarget(out, target, signed.Target)
	response, answer, err := t.send(out, upstream, signed)
	if err != nil {
		return outbound.Answer{}
	}
	response.Body.Close()
	return answer
}

// refuse answers in the vendor's place. It leaves the body to the server that it came from: to close it is to wait for a
// client that waits for an answer, or for 100 Continue. An active health check that has to wait for a rate or a pause
// says nothing of the upstream: it passes, or Caddy would take the upstream away from everyone.
func (t *transport) refuse(r *http.Request, p *outbound.Problem) *http.Response {
	if response := p.Response(r); p.Status != http.StatusTooManyRequests || r.Context().Value(http.ServerContextKey) != nil {
		return response
	}
	return &http.Response{Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: http.NoBody, Request: r}
}

// wrongUpstream refuses an upstream that the credential is not bound to: neither the address that is dialled nor the
// name that its certificate must have.
func (t *transport) wrongUpstream(out *http.Request, upstream *reverseproxy.HTTPTransport) *outbound.Problem {
	if out.URL.Scheme != "https" && !t.gate.Insecure() {
		return outbound.UpstreamProblem("the upstream is plain http, and insecure_upstream is not set")
	}
	if upstream.TLS != nil && upstream.TLS.InsecureSkipVerify && !t.gate.Insecure() {
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
	if out.URL.Scheme == "https" && upstream.TLS != nil && !upstream.TLS.InsecureSkipVerify && upstream.TLS.ServerName != "" {
		if name := caddyReplace(out.Context(), upstream.TLS.ServerName); t.gate.Bound(name) {
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

// bodyVar is the request variable in which a body waits for a retry: the first attempt has read it.
const bodyVar = "vendorsign.body"

// replayable reports whether the body of r can be sent again: there is none, or it was kept.
func replayable(r *http.Request) bool {
	return r.Body == nil || r.Body == http.NoBody || caddyhttp.GetVar(r.Context(), bodyVar) != nil
}

func replay(out *http.Request) {
	if body, ok := caddyhttp.GetVar(out.Context(), bodyVar).([]byte); ok {
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.ContentLength = int64(len(body))
	}
}

// keep holds the body's memory until the request ends. An active health check has no such end; its body is sent and
// forgotten.
func keep(ctx context.Context, signed outbound.Signed) {
	if signed.Held == 0 {
		return
	}
	if ctx.Value(caddyhttp.VarsCtxKey) == nil || ctx.Value(http.ServerContextKey) == nil {
		outbound.Release(signed.Held)
		return
	}
	caddyhttp.SetVar(ctx, bodyVar, signed.Body)
	context.AfterFunc(ctx, func() { outbound.Release(signed.Held) })
}
