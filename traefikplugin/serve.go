//go:build go1.21

package traefikplugin

import (
	"log"
	"net/http"
	"net/http/httptrace"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/audit"
)

// serveAny is ServeHTTP for the requests that Quick does not sign.
func serveAny(m *Middleware, w http.ResponseWriter, r *http.Request) {
	if r.Body != http.NoBody {
		if isLost(m, r) {
			refuseLost(m, w, r)
			return
		}
		if outbound.MayComeAgain(r.Body) {
			r = resumed(r)
		}
	}
	serveVerified(m, w, r)
}

// serveVerified signs a request that may be signed as far as apps are concerned. The order matters: the target is
// found first, since it is what is signed; the audit's event is written before the request is sent, so that none
// leaves unrecorded; and what a refused request took is given back before the client gets the problem.
func serveVerified(m *Middleware, w http.ResponseWriter, r *http.Request) {
	// Most targets are sent as they came. Where parsing and writing could change one, wireTarget says what Traefik will make of it: that is
	// what must be signed.
	target := r.RequestURI
	if target != r.URL.RequestURI() || strings.Contains(target, ";") || r.URL.ForceQuery {
		target = wireTarget(r)
	}
	// Before Sign changes r.
	var about audit.Event
	if m.trail != nil {
		about = eventOf(m, r, target)
	}
	signed := outbound.Sign(outbound.Begin(m.gate), r, target)
	if signed.Problem == nil && m.trail != nil {
		recordRequest(m, r, &about, &signed)
	} else if m.trail != nil {
		recordRefusal(m, about, &signed)
	}
	if signed.Problem != nil {
		if m.apps != nil {
			// The app must not pay for a request that was not sent.
			apps.GiveBack(outbound.AppOf(r))
		}
		signed.Problem.Write(w)
		return
	}
	// Traefik sends this one: the signature may have put parameters into it, or in order.
	r.RequestURI = signed.Target
	// A question mark without a query is not in the target that was signed: see wireTarget.
	r.URL.ForceQuery = false
	// Traefik encodes the query again if another middleware has parsed the form.
	r.Form = nil
	// The body streams through Traefik's proxy: see outbound.Upload.
	if r.ContentLength != 0 && signed.Body == nil && r.Body != nil {
		r.Body = outbound.NewUpload(r.Body)
	}
	if r.ContentLength != 0 {
		signed.Held = keepBody(r, signed.Held)
	}
	// A rate counts it, so it matters whether it is sent.
	if signed.Counted() {
		serveCounted(m, w, r, &signed)
		return
	}
	if m.repeats {
		if apps.Spends(r) {
			serveCounted(m, w, r, &signed)
			return
		}
	}
	if m.watched {
		r = traced(m, r)
	}
	if signed.CloseAfter {
		serveLast(m, w, r, &signed)
		return
	}
	if m.observe || signed.Held != 0 || signed.FirstDue {
		serveCarefully(m, w, r, &signed)
		return
	}
	m.next.ServeHTTP(w, r)
	if signed.ClockDue || len(w.Header()["Retry-After"]) > 0 {
		learnHeader(m, w, r, &signed)
	}
}

// traced makes sure that a connection is checked before the request is written to it. Traefik chooses the upstream
// after the plugin, so that this is the last place where a wrong one can be found. The trace closes a connection
// to any other host, and the request fails with 502 before a byte of it is written.
func traced(m *Middleware, r *http.Request) *http.Request {
	if m.single {
		return tracedSingly(m, r)
	}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), m.trace))
}

// tracedSingly is traced where the trace must know the address that Traefik asks for: a request may go over plain http, or to one port
// of its host alone.
func tracedSingly(m *Middleware, r *http.Request) *http.Request {
	trace := m.trace
	if own := outbound.RequestTrace(m.gate); own != nil {
		trace = own
	}
	if trace == nil {
		return r
	}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
}

// serveCounted gives back what a request took that was not sent: its place in the rates, and what it used of its
// app's. Otherwise an upstream that is down would use up the rate, and a client could not repeat the request with
// the same signature.
func serveCounted(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome) {
	trace, unsent := outbound.CountTrace(m.gate, m.trace != nil)
	app := outbound.AppOf(r)
	// Deferred, since the proxy may panic when an answer breaks off.
	defer func() {
		if unsent() {
			signed.Unsent()
			apps.GiveBack(app)
		}
	}()
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	if signed.CloseAfter {
		serveLast(m, w, r, signed)
		return
	}
	serveCarefully(m, w, r, signed)
}

// learnHeader learns from an answer of which only the header is known: the Date, and a Retry-After whose status
// was not seen. The proxy has copied the vendor's header into that of w by now.
func learnHeader(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome) {
	learn(m, outbound.Answer{Header: w.Header(), Verified: outbound.Verified(m.gate), Signed: *signed, Target: r.RequestURI})
}

// serveCarefully frees the body's memory, whatever happens in next, and records refusals. It does not learn again
// from the header of an answer that it has seen completely: without a status, any Retry-After would count.
func serveCarefully(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome) {
	defer outbound.Release(signed.Held)
	// A recorder would hold back what these send bit by bit, and hides the Hijacker that an upgrade needs. Only what must be hidden
	// comes before that.
	streams := r.Header.Get("Upgrade") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	if (m.observe || signed.FirstDue) && (!streams || len(m.hides) > 0) {
		if m.observe {
			serveObserved(m, w, r, *signed)
		} else {
			serveFirst(m, w, r, signed)
		}
		return
	}
	m.next.ServeHTTP(w, r)
	if signed.ClockDue || len(w.Header()["Retry-After"]) > 0 {
		learnHeader(m, w, r, signed)
	}
}

// learn evaluates the vendor's answer, and explains refusals in the log: one line in ten seconds, since clients
// can cause them. The result is the explanation, nil if the answer is no refusal. An answer without a status was
// not seen: it teaches the time, and explains nothing.
func learn(m *Middleware, a outbound.Answer) *outbound.Explanation {
	e := outbound.Learn(m.gate, a)
	if e != nil && a.Status != 0 && outbound.LogDue(m.gate) {
		log.Printf("vendorsign: middleware %s: the vendor refused a signed request with %d: %s", m.name, a.Status, m.spell.Replace(e.Line()))
	}
	return e
}
