//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Gate takes one configuration's requests to their vendor. It is safe for concurrent use.
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
	// OnFetch, if set, sees each request to a token service and what came of it: the request and the answer hold secrets.
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

// New builds the gate of an existing signer. It only uses the common options of the values.
func New(vendor string, signer signers.Signer, v signers.Values) (*Gate, []signers.Fault) {
	scheme, _ := signers.Lookup(vendor) // a test's own may be none of the register
	c, faults := newCredential(scheme, signer, v)
	if len(faults) > 0 {
		return nil, faults
	}
	return newGate(vendor, rotate(c, nil)), nil
}

func newGate(vendor string, main *rotation) *Gate {
	g := &Gate{vendor: vendor, Now: time.Now}
	g.main.Store(main)
	invalidate(g)
	return g
}

// Outcome is the result of signing a request, and what the gateway still has to do.
type Outcome struct {
	Problem *Problem // why the request must not be sent; nil: it was signed

	Target string // goes out as the request target
	Body   []byte // what was read to be signed; nil if the body streams
	Held   int64  // of the bodies' memory; Release it when the request is done

	CloseAfter bool // the connection must carry no other request: the vendor may not have read the body

	ClockDue  bool // pass the answer to Learn, even if it is no refusal
	SettleDue bool // call Settle when the request is done
	FirstDue  bool // the vendor has not judged the credential yet: pass the answer's status to Learn
	AnswerDue bool // of Quick: ClockDue or FirstDue, or all answers are observed

	credential *credential
	token      string
	more       map[string]string // that came with the token
	hint       map[string]string // of the client's request: see signers.Traits.Hint
	repeated   bool
	probe      bool
	turn       *limits.Reservation // in the rates; nil: no rate counts it
	round      int64               // of pauses: see limits.PauseFor
}

// Fingerprint is that of the credential that signed, or should have: the gate may have switched to another one since.
func (o Outcome) Fingerprint() string { return o.credential.fingerprint }

// Sign is the method of that name, for callers that are interpreted: a method call costs several times as much as a
// function call, and a call of a function costs more the larger its body is. So code that few requests need is in
// separate functions.
func Sign(s *Snapshot, r *http.Request, target string) Outcome {
	return sign(s, r, r.Header, target, false)
}

// sign signs r, which came with header; clean says that r.Header is a cleansed copy of it. It is the only way to sign, except
// for Quick, which does the same for simple requests.
func sign(s *Snapshot, r *http.Request, header http.Header, target string, clean bool) Outcome {
	c, g := s.credential, s.gate
	m := &signers.Message{Method: r.Method, Host: c.hosts[0], Target: target, Header: r.Header}
	o := &Outcome{ClockDue: s.due, SettleDue: s.settle, FirstDue: s.first, credential: c, token: s.moment.Token,
		more: s.moment.More, repeated: s.repeated, probe: s.probe}
	if c.traits.Hint != nil {
		if o.hint, o.Problem = takeHint(s, c, m, header); o.Problem != nil {
			return *o
		}
	}
	if s.repeated || s.probe {
		if o.Problem = readmit(c, r, m); o.Problem != nil {
			return *o
		}
	} else if o.Problem = admit(g, c, r, header, m); o.Problem != nil {
		if o.Problem.Kind == kindNotAllowed.name {
			explainUnlisted(g, c, o.Problem, m)
		}
		return *o
	} else {
		if c.allow != nil {
			noteListed(c)
		}
		if o.Problem = admitApp(g, c, r, m); o.Problem != nil {
			return *o
		}
	}
	if !clean {
		cleanse(c.cleanser, r.Header)
		if o.Problem = admitHead(r, target, m.Host); o.Problem != nil {
			return *o
		}
	} else if nominations, ok := r.Header["Connection"]; ok {
		resolveConnection(r.Header, nominations)
	}
	r.Trailer = nil // its names would reach an HTTP/2 vendor
	delete(r.Header, "Trailer")
	at := s.moment
	if s.gathers || r.Body != nil && c.covers && r.Body != http.NoBody || c.fresh {
		if at, o.Problem = gather(s, r, m, o); o.Problem != nil {
			return *o
		}
	}
	if o.hint != nil {
		hinted := *at
		hinted.Hint = o.hint
		at = &hinted
	}
	if err := c.sign(m, at); err != nil {
		o.Problem = signProblem(err, o)
		return *o
	}
	o.Target = m.Target
	r.Host = m.Host
	if r.Body != nil && r.Body != http.NoBody {
		closeAfter(g, r, o)
	}
	if g.OnSigned != nil {
		m.Target = target
		g.OnSigned(m, *at)
	}
	return *o
}

// readmit sets the host of a request that was admitted before, or is the gateway's own. A file may have brought other hosts since.
func readmit(c *credential, r *http.Request, m *signers.Message) *Problem {
	if host, ok := hostFor(c, r.Host); ok {
		m.Host = host
	} else if several(c) {
		return problem(kindWrongHost, wrongHostText)
	}
	if c.insecure {
		looped(r.Header) // marks it, if the first attempt did not
	}
	return nil
}

// gather collects what the signature needs in addition to the message's head, and waits if the credential has to. The moment
// is taken at its end, because a body may take long to arrive.
func gather(s *Snapshot, r *http.Request, m *signers.Message, o *Outcome) (*signers.Moment, *Problem) {
	c, g := s.credential, s.gate
	if c.absent != "" {
		return nil, absentProblem(g, c)
	}
	now := g.Now()
	counting := countingRates(c, m.Target)
	if p := mayGo(o, counting, now, m.Target); p != nil {
		return nil, p
	}
	if r.Body != nil && r.Body != http.NoBody && coversBody(c, r.Method) {
		if p := admitUnsigned(c, m); p != nil {
			return nil, p
		}
		if !streamsCovered(c, r, m) {
			if p := readCovered(c, r, m, o); p != nil {
				Release(o.Held)
				return nil, p
			}
		}
	}
	at, p := gatherMoment(s, o)
	if p == nil && len(counting) > 0 { // last, so that a request that is not sent takes no place
		waited := false
		if waited, p = waitTurn(g, r, o, counting, m.Target); waited && p == nil {
			at, p = gatherMoment(s, o)
		}
	}
	if p != nil {
		undo(o)
		return nil, p
	}
	return at, nil
}

// gatherMoment makes the moment of one request, with a token and a nonce.
func gatherMoment(s *Snapshot, o *Outcome) (*signers.Moment, *Problem) {
	c, g := s.credential, s.gate
	token := signers.Token{Text: s.moment.Token, More: s.moment.More}
	if c.tokened && token.Text == "" {
		var failure *tokens.Failure
		if token, failure = tokens.Get(c.state.tokens, g.Now(), watchedService(g, c.service), g.OnNews); failure != nil {
			p := problem(kindUnavailable, failure.Text)
			p.RetryAfter = failure.RetryAfter
			return nil, p
		}
	}
	at := freshMoment(s, nil)
	if at == nil {
		return nil, problem(kindUnavailable, errRandom.Error())
	}
	at.Token, o.token = token.Text, token.Text
	at.More, o.more = token.More, token.More
	return at, nil
}

// watchedService is a service whose requests OnFetch and the trail see, if they are set.
func watchedService(g *Gate, service tokens.Service) tokens.Service {
	if g.trail != nil {
		service = auditedService(g, service)
	}
	see, fetch := g.OnFetch, service.Fetch
	if see == nil {
		return service
	}
	service.Fetch = func(r signers.TokenRequest) (signers.TokenAnswer, error) {
		begin := time.Now()
		answer, err := fetch(r)
		see(r, answer, time.Since(begin), err)
		return answer, err
	}
	return service
}

func absentProblem(g *Gate, c *credential) *Problem {
	option := c.absent
	if g.Spell != nil {
		option = g.Spell(option)
	}
	p := problem(kindUnavailable, "the file of "+option+" is not there yet")
	p.RetryAfter = 5
	return p
}

// undo gives back what a request took if it is not sent.
func undo(o *Outcome) {
	Release(o.Held)
	o.Held = 0
	limits.Cancel(o.turn)
}

func signProblem(err error, o *Outcome) *Problem {
	undo(o)
	switch {
	case errors.Is(err, signers.ErrMessage):
		return problem(kindUnsignable, strings.TrimSuffix(err.Error(), ": "+signers.ErrMessage.Error()))
	case errors.Is(err, signers.ErrRights):
		return problem(kindNotAllowed, strings.TrimSuffix(err.Error(), ": "+signers.ErrRights.Error()))
	case errors.Is(err, signers.ErrBody):
		return problem(kindBodyLarge, strings.TrimSuffix(err.Error(), ": "+signers.ErrBody.Error()))
	case errors.Is(err, errHuge):
		return problem(kindBodyLarge, err.Error())
	case errors.Is(err, errBusy):
		return busyProblem()
	}
	return problem(kindUnavailable, err.Error())
}

func tell(g *Gate, news string) {
	if g.OnNews != nil {
		g.OnNews(news)
	}
}

// current is the credential that signs now.
func current(g *Gate) *credential { return g.snapshot.Load().(*Snapshot).credential }

// Policy is the common part of the configuration of the credential in use, resolved.
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

// Refresh updates the state that the gate reports, as a request does: files may have changed since the last one.
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

// TokenExpires is when the current token expires; zero if there is no token or its expiry is not known.
func (g *Gate) TokenExpires() time.Time {
	c := current(g)
	if c.state.tokens == nil || !c.tokened {
		return time.Time{}
	}
	return tokens.Expires(c.state.tokens)
}
