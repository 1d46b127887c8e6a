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

// Gate is the way of one credential's requests to its vendor. It is safe for concurrent use.
type Gate struct {
	vendor string
	// The signer's Sign, Date and Refusal. Interpreted, a call through an interface makes a function anew each time, and the first
	// two at once race for its type (yaegi 0.16.1).
	sign     func(m *signers.Message, at signers.Moment, out http.Header) (target string, err error)
	date     func(t time.Time) string
	refusal  func(status int, header http.Header, body []byte) signers.Refusal
	needs    signers.Needs
	hosts    []string
	allow    rules // nil: everything
	guarded  rules // the vendor's credential endpoints; nil: not guarded
	cleanser *cleanser
	maxBody  int64
	browser  bool
	insecure bool
	ruled    bool         // admitRuled has something to do
	gathers  bool         // gather has something to do for every request
	tick     atomic.Value // of *tick

	clock        *clock // nil: the local time, whatever vendors say
	verified     atomic.Bool
	clockTrusted bool // learn it from unverified upstreams too
	said         atomic.Int64
	tokens       *tokens // nil: the credential needs none
	fetch        func(signers.TokenRequest) (signers.TokenAnswer, error)
	fingerprint  string

	// Now tells the local time. Tests set it.
	Now func() time.Time
	// OnSigned, if set, sees what was signed, with the body and the secrets of the moment.
	OnSigned func(m *signers.Message, at signers.Moment)
	// OnNews, if set, hears what an operator should know, such as a corrected clock.
	OnNews func(news string)
	// OnWrongUpstream, if set, hears why the Trace closed a connection.
	OnWrongUpstream func(reason string)
}

// New checks the policy and builds the gate of a signer. Its errors name the option.
func New(vendor string, signer signers.Signer, policy Policy) (*Gate, error) {
	g := &Gate{vendor: vendor, sign: signer.Sign, date: signer.Date, refusal: signer.Refusal, needs: signer.Needs(), maxBody: defaultMaxBody, Now: time.Now}
	var err error
	if g.hosts, err = checkHosts(policy.Host); err != nil {
		return nil, err
	}
	if len(policy.Allow) > 0 {
		if g.allow, err = newRules(policy.Allow); err != nil {
			return nil, err
		}
	}
	if guards := signer.Guards(); len(guards) > 0 && !policy.AllowCredentialEndpoints {
		if g.guarded, err = newRules(guards); err != nil {
			return nil, err
		}
	}
	if policy.MaxBody != "" {
		if g.maxBody, err = parseSize(policy.MaxBody); err != nil {
			return nil, err
		}
	}
	if err := oneOf("browser", policy.Browser, "", "deny", "allow"); err != nil {
		return nil, err
	}
	if err := oneOf("forwarded", policy.Forwarded, "", "drop", "keep"); err != nil {
		return nil, err
	}
	if err := oneOf("clock", policy.Clock, "", "auto", "vendor", "local"); err != nil {
		return nil, err
	}
	if err := oneOf("audit", policy.Audit, "", "off", "on"); err != nil {
		return nil, err
	}
	if err := oneOf("observe", policy.Observe, "", "off", "on"); err != nil {
		return nil, err
	}
	skew, err := parseSkew(policy.MaxClockSkew)
	if err != nil {
		return nil, err
	}
	if policy.Clock != "local" {
		g.clock = &clock{max: skew}
		g.clockTrusted = policy.Clock == "vendor"
	}
	g.browser = policy.Browser == "allow"
	g.insecure = policy.InsecureUpstream
	g.ruled = g.insecure || len(g.hosts) > 1 || g.allow != nil || g.guarded != nil
	g.gathers = g.needs.Nonce || g.needs.Token
	g.tick.Store(&tick{second: -1 << 62})
	g.cleanser = cleanserFor(signer.Owns(), policy.Forwarded == "keep")
	return g, nil
}

// Signed is what is left to do for the gateway after its request was signed.
type Signed struct {
	Target string // goes out as the request target
	Body   []byte // what was read to be signed; nil if the body streams
	Held   int64  // of the bodies' memory; Release it when the request is done

	ClockDue bool // the answer is wanted for Learn, even if it is no refusal

	token string
}

// Sign admits, cleanses and signs r, whose target on the wire will be target. It changes r: Host, headers (the map
// must be r's own) and, where the signature covers it, the body. If it returns a problem, r must not be sent.
func (g *Gate) Sign(r *http.Request, target string) (Signed, *Problem) { return Sign(g, r, target) }

// SignAt is Sign with the time of another clock, for a repetition after a refusal.
func (g *Gate) SignAt(r *http.Request, target string, now time.Time) (Signed, *Problem) {
	return sign(g, r, target, &signers.Moment{Time: now})
}

// Sign is the method of that name, for callers that are interpreted: a method costs them several times a function,
// and a function by the size of its body. So what few requests need stands in functions of its own.
func Sign(g *Gate, r *http.Request, target string) (Signed, *Problem) { return sign(g, r, target, nil) }

// sign signs for the moment at, or for now.
func sign(g *Gate, r *http.Request, target string, at *signers.Moment) (Signed, *Problem) {
	m := signers.Message{Method: r.Method, Host: g.hosts[0], Target: target, Header: r.Header}
	var signed Signed
	if p := admit(g, r, &m); p != nil {
		return signed, p
	}
	cleanse(g.cleanser, r.Header)
	var more signers.Moment
	if g.gathers || r.Body != nil && g.needs.Body && r.Body != http.NoBody {
		if p := gather(g, r, &m, &more, &signed); p != nil {
			return signed, p
		}
	}
	// The time is taken last: a body may have been long in coming.
	if at == nil {
		now := g.Now()
		t := g.tick.Load().(*tick)
		if t.second != now.Unix() {
			t = newTick(g, now)
		}
		if t.offset != 0 {
			now = now.Add(t.offset)
		}
		more.Time, more.Date, signed.ClockDue = now, t.date, t.due
	} else {
		more.Time = at.Time
	}
	var err error
	if signed.Target, err = g.sign(&m, more, r.Header); err != nil {
		return signed, signProblem(err, &signed)
	}
	r.Host = m.Host
	if g.OnSigned != nil {
		g.OnSigned(&m, more)
	}
	return signed, nil
}

// tick is what the requests of one second share: made once, it spares each of them the vendor's date and a look at
// the clock's state.
type tick struct {
	second int64
	offset time.Duration
	date   string // empty: made for each request
	due    bool   // a sample of the vendor's time is wanted
}

func newTick(g *Gate, now time.Time) *tick {
	t := &tick{second: now.Unix()}
	if g.clock != nil {
		t.offset = time.Duration(g.clock.offset.Load())
		t.due = t.second >= g.clock.due.Load()
	}
	t.date = g.date(now.Add(t.offset))
	g.tick.Store(t)
	return t
}

// gather collects what the signature takes beside the message's head.
func gather(g *Gate, r *http.Request, m *signers.Message, at *signers.Moment, signed *Signed) *Problem {
	if g.tokens != nil {
		token, p := getToken(g.tokens, g.Now(), g.fetch, g.OnNews)
		if p != nil {
			return p
		}
		at.Token, signed.token = token, token
	}
	if g.needs.Nonce {
		nonce, err := NewNonce()
		if err != nil {
			return problem(kindUnavailable, "the system's random source failed")
		}
		at.Nonce = nonce
	}
	if g.needs.Body && r.Body != nil && r.Body != http.NoBody {
		body, held, p := readBody(r, g.maxBody)
		if p != nil {
			Release(held)
			return p
		}
		m.Body, signed.Body, signed.Held = body, body, held
	}
	return nil
}

func signProblem(err error, signed *Signed) *Problem {
	Release(signed.Held)
	signed.Held = 0
	if errors.Is(err, signers.ErrMessage) {
		return problem(kindUnsignable, strings.TrimSuffix(err.Error(), ": "+signers.ErrMessage.Error()))
	}
	return problem(kindUnavailable, err.Error())
}

// admit decides from the request alone whether it may be signed, and settles the message's host.
func admit(g *Gate, r *http.Request, m *signers.Message) *Problem {
	if m.Target == "" || m.Target[0] != '/' || m.Method == "CONNECT" {
		return problem(kindBadTarget, "only requests for a path are signed")
	}
	if strings.ContainsAny(m.Target, notInTarget) {
		return problem(kindBadTarget, "the target contains a control character, a blank or a fragment")
	}
	if len(r.Header["Origin"]) > 0 || len(r.Header["Sec-Fetch-Site"]) > 0 {
		if p := admitBrowser(g, r.Header); p != nil {
			return p
		}
	}
	if g.ruled {
		return admitRuled(g, r, m)
	}
	return nil
}

// admitBrowser refuses what a page on another site can make a browser send.
func admitBrowser(g *Gate, h http.Header) *Problem {
	site := strings.ToLower(strings.Join(h["Sec-Fetch-Site"], ","))
	if g.browser || len(h["Origin"]) == 0 && !strings.Contains(site, "cross-site") {
		return nil
	}
	return problem(kindBrowser, "the request comes from a page in a browser; set browser allow to sign such requests")
}

// admitRuled applies what only some configurations have: several hosts, rules for paths, a guard against loops.
func admitRuled(g *Gate, r *http.Request, m *signers.Message) *Problem {
	if len(g.hosts) > 1 {
		host, ok := g.HostFor(r.Host)
		if !ok {
			return problem(kindWrongHost, "the request's host is none of those that this credential is bound to")
		}
		m.Host = host
	}
	path, _, _ := strings.Cut(m.Target, "?")
	if g.allow != nil {
		if ambiguous.MatchString(path) {
			return problem(kindBadTarget, "the path can be read in more than one way, which an allow-list does not permit")
		}
		if !g.allow.match(m.Method, path) {
			return problem(kindNotAllowed, "method and path match no allow entry of this credential")
		}
	}
	// Some servers take methods in any letter case.
	if g.guarded != nil && g.guarded.match(strings.ToUpper(m.Method), plainPath(path)) {
		return problem(kindCredential, "the vendor's credential endpoints need allow_credential_endpoints")
	}
	if g.insecure && looped(r.Header) {
		return problem(kindLoop, "the request has been through this gateway before")
	}
	return nil
}

// notInTarget are the bytes that end a request line early, or that a server would not take for a part of the target.
const notInTarget = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f #\x7f"

// Hosts are the names that the credential is bound to.
func (g *Gate) Hosts() []string { return append([]string(nil), g.hosts...) }

// Fingerprint tells credentials apart in logs and metrics: eight hex digits of a hash over all of the credential's
// options. It is empty for a gate that Build did not make.
func (g *Gate) Fingerprint() string { return g.fingerprint }

// TokenExpires is when the current token ends; zero if there is none or that is not known.
func (g *Gate) TokenExpires() time.Time {
	if g.tokens == nil {
		return time.Time{}
	}
	return tokenExpires(g.tokens)
}
