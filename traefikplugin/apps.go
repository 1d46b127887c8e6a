//go:build go1.21

package traefikplugin

import (
	"log"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// verifying is a Middleware with apps. To ask each request whether there are some takes two calls more, so New
// returns one or the other.
type verifying struct{ m *Middleware }

// ServeHTTP verifies and signs a copy of r for the next handler, as that of Middleware does, or answers with a
// problem document.
func (v *verifying) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	if r.Body != http.NoBody && servedAgain(v.m, w, r) {
		return
	}
	serveApp(v.m, w, r)
}

// servedAgain answers a request that may come again, or whose body was lost by then, and reports whether it did.
func servedAgain(m *Middleware, w http.ResponseWriter, r *http.Request) bool {
	if isLost(m, r) {
		refuseLost(m, w, r)
		return true
	}
	if outbound.MayComeAgain(r.Body) {
		serveAgain(m, w, r)
		return true
	}
	return false
}

// serveAgain is serveApp for a request that may come again. Each attempt has the app's signature, which is no replay then.
func serveAgain(m *Middleware, w http.ResponseWriter, r *http.Request) {
	again := attemptsOf(r)
	r = resumed(r)
	if again == nil {
		serveApp(m, w, r)
		return
	}
	r = apps.WithAttempts(r, again)
	now := m.gate.Now()
	apps.Refresh(m.apps, now)
	message := &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI, Header: r.Header}
	if r.TLS == nil && !m.clear {
		message.Scheme = "http"
	}
	// Before Check, which changes the headers of a request with a signature in its query.
	claim, _ := apps.ReadClaim(m.apps, message)
	checked := checkNoted(m, r, message, now)
	apps.NoteAttempt(again, claim, checked)
	serveChecked(m, w, r, checked)
}

// serveApp verifies the app that signed r before r is signed for the vendor. An app signs the request as it sends
// it, with the host and target that reach the gateway.
func serveApp(m *Middleware, w http.ResponseWriter, r *http.Request) {
	now := m.gate.Now()
	if m.refreshes {
		apps.Refresh(m.apps, now)
	}
	// The target is the client's, before wireTarget: the app signed what it sent.
	message := &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI}
	// Some schemes cover the scheme of the URL. Behind a proxy that ends TLS, apps sign https and the request comes as http:
	// insecureDownstream says that this is in order.
	if r.TLS == nil {
		if !m.clear {
			message.Scheme = "http"
		}
	}
	if m.trail != nil {
		serveChecked(m, w, r, checkNoted(m, r, message, now))
		return
	}
	checked := apps.Check(m.apps, r, message, m.maxBody, now)
	if checked.Problem != nil {
		serveChecked(m, w, r, checked)
		return
	}
	if checked.Held != 0 {
		serveChecked(m, w, r, checked)
		return
	}
	serveBriefly(m, w, r, checked)
}

// checkNoted is apps.Check with the events of the audit, if there is one. It is apart, as most middlewares have none.
func checkNoted(m *Middleware, r *http.Request, message *signers.Message, now time.Time) *apps.Checked {
	if m.trail == nil {
		return apps.Check(m.apps, r, message, m.maxBody, now)
	}
	// Before the verifier changes the request: the event shows what the client sent.
	about := eventOf(m, r, r.RequestURI)
	checked := apps.Check(m.apps, r, message, m.maxBody, now)
	recordApp(m, about, checked)
	return checked
}

// serveChecked refuses what the verifier does not let pass, and gives back the memory of bodies that it read, when
// the request is done.
func serveChecked(m *Middleware, w http.ResponseWriter, r *http.Request, checked *apps.Checked) {
	if checked.Held != 0 && checked.Problem == nil {
		checked.Held = keepBody(r, checked.Held)
	}
	defer outbound.Release(checked.Held)
	if checked.Problem != nil {
		// One line in ten seconds, since clients cause it. Without a reason the event was lost, which the trail has told.
		if checked.Verdict.Reason != "" && apps.LogDue(m.apps, checked.Verdict, m.gate.Now()) {
			log.Printf("vendorsign: middleware %s: a request of an app was refused: %s", m.name, refusedLine(checked.Verdict))
		}
		checked.Problem.Write(w)
		return
	}
	serveBriefly(m, w, r, checked)
}

// serveBriefly signs a verified request in the short way, as ServeHTTP does, or as serveVerified if it is no ordinary one. What follows
// QuickVerified is what ServeHTTP does after Quick: one more call there would cost every request without apps, too.
func serveBriefly(m *Middleware, w http.ResponseWriter, r *http.Request, checked *apps.Checked) {
	if m.careful {
		serveWatched(m, w, r, checked)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "event-stream") {
		serveWatched(m, w, r, checked)
		return
	}
	app := checked.Verdict.Verified
	signed := outbound.QuickVerified(m.gate, r, app)
	if signed == nil {
		serveWatched(m, w, r, checked)
		return
	}
	// As in ServeHTTP.
	r.URL.Opaque = ""
	r.Form = nil
	if m.repeats {
		if app.Spent != nil {
			serveSpent(m, w, r, signed, app)
			return
		}
	}
	if m.watched {
		r = traced(m, r)
	}
	if signed.AnswerDue {
		serveCarefully(m, w, r, signed)
		return
	}
	m.next.ServeHTTP(w, r)
	if w.Header()["Retry-After"] != nil {
		learnHeader(m, w, r, signed)
	}
}

// serveWatched is serveVerified for the request of an app that may last: it ends if the app's key is revoked meanwhile. What takes the
// short way is not watched, since to watch it would take a tenth of what it takes to verify it.
func serveWatched(m *Middleware, w http.ResponseWriter, r *http.Request, checked *apps.Checked) {
	watched, done := apps.Watch(checked, r)
	defer done()
	serveVerified(m, w, watched)
}

// serveSpent sends a verified request that was signed in the short way, and gives back what it used of its app's
// if it got no connection: the app may then send the same signature again, which would otherwise count as a
// replay.
func serveSpent(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome, app *outbound.App) {
	if signed.AnswerDue {
		serveCounted(m, w, r.WithContext(outbound.WithApp(r.Context(), app)), signed)
		return
	}
	trace, unsent := outbound.CountTrace(m.gate, m.trace != nil)
	m.next.ServeHTTP(w, r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if unsent() {
		apps.GiveBack(app)
	}
	if w.Header()["Retry-After"] != nil {
		learnHeader(m, w, r, signed)
	}
}

// refusedLine says why an app is refused, for the log. The name is the operator's. Where nothing is proved the
// line does not say that the app sent it: anybody can send its key ID.
//
//	app inventory: clock (E, clock_off): ...
//	signature (J, unexplained): ... (the key is that of the app inventory)
func refusedLine(verdict *apps.Verdict) string {
	b := apps.BlameOf(verdict)
	line := verdict.Reason + " (" + b.Class + ", " + b.Cause + "): " + verdict.Detail
	switch {
	case verdict.App == "":
		return line
	case apps.Proved(verdict.Reason):
		return "app " + verdict.App + ": " + line
	}
	return line + " (the key is that of the app " + verdict.App + ")"
}
