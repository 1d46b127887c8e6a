//go:build go1.21

package traefikplugin

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/audit"
)

// probeTimeout bounds how long a request waits for a probe. A vendor that takes longer has not judged the
// credential.
const probeTimeout = 10 * time.Second

// serveObserved records refusals, and repeats a request once if another time, token or credential may help. For
// that it holds back the refusal, and nothing else.
//
//	sign -> vendor: 401 -> learn: the clock is off  -> sign again -> vendor: 200 -> client
//	                       the token has expired
//	                       the new credential is not accepted, and there is a previous one
//
// A request whose body streams is not repeated: there is no copy of the body.
func serveObserved(m *Middleware, w http.ResponseWriter, r *http.Request, signed outbound.Outcome) {
	if len(m.hides) > 0 {
		defer hideTrailers(m, w)
	}
	// Traefik's access log wraps even empty bodies, so r.Body says nothing.
	again := r.ContentLength == 0 || signed.Body != nil
	rec := &recorder{w: w, status: http.StatusOK, holds: again, hides: m.hides}
	// What other middlewares have set before the vendor's answer: a second attempt begins with it.
	before := w.Header().Clone()
	serveHeld(m.next, rec, r)
	a := outbound.Answer{Status: rec.status, Header: w.Header(), Body: rec.body, Verified: outbound.Verified(m.gate), Sent: r, Signed: signed,
		Target: r.RequestURI}
	e := learn(m, a)
	// The probe shows whether another credential works before a client's request depends on it.
	probe := func(attempt *outbound.Snapshot) outbound.Answer { return sendProbe(m, r, attempt) }
	if signed.SettleDue {
		outbound.Settle(m.gate, probe)
	}
	if e == nil {
		release(rec)
		return
	}
	// The client waits for the second answer, so it must not have got anything of the first.
	attempt, ok := outbound.Again(m.gate, a, e, probe)
	if !ok || !rec.held {
		release(rec)
		return
	}
	// The first attempt has read it.
	if signed.Body != nil {
		r.Body = io.NopCloser(bytes.NewReader(signed.Body))
	}
	second := outbound.Sign(attempt, r, r.RequestURI)
	// An attempt of its own in the audit: the vendor sees two requests.
	if second.Problem == nil && m.trail != nil {
		recordAgain(m, r, &second, audit.Repeated)
	}
	// The first refusal says more to the client than that a repetition was not possible.
	if second.Problem != nil {
		release(rec)
		return
	}
	// The memory of the first attempt is released by serveCarefully.
	defer outbound.Release(second.Held)
	restore(w.Header(), before)
	// The second signature may be in the query.
	r.RequestURI = second.Target
	last := &recorder{w: w, status: http.StatusOK, hides: m.hides}
	m.next.ServeHTTP(last, r)
	learn(m, outbound.Answer{Status: last.status, Header: w.Header(), Body: last.body, Verified: outbound.Verified(m.gate), Signed: second,
		Sent: r, Target: r.RequestURI})
}

// hideTrailers removes what clients must not receive from the trailers, which the proxy adds to the header after
// the body.
func hideTrailers(m *Middleware, w http.ResponseWriter) { outbound.Hide(m.hides, w.Header()) }

// serveFirst checks whether the vendor refuses a credential that it has not answered yet. Without observe the
// operator would never learn of a wrong secret. The answer is passed on unchanged. Once the vendor has answered,
// requests no longer come here.
func serveFirst(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome) {
	rec := &recorder{w: w, status: http.StatusOK}
	m.next.ServeHTTP(rec, r)
	if rec.status >= 400 {
		learn(m, outbound.Answer{Status: rec.status, Header: w.Header(), Body: rec.body, Verified: outbound.Verified(m.gate), Signed: *signed,
			Sent: r, Target: r.RequestURI})
		return
	}
	outbound.Answered(m.gate, signed, rec.status)
	if signed.ClockDue || len(w.Header()["Retry-After"]) > 0 {
		learnHeader(m, w, r, signed)
	}
}

// serveHeld releases what rec holds back if the proxy panics, as it does when an answer breaks off, for example
// because its compression is broken. The client then gets what there is of the answer, as without the signer. The
// panic goes on: Traefik, as net/http, ends the connection by it.
func serveHeld(next http.Handler, rec *recorder, r *http.Request) {
	whole := false
	defer func() {
		if !whole && rec.held {
			release(rec)
			// As the proxy does, since the connection is about to be closed.
			if rec.Header().Get("Content-Length") == "" {
				http.NewResponseController(rec.w).Flush()
			}
		}
	}()
	next.ServeHTTP(rec, r)
	whole = true
}

// restore takes an answer's headers back. They are in the writer of the client's answer, where the proxy has put
// them. before are those that other middlewares had set by then; h itself must stay the same map, which others
// hold.
func restore(h, before http.Header) {
	for name := range h {
		h.Del(name)
	}
	for name, values := range before {
		h[name] = values
	}
}

// sendProbe sends a probe the same way as r was sent, through the rest of the middlewares and the proxy: the
// plugin knows no other way to the vendor. The client of r may leave meanwhile, so its context does not cancel the
// probe. The answer has status 0 if nothing was sent.
func sendProbe(m *Middleware, r *http.Request, attempt *outbound.Snapshot) outbound.Answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), probeTimeout)
	defer cancel()
	if m.trace != nil {
		ctx = httptrace.WithClientTrace(ctx, m.trace)
	}
	method, target := attempt.Probe()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return outbound.Answer{}
	}
	// Like a request that Go's server has read, since the next handlers expect one.
	out := (&http.Request{Method: method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header),
		Body: http.NoBody, Host: r.Host, RemoteAddr: r.RemoteAddr, RequestURI: target}).WithContext(ctx)
	signed := outbound.Sign(attempt, out, target)
	if signed.Problem == nil && m.trail != nil {
		recordAgain(m, out, &signed, audit.Probe)
	}
	if signed.Problem != nil {
		return outbound.Answer{}
	}
	out.RequestURI = signed.Target
	answer := &nobody{header: make(http.Header)}
	rec := &recorder{w: answer, status: http.StatusOK}
	m.next.ServeHTTP(rec, out)
	return outbound.Answer{Status: rec.status, Header: answer.header, Body: rec.body, Signed: signed}
}
