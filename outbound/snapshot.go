//go:build go1.21

package outbound

import (
	"net/http"
	"regexp"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Snapshot is the state of a gate for one request, or for several within a second: the credential in use, the vendor's date
// and whatever need not be computed twice. It never changes, so everything about a request is decided for the same
// credential, even while a file changes. A Snapshot for a repetition or a probe comes from Again and Settle.
//
//	g.snapshot of this second    -> used as it is: one atomic read
//	of an earlier one, steady    -> nextSnapshot: a copy with another date
//	any other, or invalidated    -> newSnapshot: files, clock, pauses, token, credential are looked at
type Snapshot struct {
	gate       *Gate
	credential *credential
	second     int64 // the unix second that it is for; or never
	offset     time.Duration
	moment     *signers.Moment // of all requests of the second; without nonce or token where these are not the same for all

	repeated bool // for a repetition of a request that was admitted before
	probe    bool // for a request of the gateway's own

	hint map[string]string // of the request that is repeated; nil: it is not

	due     bool // a sample of the vendor's time is wanted
	first   bool // the vendor has not judged the credential yet
	settle  bool // it is time to see whether the vendor accepts the current credential
	gathers bool // gather has something to do for every request
	steady  bool // nextSnapshot may do for the next second

	until   int64 // steady: the unix second from which on a sample of the vendor's time is wanted
	changes int64 // limits.Changes, from before the snapshot was made

	sampled bool // answers are asked for the vendor's time
	filed   bool // the configuration is read from files that may change

	// For Quick.
	fastSecond int64 // second, or never: everything is left to Sign
	short      bool  // the configuration permits Quick
	host       string
	checks     bool            // quickRefuses has something to do
	hinted     bool            // the client says how it is to be signed
	owns       []string        // headers of the signature, but for those that are known by a prefix
	covers     bool            // a body, if there is one
	usual      map[string]bool // headers
	removes    bool            // headers about the client
	insecure   bool
	ordinary   *regexp.Regexp // targets that Quick may sign
	suspect    *regexp.Regexp // of the others, those that it must not
	sign       func(m *signers.Message, at *signers.Moment) error
	own        bool // each request has a moment of its own: see freshMoment
	outcome    *Outcome
}

// never is before every second, so that the next request makes a new snapshot.
const never = -1 << 62

// forever is behind every second.
const forever = 1 << 62

// Begin returns the snapshot for a request at now. A gate makes at most one a second, and checks the credential's files then.
// A request keeps its snapshot to the end, however long its body takes.
func (g *Gate) Begin(now time.Time) *Snapshot { return begin(g, now) }

// Begin is the method of that name for now, for callers that are interpreted: see Sign.
func Begin(g *Gate) *Snapshot { return begin(g, g.Now()) }

// begin is Begin: the gate's snapshot if it is of this second, else the next one.
func begin(g *Gate, now time.Time) *Snapshot {
	s := g.snapshot.Load().(*Snapshot)
	if s.second == now.Unix() {
		return s
	}
	if s.steady {
		return nextSnapshot(g, s, now)
	}
	return newSnapshot(g, now)
}

// nextSnapshot is newSnapshot with less work where nothing but the time changes from one second to the next. Interpreted, newSnapshot
// costs as much as a signature, and of a thousand routes each one makes its own. Whether anything may have changed is asked again, so that
// another request that learns something meanwhile loses nothing. Whatever is added to newSnapshot must be copied here, be read again here,
// or end steady.
func nextSnapshot(g *Gate, former *Snapshot, now time.Time) *Snapshot {
	if former.filed {
		if changed(g, former.credential, now) {
			return newSnapshot(g, now)
		}
	}
	s := *former
	s.second = now.Unix()
	// The clock may have been set back.
	if s.second >= s.until || s.second < former.second || limits.Changes.Load() != s.changes {
		return newSnapshot(g, now)
	}
	s.fastSecond = s.second
	at := now.Add(s.offset)
	s.moment = &signers.Moment{Time: at, Date: s.credential.date(at)}
	g.snapshot.Store(&s)
	return &s
}

// changed reports whether another credential than c is in use now, after a look at the files, or may be.
func changed(g *Gate, c *credential, now time.Time) bool {
	refresh(g, now)
	main := g.main.Load().(*rotation)
	return main.current != c || main.previous != nil
}

// newSnapshot makes the snapshot of this second, after a look at the files. Several requests may do so at once: each makes the same one,
// and the last stays.
func newSnapshot(g *Gate, now time.Time) *Snapshot {
	if g.source != nil {
		refresh(g, now)
	}
	main := g.main.Load().(*rotation)
	c, settle := main.current, false
	if main.previous != nil {
		c, settle = choose(main, now)
	}
	s := &Snapshot{gate: g, credential: c}
	if former := g.snapshot.Load().(*Snapshot); former.credential == c && former.sign != nil {
		*s = *former // with what stays the same for the credential
	} else {
		prepareQuick(s)
	}
	s.second = now.Unix()
	s.fastSecond = never
	s.settle = settle
	s.offset = 0
	s.due = false
	s.until = forever
	s.changes = limits.Changes.Load() // before what it counts is read
	if c.clock != nil {
		s.offset = limits.Offset(c.clock)
		s.due = s.sampled && limits.SampleDue(c.clock, s.second)
		if s.sampled {
			s.until = limits.NextSample(c.clock)
		}
	}
	pausing := limits.Pausing(&c.account.pauses, s.second)
	s.due = s.due || pausing // answers during a pause show what it applies to
	s.first = c.account.first.Load() < maxFirst
	s.moment = &signers.Moment{Time: now.Add(s.offset)}
	s.moment.Date = c.date(s.moment.Time)
	// What makes a request wait, or costs it something that is not shared by all of the second.
	waits := c.absent != "" || len(c.rates) > 0 || pausing
	if c.tokened {
		settled := tokens.Settled(c.state.tokens, now)
		s.moment.Token = settled.Text
		s.moment.More = settled.More
		waits = waits || s.moment.Token == ""
	}
	s.gathers = waits || c.nonced
	s.outcome = &Outcome{ClockDue: s.due, SettleDue: s.settle, FirstDue: s.first, credential: c, token: s.moment.Token,
		more: s.moment.More}
	s.outcome.AnswerDue = s.due || s.first || c.policy.Observe == "on" || len(c.traits.Hides) > 0
	s.own = c.fresh || s.hinted
	if !waits && s.short && g.OnSigned == nil {
		s.fastSecond = s.second
	}
	// Nothing but the date will change in the next second, unless something happens: see nextSnapshot.
	s.steady = s.fastSecond == s.second && !s.due && !s.first && !c.tokened && main.previous == nil && g.trail == nil &&
		main.current.expires.IsZero()
	g.snapshot.Store(s)
	if g.trail != nil {
		recordSwitch(g, c)
	}
	if !main.current.expires.IsZero() {
		warnExpiry(g, main.current, now)
	}
	return s
}

// invalidate makes the next request start with a new snapshot. It is called by whoever changes what a snapshot has: a reload,
// a verdict, a corrected clock, a pause, a discarded token.
func invalidate(g *Gate) {
	g.snapshot.Store(&Snapshot{gate: g, second: never, fastSecond: never, credential: g.main.Load().(*rotation).current})
}

// HostFor is BoundHost for the credential of the snapshot.
func (s *Snapshot) HostFor(host string) (bound string, ok bool) { return hostFor(s.credential, host) }

// Fingerprint is Gate.Fingerprint for the credential of the snapshot.
func (s *Snapshot) Fingerprint() string { return s.credential.fingerprint }

// Absent names the option whose file is not there yet, so that nothing can be signed; usually it is empty.
func (s *Snapshot) Absent() string { return s.credential.absent }

// Insecure reports whether the upstream may be plain http or unverified.
func (s *Snapshot) Insecure() bool { return s.credential.insecure }

// Bound is Gate.Bound for the credential of the snapshot.
func (s *Snapshot) Bound(address string) bool {
	// Without its file the answer is a problem, whatever the address.
	return s.credential.absent != "" || credentials.Bound(s.credential.hosts, address)
}

// Probe is the request of a snapshot for a probe: the vendor's cheapest harmless call. Both are empty if the scheme has none.
func (s *Snapshot) Probe() (method, target string) {
	return s.credential.traits.Probe.Method, s.credential.traits.Probe.Target
}

// Sign admits, cleanses and signs r, whose target on the wire will be target. It changes r: Host, headers (the map must be
// r's own) and, where the signature covers it, the body. If the outcome has a problem, r must not be sent. It may wait: for
// the body, a token, or a place in a rate with a queue; r's context ends the latter.
//
// A snapshot for a repetition or a probe skips admission; both count in the rates.
func (s *Snapshot) Sign(r *http.Request, target string) Outcome { return Sign(s, r, target) }

// SignCopy is Sign for an r whose header map belongs to others and is left unchanged: r gets a cleansed copy. Copying only
// what is kept takes half the time of cleansing a full copy, and leaves room for the signature's headers. It is for
// transports, which must not change a request (http.RoundTripper).
func (s *Snapshot) SignCopy(r *http.Request, target string) Outcome {
	header := r.Header
	r.Header = cleansed(s.credential.cleanser, header)
	return sign(s, r, header, target, true)
}
