//go:build go1.21

// Package traefikplugin signs requests to security vendors' APIs in Traefik. It is loaded from source by Traefik's
// interpreter, yaegi, and only translates: labels to a signer, a request to a message, a refusal to a response.
//
//	client -> Traefik's entry point -> other middlewares -> ServeHTTP -> Traefik's proxy -> vendor
//	                                                         | Quick, or Sign
//	                                                         | learn <- the answer's header, or all of a refusal
//
// For these labels New makes the middleware acme-api, which signs with the scheme acme:
//
//	traefik.http.middlewares.acme-api.plugin.vendorsign.acme.keyId: K1
//	traefik.http.middlewares.acme-api.plugin.vendorsign.acme.secretKey: file:/run/secrets/acme
//	traefik.http.middlewares.acme-api.plugin.vendorsign.acme.host: api.acme.example
//
// Put the middleware last in the router's list, and let the service pass the Host header (Traefik's default): what is
// signed is then what Traefik sends. It starts no goroutines: Traefik has no way to tell a plugin to stop them, and
// creates each middleware again whenever its configuration changes. It wraps the ResponseWriter only with observe,
// and until the vendor has accepted or refused a new credential. It never does for upgrades and event streams, which
// work as they do without the plugin.
//
// The paths of a request, from the shortest to the longest:
//
//	ServeHTTP       ordinary requests: outbound.Quick signs, and nothing else is called
//	serveVerified   all others (serve.go): outbound.Sign, audit, traces
//	serveCarefully  whose answer must be looked at: serveFirst, serveObserved (observe.go)
//	serveApp        first verifies the application that signed (apps.go)
//
// The configuration is read in config.go, appoptions.go and camel.go; target.go finds what Traefik will send. How a request is
// signed is in package outbound, for all gateways; a change belongs here only if it is about Traefik or about the
// cost of interpreting.
package traefikplugin

import (
	"context"
	"errors"
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

// Middleware signs the requests that pass through it. It is not changed after New, and serves any number of
// requests at once; what changes, such as tokens, is in the gate. Fields that each request needs are copied here,
// since interpreted a selector through another struct costs memory.
type Middleware struct {
	next http.Handler
	gate *outbound.Gate
	// trace closes connections to upstreams that are not the credential's; nil: any upstream will do.
	trace *httptrace.ClientTrace
	// single: requests need traces of their own: see outbound.RequestTrace.
	single bool
	// watched: there is a trace, or single.
	watched bool
	// name is the middleware's, as in acme@docker, as it is in each line of the log: see shownName.
	name string
	// spell writes options in texts as Traefik spells them: secretKey for secret_key.
	spell *strings.Replacer

	// trail is where events of the audit go; nil: nowhere.
	trail *audit.Trail

	// careful: nothing is signed by Quick or QuickVerified.
	careful bool
	// observe: refusals are read, explained and repeated; see serveObserved.
	observe bool
	// apps verifies applications; nil: whoever reaches the router may use the credential.
	apps *apps.Verifier
	// refreshes: its apps may change: see apps.Refreshes.
	refreshes bool
	// repeats: a client may send a signature of its app again, if the first attempt got no connection: see
	// apps.Repeats.
	repeats bool
	// maxBody is how much of a body is read to verify it, in bytes.
	maxBody int64
	// clear: plain http from clients is as good as https, since something in front ends TLS: insecureDownstream.
	clear bool
	// hides are headers of answers that clients must not receive. If there are any, every answer is recorded.
	hides []string
}

// New is called by Traefik for every router that uses the middleware, and again whenever its configuration changes.
// An error disables the router (404), so nothing leaves unsigned. It must work with the values of testData in
// .traefik.yml, with which the plugin catalog calls it in a sandbox: without a network, an environment or files. ctx
// is not cancelled when the configuration changes, so it is not used.
func New(ctx context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	m, err := newMiddleware(next, config, name)
	if err != nil {
		endRevoked(name, config)
		return nil, errors.New("middleware " + shownName(name) + ": " + shortened(err.Error()))
	}
	// Only now: a configuration that is refused decides nothing else.
	setCurrent(name, m.apps)
	if m.apps != nil {
		return &verifying{m}, nil
	}
	return m, nil
}

// newMiddleware is New. Interpreted, a function value keeps the frame that it was made in alive, and a handler has
// one: that of New is small. What few middlewares have is in functions of its own, since a frame has room for all
// that is in the source, and there may be a thousand routes.
func newMiddleware(next http.Handler, config *Config, name string) (*Middleware, error) {
	b, err := blockOf(config)
	if err != nil {
		return nil, err
	}
	// Whoever writes a label is not always the operator, who restricts by environment variables what labels may use.
	references, err := credentials.Confined(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	shown := shownName(name)
	gate, err := gateOf(b, references, teller(shown))
	if err != nil {
		return nil, err
	}
	gate.OnWrongUpstream = closedTeller(gate, b.camel.text, shown)
	policy := gate.Policy()
	// The gate is asked once for what does not change while it serves.
	m := &Middleware{next: next, gate: gate, trace: outbound.Trace(gate), single: outbound.NeedsRequestTrace(gate), name: shown,
		spell: b.camel.text, careful: !outbound.MayQuick(gate), hides: outbound.Hides(gate), maxBody: outbound.MaxBody(policy)}
	m.watched = m.trace != nil || m.single
	// What must be hidden can only be removed from an answer that is recorded.
	m.observe = policy.Observe == "on" || len(m.hides) > 0
	if len(m.hides) > 0 || outbound.Rotating(gate) {
		if err := m.checkObserved(policy); err != nil {
			return nil, err
		}
	}
	if policy.Audit != "" || b.apps.given {
		if err := m.addChecks(name, b, policy, references); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// checkObserved checks a middleware for which it matters what the vendor answers.
func (m *Middleware) checkObserved(policy outbound.Policy) error {
	// An upgraded connection cannot be recorded.
	if len(m.hides) > 0 && policy.Upgrade == "websocket" {
		return errors.New("upgrade websocket cannot be used for a vendor whose answers hold a session to be hidden")
	}
	// It is no error: the operator may be about to turn observe on, and requests are signed.
	if outbound.Rotating(m.gate) && !m.observe {
		log.Printf("vendorsign: middleware %s: previous is of no use without observe: the gateway does not see that the vendor refuses the "+
			"new credential", m.name)
	}
	return nil
}

// addChecks adds the verification of apps and the audit to a middleware of that name.
func (m *Middleware) addChecks(name string, b *block, policy outbound.Policy, references credentials.References) error {
	verifier, err := b.verifier(references, m.gate, teller(m.name))
	if err != nil {
		return err
	}
	m.apps = verifier
	trail, err := openAudit(m.gate, policy, references, b.vendor, m.name)
	if err != nil {
		return err
	}
	m.trail = trail
	if m.trail != nil {
		// serveAny writes the events.
		m.careful = true
		recordRevocations(m, name)
	}
	if m.apps != nil {
		m.repeats = apps.Repeats(m.apps)
		m.refreshes = apps.Refreshes(m.apps)
	}
	m.clear = b.apps.values.Flag("insecure_downstream")
	return nil
}

// ServeHTTP signs r for the next handler, or answers with a problem document (RFC 9457).
//
// In the interpreter, a call costs more than most of what it calls, and each value in the source costs memory: code
// that few requests need is in separate functions. The ResponseWriter is passed on as it is: wrapped, it would lose
// Flush and Hijack, by which streams and WebSockets work.
//
// It signs a copy with a header of its own. Middlewares in front keep their request, and use its header after the
// answer: errors sends it to another server, and the access log can show it.
func (m *Middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	if m.careful {
		serveAny(m, w, r)
		return
	}
	signed := outbound.Quick(m.gate, r, nil)
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
	// Nothing is left to do for this answer, except for a pause that the vendor may ask for.
	m.next.ServeHTTP(w, r)
	if w.Header()["Retry-After"] != nil {
		learnHeader(m, w, r, signed)
	}
}
