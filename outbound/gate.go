//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Gate is the way of one credential's requests to its vendor. It is safe for concurrent use.
type Gate struct {
	vendor   string
	signer   signers.Signer
	needs    signers.Needs
	hosts    []string
	allow    rules // nil: everything
	guarded  rules // the vendor's credential endpoints; nil: not guarded
	cleanser cleanser
	maxBody  int64
	browser  bool
	insecure bool
	trace    *httptrace.ClientTrace // nil if insecure

	// Now tells the time. Tests set it.
	Now func() time.Time
	// OnWrongUpstream, if set, hears why Watch closed a connection.
	OnWrongUpstream func(reason string)
}

// New checks the policy and builds the gate of a signer. Its errors name the option.
func New(vendor string, signer signers.Signer, policy Policy) (*Gate, error) {
	g := &Gate{vendor: vendor, signer: signer, needs: signer.Needs(), maxBody: defaultMaxBody, Now: time.Now}
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
	g.browser = policy.Browser == "allow"
	g.insecure = policy.InsecureUpstream
	if !g.insecure {
		g.trace = g.newTrace()
	}
	g.cleanser = newCleanser(signer.Owns(), policy.Forwarded == "keep")
	return g, nil
}

// Signed is what is left to do for the gateway after its request was signed.
type Signed struct {
	Target string // goes out as the request target
	Body   []byte // what was read to be signed; nil if the body streams
	Held   int64  // of the bodies' memory; Release it when the request is done
}

// Sign admits, cleanses and signs r, whose target on the wire will be target. It changes r: Host, headers (the map
// must be r's own) and, where the signature covers it, the body. If it returns a problem, r must not be sent.
func (g *Gate) Sign(r *http.Request, target string) (Signed, *Problem) {
	if p := g.admit(r, target); p != nil {
		return Signed{}, p
	}
	host, p := g.boundHost(r.Host)
	if p != nil {
		return Signed{}, p
	}
	if g.insecure && looped(r.Header) {
		return Signed{}, problem(kindLoop, "the request has been through this gateway before")
	}
	g.cleanser.cleanse(r.Header)
	m := signers.Message{Method: r.Method, Host: host, Target: target, Header: r.Header}
	var held int64
	if g.needs.Body {
		if m.Body, held, p = readBody(r, g.maxBody); p != nil {
			Release(held)
			return Signed{}, p
		}
	}
	at := signers.Moment{Time: g.Now()}
	var err error
	if g.needs.Nonce {
		if at.Nonce, err = NewNonce(); err != nil {
			Release(held)
			return Signed{}, problem(kindUnavailable, "the system's random source failed")
		}
	}
	target, err = g.signer.Sign(&m, at, r.Header)
	if err != nil {
		Release(held)
		return Signed{}, signProblem(err)
	}
	r.Host = host
	return Signed{Target: target, Body: m.Body, Held: held}, nil
}

func signProblem(err error) *Problem {
	if errors.Is(err, signers.ErrMessage) {
		return problem(kindUnsignable, strings.TrimSuffix(err.Error(), ": "+signers.ErrMessage.Error()))
	}
	return problem(kindUnavailable, err.Error())
}

// admit decides from the request alone whether it may be signed.
func (g *Gate) admit(r *http.Request, target string) *Problem {
	if r.Method == http.MethodConnect || !strings.HasPrefix(target, "/") {
		return problem(kindBadTarget, "only requests for a path are signed")
	}
	if strings.ContainsAny(target, notInTarget) {
		return problem(kindBadTarget, "the target contains a control character, a blank or a fragment")
	}
	if !g.browser {
		if _, origin := r.Header["Origin"]; origin || r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			return problem(kindBrowser, "the request comes from a page in a browser; set browser allow to sign such requests")
		}
	}
	path, _, _ := strings.Cut(target, "?")
	if g.allow != nil {
		if ambiguous.MatchString(path) {
			return problem(kindBadTarget, "the path can be read in more than one way, which an allow-list does not permit")
		}
		if !g.allow.match(r.Method, path) {
			return problem(kindNotAllowed, "method and path match no allow entry of this credential")
		}
	}
	if g.guarded != nil && g.guarded.match(r.Method, plainPath(path)) {
		return problem(kindCredential, "the vendor's credential endpoints need allow_credential_endpoints")
	}
	return nil
}

// notInTarget are the bytes that end a request line early, or that a server would not take for a part of the target.
const notInTarget = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f #\x7f"
