//go:build go1.21

package outbound

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Gate takes one configuration's requests to their vendor. It is safe for concurrent use; the fields for functions are set
// before the first request. A gateway uses it like this:
//
//	g, faults := outbound.Build("acme", values, refs, share, say)
//	s := g.Begin(time.Now())
//	o := s.Sign(r, target)
//	if o.Problem != nil { ... }          // answers in place of the vendor; nothing is held
//	defer outbound.Release(o.Held)
//	send r with the target o.Target      // over a connection that Trace(g) or s.CheckConn accepts
//	e := outbound.Learn(g, outbound.Answer{...})   // if o asks for it, or the vendor refused
//	again, ok := outbound.Again(g, answer, e, probe)
//
// Begin and Sign, which interpreted gateways call for each request, are functions, too: see Sign.
type Gate struct {
	vendor   string
	main     atomic.Value  // of *rotation
	snapshot atomic.Value  // of *Snapshot
	source   *configSource // where main was read from, if that may change; else nil
	verified atomic.Bool
	known    atomic.Value     // of *knownName, once there is a Trace
	logged   atomic.Int64     // when LogDue last returned true, in unix nanoseconds
	warned   atomic.Int64     // when the operator was last warned of the credential's end, in unix seconds
	held     []*tokens.Keeper // whose sessions it uses: see Hold
	trail    *audit.Trail     // nil: no audit
	fellBack atomic.Bool      // the trail says that the previous credential is in use

	// Now returns the local time. Tests set it.
	Now func() time.Time
	// OnSigned, if set, sees what was signed, with the body and the secrets of the moment. Set it before the first request.
	OnSigned func(m *signers.Message, at signers.Moment)
	// OnFetch, if set, sees each request to a token service and its result: the request and the answer hold secrets.
	OnFetch func(r signers.TokenRequest, answer signers.TokenAnswer, took time.Duration, err error)
	// OnNews, if set, is called with what an operator should know, such as a corrected clock.
	OnNews func(news string)
	// OnWrongUpstream, if set, is called with the reason why the Trace closed a connection.
	OnWrongUpstream func(reason string)
	// OnLoad, if set, is called when another credential, or other options of a credentials_file, took effect.
	OnLoad func()
	// AskedHost, if set, returns the Host that the client asked for, in gateways that may have changed r.Host by now. It is
	// not ok for the gateway's own requests, which have no client.
	AskedHost func(r *http.Request) (host string, ok bool)
	// OneShot says that the gateway uses a connection for nothing else after a request whose Signed says CloseAfter.
	OneShot bool
	// Spell, if set, turns the name of an option into the gateway's spelling, for problems.
	Spell func(option string) string
}

// New builds the gate of an existing signer. It only uses the common options of the values. Nothing is read, shared or
// reloaded: it is for tests and for programs that make their signer themselves.
func New(vendor string, signer signers.Signer, v signers.Values) (*Gate, []signers.Fault) {
	scheme, _ := signers.Lookup(vendor) // a test's own may be none of the register
	c, faults := newCredential(&scheme, signer, v, v)
	if len(faults) > 0 {
		return nil, faults
	}
	return newGate(vendor, rotate(c, nil)), nil
}

// newGate makes a gate that has no snapshot yet: the first request makes it.
func newGate(vendor string, main *rotation) *Gate {
	g := &Gate{vendor: vendor, Now: time.Now}
	g.main.Store(main)
	invalidate(g)
	return g
}

// tell informs the operator, if the gateway has set OnNews. news is a sentence without a secret, for the log.
func tell(g *Gate, news string) {
	if g.OnNews != nil {
		g.OnNews(news)
	}
}

// tellAll is tell for each of the news.
func tellAll(g *Gate, news []string) {
	for _, text := range news {
		tell(g, text)
	}
}

// current is the credential that signs now. A request asks its Snapshot instead, which keeps the same one.
func current(g *Gate) *credential { return g.snapshot.Load().(*Snapshot).credential }

// Policy is the common part of the configuration of the credential in use, resolved: with the options of its
// credentials_file.
func (g *Gate) Policy() Policy { return *current(g).policy }

// Signer is that of the credential in use, to show what is signed; nil while a file is absent.
func (g *Gate) Signer() signers.Signer { return current(g).signer }

// Hosts are the names that the credential is bound to.
func (g *Gate) Hosts() []string { return append([]string(nil), current(g).hosts...) }

// Fingerprint identifies the credential in logs and metrics: eight hex digits of a hash of all its options. It is
// empty for a gate that Build did not make.
func (g *Gate) Fingerprint() string { return current(g).fingerprint }

// Configured is the Fingerprint of the credential that is configured, even while the previous one is used in its
// place.
func (g *Gate) Configured() string { return g.main.Load().(*rotation).current.fingerprint }

// Previous reports whether the previous credential is in use, because the vendor does not accept the current one.
func (g *Gate) Previous() bool { return current(g).old }

// PauseEnds is when the vendor's current pause for any path ends, if it asked for one that is not over.
func (g *Gate) PauseEnds() time.Time {
	c := current(g)
	if !c.patient {
		return time.Time{}
	}
	return limits.PauseEnds(&c.account.pauses, g.Now())
}

// Refresh updates the state that the gate reports, as a request does: files may have changed since the last one. It is for
// status pages and metrics.
func (g *Gate) Refresh() {
	begin(g, g.Now())
}

// Loaded is when the credential in use was read.
func (g *Gate) Loaded() time.Time { return current(g).loaded }

// Since is when the credential in use was first read, even if that was for an earlier configuration.
func (g *Gate) Since() time.Time { return current(g).state.since }

// Absent names the option whose file is not there yet, so that nothing can be signed; usually it is empty.
func (g *Gate) Absent() string { return current(g).absent }

// Renewals are those of the credential's token. They survive a reload; ok is false if no token is fetched.
func (g *Gate) Renewals() (counted tokens.Renewals, ok bool) {
	c := current(g)
	if c.state.tokens == nil || !c.tokened {
		return tokens.Renewals{}, false
	}
	return tokens.Count(c.state.tokens), true
}

// TokenOutage is why there is no newer token, if the last attempts to renew it failed.
func (g *Gate) TokenOutage() tokens.Outage {
	c := current(g)
	if c.state.tokens == nil || !c.tokened {
		return tokens.Outage{}
	}
	return tokens.OutageOf(c.state.tokens)
}

// TokenExpires is when the current token expires; zero if there is no token or its expiry is not known.
func (g *Gate) TokenExpires() time.Time {
	c := current(g)
	if c.state.tokens == nil || !c.tokened {
		return time.Time{}
	}
	return tokens.Expires(c.state.tokens)
}
