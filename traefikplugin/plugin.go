//go:build go1.21

// Package traefikplugin signs requests to security vendors' APIs in Traefik. It is loaded from source by Traefik's
// interpreter, yaegi, and only translates: labels to a signer, a request to a message, a refusal to a response.
//
// Put the middleware last in the router's list, and let the service pass the Host header (Traefik's default): what is signed
// is then what Traefik sends. It starts no goroutine. It wraps the ResponseWriter only with observe, and until the vendor has
// judged a new credential, and never for upgrades and event streams: those work as without it.
package traefikplugin

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// Middleware signs the requests that pass through it.
type Middleware struct {
	next    http.Handler
	gate    *outbound.Gate
	trace   *httptrace.ClientTrace // nil: any upstream
	plain   bool                   // some requests may go to unauthenticated upstreams, within limits
	watched bool                   // there is a trace, or plain
	name    string
	spell   *strings.Replacer // options as Traefik spells them

	trail *audit.Trail // nil: no audit

	careful bool // nothing is signed by Quick
	lengthy bool // neither by QuickVerified
	observe bool
	apps    *apps.Verifier // nil: whoever reaches the router may use the credential
	repeats bool           // a client may send a signature of its app again: see apps.Repeats
	maxBody int64
	clear   bool     // plain http from clients is as good as https
	hides   []string // headers of answers that clients must not receive; then every answer is recorded
}

// New is called by Traefik for every router that uses the middleware, and again whenever its configuration changes.
// An error disables the router (404), so nothing leaves unsigned.
func New(ctx context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	m, err := newMiddleware(next, config, name)
	if err != nil {
		return nil, err
	}
	if m.apps != nil {
		return &verifying{m}, nil
	}
	return m, nil
}

// newMiddleware is New. Interpreted, a function value keeps the frame that it was made in alive, and a handler has one: that of New is
// small.
func newMiddleware(next http.Handler, config *Config, name string) (*Middleware, error) {
	b, err := config.block()
	if err != nil {
		return nil, fmt.Errorf("middleware %s: %w", name, err)
	}
	// Whoever writes a label is not always the operator, who restricts by environment variables what labels may use.
	references, err := credentials.Confined(os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("middleware %s: %w", name, err)
	}
	gate, err := b.gate(references, teller(name))
	if err != nil {
		return nil, fmt.Errorf("middleware %s: %w", name, err)
	}
	verifier, err := b.verifier(references, gate, teller(name))
	if err != nil {
		return nil, fmt.Errorf("middleware %s: %w", name, err)
	}
	// What must be hidden can only be removed from an answer that is recorded.
	hides := gate.Hides()
	observe := gate.Policy().Observe == "on" || len(hides) > 0
	if len(hides) > 0 && gate.Policy().Upgrade == "websocket" {
		return nil, fmt.Errorf("middleware %s: upgrade websocket cannot be used for a vendor whose answers hold a session to be hidden", name)
	}
	if gate.Rotating() && !observe {
		log.Printf("vendorsign: middleware %s: previous is of no use without observe: the gateway does not see that the vendor refuses the "+
			"new credential", name)
	}
	gate.OnWrongUpstream = closedTeller(gate, b.camel.text, name)
	m := &Middleware{next: next, gate: gate, trace: gate.Trace(), plain: gate.MayGoPlain(), name: name, spell: b.camel.text,
		careful: !gate.MayQuick(), observe: observe, hides: hides, apps: verifier, maxBody: outbound.MaxBody(gate.Policy())}
	if m.trail, err = openAudit(gate, references, b.vendor, name); err != nil {
		return nil, fmt.Errorf("middleware %s: %w", name, err)
	}
	if m.trail != nil {
		m.careful = true // serveAny writes the events
		recordRevocations(m)
	}
	if m.apps != nil {
		m.lengthy = m.careful
		m.careful = true // nothing comes before the app is verified
		m.repeats = apps.Repeats(m.apps)
	}
	m.watched = m.trace != nil || m.plain
	m.clear = b.apps.values.Flag("insecure_downstream")
	return m, nil
}

// teller logs what an operator should know about a middleware. It is a variable, as are closedTeller and spelling, since the functions
// that it makes would keep the frames of all its callers alive.
var teller = func(name string) func(news string) {
	return func(news string) { log.Printf("vendorsign: middleware %s: %s", name, news) }
}

// closedTeller logs why a connection was closed.
var closedTeller = func(gate *outbound.Gate, spell *strings.Replacer, name string) func(reason string) {
	return func(reason string) {
		if outbound.LogDue(gate) { // clients cause it
			log.Printf("vendorsign: middleware %s: connection closed: %s", name, spell.Replace(reason))
		}
	}
}

// ServeHTTP signs r for the next handler, or answers with a problem document.
//
// Interpreted, a call costs more than most of what is called, and so does each value in the source: code that few
// requests need is in separate functions.
func (m *Middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.careful {
		serveAny(m, w, r)
		return
	}
	signed := outbound.Quick(m.gate, r)
	if signed == nil {
		serveAny(m, w, r)
		return
	}
	// Traefik sends RequestURI, if this is empty, and would re-encode the query of a request whose form was parsed.
	r.URL.Opaque = ""
	r.Form = nil
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
