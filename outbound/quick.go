//go:build go1.21

package outbound

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// respelt matches the targets whose spelling may change on the way: all others stay the same if each of their characters is
// parsed and written again, as Traefik's proxy does. A question mark at the end may be lost.
//
//	/ä, /a;b, "*", /a?  -> left to Sign        /a/b?c=d,e%20 -> not respelt
const respelt = `^(?:[^/]|$)|[^a-zA-Z0-9/\-._~!$%&'()*+,:=@?]|^[^?]*\?$`

// unguarded finds the targets that Quick leaves to Sign for a vendor without guards.
var unguarded = regexp.MustCompile(respelt)

// Quick is a shortcut for interpreted callers, who call it before Sign: it signs ordinary requests, which are nearly all
// unless an option rules them out (MayQuick), and returns what is left to do for them, which is the same for all requests of
// a second. For any other request it returns nil, and Sign must be called: any change that Quick has made by then, Sign would
// make as well. The target, and the one to send, is r.RequestURI. a is the app that made r, or nil; Sign finds it in the context of r.
//
// It must never sign what Sign would refuse or sign differently. So each check either has the same result as that of Sign or is
// stricter, and a request that is odd in any way is Sign's (TestTheShortWayGuardsLikeTheLongOne and others compare the two).
//
// In the interpreter, each value in a function's source, and every selector and comparison, takes memory at each call,
// whether it is reached or not, and a call of another function ten times as much. So this is one terse function, with
// nested ifs in place of || and &&. It takes half the time of Sign (docs/performance.md).
func Quick(g *Gate, r *http.Request, a *App) *Outcome {
	s := g.snapshot.Load().(*Snapshot)
	if g.Now().Unix() != s.fastSecond {
		s = quickSnapshot(g, s)
	}
	// Nearly all targets are ordinary, and match one expression in one pass.
	target := r.RequestURI
	if len(target) > shortTarget {
		return nil
	}
	if !s.ordinary.MatchString(target) {
		if suspicious(s, target) {
			return nil
		}
	}
	if !usualMethods[r.Method] {
		return nil
	}
	r.Trailer = noTrailer
	if r.TLS != nil {
		if early(r) {
			return nil
		}
	}
	h := r.Header
	if s.removes {
		// As in cleanse. The three others are those that Traefik always adds.
		h["X-Forwarded-For"] = none
		h["X-Forwarded-Host"] = none
		h["X-Forwarded-Proto"] = none
		delete(h, "X-Forwarded-Port")
		delete(h, "X-Forwarded-Server")
		delete(h, "X-Real-Ip")
	}
	if h[":protocol"] != nil { // the next call ignores names that are not tokens, and this is the only one
		return nil
	}
	// One call checks all names: it fails if it has to write a header that is not a usual one.
	if h.WriteSubset(refusesAll, s.usual) != nil {
		return nil
	}
	// As in admitHead: another call, with a writer that fails if the headers are long.
	if h.Write(newWriter(refusesAll, shortHead)) != nil {
		return nil
	}
	if s.checks {
		if quickRefuses(s, r, a) {
			return nil
		}
	}
	if r.Body != noBody {
		if needsBody(s, r) {
			return nil
		}
	} else if len(h["Content-Type"]) > 1 {
		return nil
	}
	// The moment of all requests of this second, unless each needs a nonce, a time or a hint of its own.
	at := s.moment
	if s.own {
		if at = freshMoment(s, r); at == nil {
			return nil
		}
	}
	m := &message{Method: r.Method, Host: s.host, Target: target, Header: h}
	if s.sign(m, at) != nil {
		return nil
	}
	// From here on the request is signed.
	r.Host = m.Host
	r.RequestURI = m.Target
	if s.insecure {
		h[loopHeader] = through // there is none yet, since it is not a usual header
	}
	if s.hinted {
		return hintedOutcome(s, at)
	}
	return s.outcome
}

// message is a signers.Message: interpreted, the selector of a type takes the memory of a value at each call.
type message = signers.Message

// suspicious reports whether a target that is not an ordinary one is left to Sign. It is a function of its own for the sake
// of Quick's memory.
func suspicious(s *Snapshot, target string) bool { return s.suspect.MatchString(target) }

// hintedOutcome is the outcome of a request with a hint, which a repetition needs. It is a copy: s.outcome is that of all
// requests.
func hintedOutcome(s *Snapshot, at *signers.Moment) *Outcome {
	o := *s.outcome
	o.hint = at.Hint
	return &o
}

// quickRefuses reports whether r fails one of those checks of admit that few configurations need. It is left to Sign, which says
// why. It is stricter than admitApp: a health check of the gateway's own has no app, and is left to Sign.
func quickRefuses(s *Snapshot, r *http.Request, a *App) bool {
	c := s.credential
	if c.allow != nil {
		if quickUnlisted(c, r) {
			return true
		}
	}
	if c.clients != nil {
		if !c.clients.MatchString(r.Host) {
			return true
		}
	}
	if c.policy.RequireApp {
		if a == nil {
			return true
		}
		if refuseApp(s.gate, c, a) != nil {
			return true
		}
		if a.Rights != nil {
			return quickForbids(s, r, a)
		}
	}
	return false
}

// quickUnlisted reports whether allow may refuse r: its path may have several readings, or matches no entry without parameters.
// See admitListed. A body that allow does not permit is left to Sign anyway: see needsBody.
func quickUnlisted(c *credential, r *http.Request) bool {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if strange.MatchString(path) {
		return true
	}
	if !listed(c.allow, r.Method, path) {
		return true
	}
	noteListed(c)
	return false
}

// quickForbids reports whether the app's rights do not permit r, which is what admitApp asks last.
func quickForbids(s *Snapshot, r *http.Request, a *App) bool {
	return Permit(a.Rights, r, &signers.Message{Method: r.Method, Host: s.host, Target: r.RequestURI}) != nil
}

// QuickVerified is Quick for a request whose app was verified: the app's own signature, which Sign would remove, is removed
// first, since its headers are not usual ones. What it needs of the snapshot is the same for all of a credential's, so that
// it may be of the second before.
func QuickVerified(g *Gate, r *http.Request, a *App) *Outcome {
	s := g.snapshot.Load().(*Snapshot)
	if s.short {
		h := r.Header
		for _, name := range s.owns {
			delete(h, name)
		}
		return Quick(g, r, a)
	}
	return nil
}

// errRandom becomes a 503: nothing can be signed without a nonce.
var errRandom = errors.New("the system's random source failed")

// quickSnapshot is the snapshot of this second, or one for which every target is suspicious if all requests are left to Sign,
// as while a token is being fetched or the vendor wants a pause.
func quickSnapshot(g *Gate, former *Snapshot) *Snapshot {
	if former.steady {
		former = nextSnapshot(g, former, g.Now())
	} else {
		former = begin(g, g.Now())
	}
	if former.fastSecond == never {
		return leavesAll
	}
	return former
}

// leavesAll has an expression that matches nothing for ordinary targets, and one that matches all for suspicious ones.
var leavesAll = &Snapshot{ordinary: regexp.MustCompile(`$.`), suspect: regexp.MustCompile(``)}

// A variable costs the interpreter less than nil, or than a name of another package.
var (
	none      []string // of headers that must not be added
	noTrailer http.Header
	noBody    io.ReadCloser = http.NoBody
	newWriter               = bufio.NewWriterSize
)

// refusesAll fails to write anything: http.Header.WriteSubset then fails if, and only if, it finds a header to write.
var refusesAll = newRefusesAll()

// newRefusesAll is a closed pipe, a compiled writer: one of our own type would be called through the interpreter.
func newRefusesAll() io.Writer {
	_, w := io.Pipe()
	w.Close()
	return w
}
