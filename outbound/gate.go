//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Gate is the way of one configuration's requests to its vendor. It is safe for concurrent use.
type Gate struct {
	vendor   string
	main     atomic.Value // of *pair
	tick     atomic.Value // of *tick
	source   *source      // where main was read from, if that may change; else nil
	verified atomic.Bool
	known    atomic.Value // of *knownName, once there is a Trace
	said     atomic.Int64 // when Loud last said yes, in unix nanoseconds
	warned   atomic.Int64 // when the credential's end was last told of, in unix seconds

	// Now tells the local time. Tests set it.
	Now func() time.Time
	// OnSigned, if set, sees what was signed, with the body and the secrets of the moment.
	OnSigned func(m *signers.Message, at signers.Moment)
	// OnNews, if set, hears what an operator should know, such as a corrected clock.
	OnNews func(news string)
	// OnWrongUpstream, if set, hears why the Trace closed a connection.
	OnWrongUpstream func(reason string)
	// OnLoad, if set, is called when another credential, or other options of a credentials_file, came into use.
	OnLoad func()
	// AskedHost, if set, tells the Host that the client asked for, in gateways that may have changed r.Host by now. It is not
	// ok for requests of the gateway's own, which have no client.
	AskedHost func(r *http.Request) (host string, ok bool)
	// OneShot says that the gateway uses a connection for nothing else after a request whose Signed says CloseAfter.
	OneShot bool
	// Spell, if set, turns the name of an option into the gateway's spelling, for problems.
	Spell func(option string) string
}

// New checks the policy and builds the gate of a signer. Its errors name the option.
func New(vendor string, signer signers.Signer, policy Policy) (*Gate, error) {
	c, err := newCredential(signer, policy)
	if err != nil {
		return nil, err
	}
	return newGate(vendor, join(c, nil)), nil
}

func newGate(vendor string, p *pair) *Gate {
	g := &Gate{vendor: vendor, Now: time.Now}
	g.main.Store(p)
	g.tick.Store(&tick{second: never, quickly: never, credential: p.newer})
	return g
}

// Signed is what is left to do for the gateway after its request was signed.
type Signed struct {
	Target string // goes out as the request target
	Body   []byte // what was read to be signed; nil if the body streams
	Held   int64  // of the bodies' memory; Release it when the request is done

	CloseAfter bool // the connection must carry no other request: the vendor may not have read the body

	ClockDue  bool // the answer is wanted for Learn, even if it is no refusal
	SettleDue bool // Settle is wanted when the request is done
	FirstDue  bool // nobody knows yet what the vendor says of the credential: the answer's status is wanted for Learn

	credential *credential
	token      string
	repeated   bool
	probe      bool
	turn       *turn // in the rates; nil: none counts it
	round      int64 // of pauses: see pauseFor
}

// Loaded is when the credential was read that signed. It tells whether that is the one that a gateway asked about before.
func (s Signed) Loaded() time.Time { return s.credential.loaded }

// Fingerprint is that of the credential that signed, or was to sign: the gate's may be another one's by now.
func (s Signed) Fingerprint() string { return s.credential.fingerprint }

// Sign admits, cleanses and signs r, whose target on the wire will be target. It changes r: Host, headers (the map
// must be r's own) and, where the signature covers it, the body. If it returns a problem, r must not be sent.
func (g *Gate) Sign(r *http.Request, target string) (Signed, *Problem) { return Sign(g, r, target) }

// Sign is the method of that name, for callers that are interpreted: a method costs them several times a function,
// and a function by the size of its body. So what few requests need stands in functions of its own.
func Sign(g *Gate, r *http.Request, target string) (Signed, *Problem) {
	now := g.Now()
	t := g.tick.Load().(*tick)
	if t.second != now.Unix() {
		t = newTick(g, now)
	}
	return sign(g, t, r, r.Header, target, now, false)
}

// SignCopy is Sign for an r whose header map belongs to others, and stays as it is: r gets a cleansed copy. To copy only
// what is kept takes half the time of a copy that is cleansed afterwards, and leaves room for the signature's headers.
func (g *Gate) SignCopy(r *http.Request, target string) (Signed, *Problem) {
	now := g.Now()
	t := g.tick.Load().(*tick)
	if t.second != now.Unix() {
		t = newTick(g, now)
	}
	header := r.Header
	r.Header = cleansed(t.credential.cleanser, header)
	return sign(g, t, r, header, target, now, true)
}

// sign signs r, which came with header; clean says that r.Header is a cleansed copy of it.
func sign(g *Gate, t *tick, r *http.Request, header http.Header, target string, now time.Time, clean bool) (Signed, *Problem) {
	c := t.credential
	m := signers.Message{Method: r.Method, Host: c.hosts[0], Target: target, Header: r.Header}
	signed := Signed{ClockDue: t.due, SettleDue: t.settle, FirstDue: t.first, credential: c}
	if p := admit(g, c, r, header, &m); p != nil {
		if p.Kind == kindNotAllowed.name {
			explainUnlisted(g, c, p, &m)
		}
		return signed, p
	}
	if c.allow != nil {
		noteListed(c)
	}
	if !clean {
		cleanse(c.cleanser, r.Header)
		if p := admitHead(r, target, m.Host); p != nil {
			return signed, p
		}
	} else if nominations, ok := r.Header["Connection"]; ok {
		resolveConnection(r.Header, nominations)
	}
	r.Trailer = nil // its names would reach an HTTP/2 vendor
	delete(r.Header, "Trailer")
	at := signers.Moment{Time: now, Date: t.date}
	if t.gathers || r.Body != nil && c.needs.Body && r.Body != http.NoBody {
		if p := gather(g, r, &m, &at, &signed); p != nil {
			return signed, p
		}
	}
	if t.offset != 0 {
		at.Time = at.Time.Add(t.offset)
	}
	var err error
	if signed.Target, err = c.sign(&m, at, r.Header); err != nil {
		return signed, signProblem(err, &signed)
	}
	r.Host = m.Host
	if r.Body != nil && r.Body != http.NoBody {
		closeAfter(g, r, &signed)
	}
	if g.OnSigned != nil {
		g.OnSigned(&m, at)
	}
	return signed, nil
}

// gather collects what the signature takes beside the message's head, and waits where the credential has to. The time
// is taken again at the end: a body may have been long in coming.
func gather(g *Gate, r *http.Request, m *signers.Message, at *signers.Moment, signed *Signed) *Problem {
	c := signed.credential
	if c.absent != "" {
		return absentProblem(g, c)
	}
	counting := countingRates(c, m.Target)
	if p := mayGo(signed, counting, at.Time, m.Target); p != nil {
		return p
	}
	if c.needs.Body && r.Body != nil && r.Body != http.NoBody {
		body, held, p := readBody(r, c.maxBody)
		if p != nil {
			Release(held)
			return p
		}
		m.Body, signed.Body, signed.Held = body, body, held
	}
	p := gatherMoment(g, c, at, signed)
	if p == nil && len(counting) > 0 { // last, so that what is not sent takes no place
		waited := false
		if waited, p = waitTurn(g, r, signed, counting, m.Target); waited && p == nil {
			p = gatherMoment(g, c, at, signed)
		}
	}
	if p != nil {
		undo(signed)
		return p
	}
	if now := g.Now(); now.Unix() != at.Time.Unix() {
		at.Time, at.Date = now, ""
	}
	return nil
}

// gatherMoment adds token and nonce.
func gatherMoment(g *Gate, c *credential, at *signers.Moment, signed *Signed) *Problem {
	if t := c.state.tokens; t != nil && c.needs.Token {
		token, p := getToken(t, g.Now(), c.service, g.OnNews)
		if p != nil {
			return p
		}
		at.Token, signed.token = token, token
	}
	if c.needs.Nonce {
		nonce, err := NewNonce()
		if err != nil {
			return problem(kindUnavailable, "the system's random source failed")
		}
		at.Nonce = nonce
	}
	return nil
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

// undo gives back what a request took that is not sent.
func undo(signed *Signed) {
	Release(signed.Held)
	signed.Held = 0
	giveBack(signed.turn)
}

func signProblem(err error, signed *Signed) *Problem {
	undo(signed)
	switch {
	case errors.Is(err, signers.ErrMessage):
		return problem(kindUnsignable, strings.TrimSuffix(err.Error(), ": "+signers.ErrMessage.Error()))
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
func current(g *Gate) *credential { return g.tick.Load().(*tick).credential }

// Hosts are the names that the credential is bound to.
func (g *Gate) Hosts() []string { return append([]string(nil), current(g).hosts...) }

// Fingerprint tells credentials apart in logs and metrics: eight hex digits of a hash over all of the credential's
// options. It is empty for a gate that Build did not make.
func (g *Gate) Fingerprint() string { return current(g).fingerprint }

// Configured is the Fingerprint of the credential that is configured, also while the previous one stands in for it.
func (g *Gate) Configured() string { return g.main.Load().(*pair).newer.fingerprint }

// Previous reports whether the credential in use stands in for a newer one that the vendor does not take.
func (g *Gate) Previous() bool { return current(g).old }

// PauseEnds is until when the vendor wants no requests for some path at least, if it asked for a pause that is not over.
func (g *Gate) PauseEnds() time.Time {
	c := current(g)
	if !c.patient {
		return time.Time{}
	}
	return pauseEnds(&c.account.pauses, g.Now())
}

// Look brings up to date what the gate tells of itself, as a request does: files may have changed since the last one.
func (g *Gate) Look() {
	if now := g.Now(); g.tick.Load().(*tick).second != now.Unix() {
		newTick(g, now)
	}
}

// Loaded is when the credential in use was read.
func (g *Gate) Loaded() time.Time { return current(g).loaded }

// Since is when the credential in use was first read, also if a configuration before this one did.
func (g *Gate) Since() time.Time { return current(g).state.since }

// Absent names the option whose file is not there yet, so that nothing can be signed; mostly it is empty.
func (g *Gate) Absent() string { return current(g).absent }

// Renewals are those of the credential's token. They outlive a reload; ok is false where no token is fetched.
func (g *Gate) Renewals() (counted Renewals, ok bool) {
	c := current(g)
	if c.state.tokens == nil || !c.needs.Token {
		return counted, false
	}
	return tokenRenewals(c.state.tokens), true
}

// TokenExpires is when the current token ends; zero if there is none or that is not known.
func (g *Gate) TokenExpires() time.Time {
	c := current(g)
	if c.state.tokens == nil || !c.needs.Token {
		return time.Time{}
	}
	return tokenExpires(c.state.tokens)
}
