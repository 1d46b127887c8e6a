//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// credential is one reading of a configuration: a vendor's credential with what it may be used for. It never changes, but for
// what is noted of allow; a Gate goes over to another one when a file changed.
type credential struct {
	// The signer's Sign, Date and Refusal. Interpreted, a call through an interface makes a function anew each time, and the first
	// two at once race for its type (yaegi 0.16.1).
	sign    signFunc
	date    func(t time.Time) string
	refusal func(status int, header http.Header, body []byte) signers.Refusal
	hint    func(refusal signers.Refusal) string          // nil: there is none
	quick   func(r *http.Request, date string) bool       // nil: there is none
	fresh   func(r *http.Request, at signers.Moment) bool // the same for signatures with a nonce
	needs   signers.Needs
	timed   bool      // a signature holds the time
	probe   [2]string // method and target of the vendor's cheapest call

	hosts    []string
	allow    rules   // nil: everything
	wide     rules   // allow with all asterisks across segments, for what is said of a refusal
	guarded  *guards // the vendor's credential endpoints; nil: not guarded
	cleanser *cleanser
	maxBody  int64
	browser  string         // the option: deny, allow or same_origin
	clients  *regexp.Regexp // matches the Hosts that clients may ask for; nil: any
	upgrades bool           // to a WebSocket
	early    bool           // data of TLS is signed
	insecure bool
	ruled    bool // admitRuled has something to do
	waits    bool // a request may have to wait for its turn, or for a token
	patient  bool // the vendor's Retry-After is kept to
	rates    []*rate

	clock        *clock // nil: the local time, whatever vendors say
	clockTrusted bool   // learn it from unverified upstreams too
	expires      time.Time

	state       *state   // shared with all who use the same credential
	account     *state   // shared with all who use it at the same hosts; that of the newer credential, for one before it
	windows     *windows // of the rates; the same
	service     tokenService
	fingerprint string
	loaded      time.Time

	old bool // it is the one before, and stands in for another

	operator *operator // who confines it; nil: nobody
	bound    bool      // its file names its host and asks for no insecure_upstream: over plain http it goes nowhere else either

	listed       atomic.Bool // allow has let a request through
	toldUnlisted atomic.Bool // the operator heard that it has not

	absent string // the option whose file is not there yet: nothing can be signed
}

type signFunc = func(m *signers.Message, at signers.Moment, out http.Header) (target string, err error)

// newCredential checks the policy and binds the signer to it. Its errors name the option.
func newCredential(signer signers.Signer, policy Policy) (*credential, error) {
	c := &credential{sign: signer.Sign, date: signer.Date, refusal: signer.Refusal, needs: signer.Needs()}
	if w, ok := signer.(signers.Working); ok {
		c.sign = signBounded(c.sign, w.Working)
	}
	c.share(new(state), new(state))
	c.timed = c.needs.Nonce || signer.Date(time.Unix(0, 0)) != "" // what has a nonce has a time that is finer than Date
	c.probe[0], c.probe[1] = signer.Probe()
	if q, ok := signer.(signers.Quick); ok {
		c.quick = q.Quick()
	}
	if q, ok := signer.(signers.QuickFresh); ok {
		c.fresh = q.QuickFresh()
	}
	if h, ok := signer.(signers.Hinter); ok {
		c.hint = h.Hint
	}
	if err := c.apply(policy, signer.Guards()); err != nil {
		return nil, err
	}
	c.waits = c.needs.Token || len(c.rates) > 0
	if err := checkKept(policy.KeepHeader, signer.Owns()); err != nil {
		return nil, err
	}
	c.cleanser = cleanserFor(signer.Owns(), policy.Forwarded == "keep", policy.KeepHeader)
	return c, nil
}

// apply checks the policy and takes it over. Guards are the vendor's credential endpoints.
func (c *credential) apply(policy Policy, guards []string) (err error) {
	c.maxBody = defaultMaxBody
	if c.hosts, err = checkHosts(policy.Host); err != nil {
		return err
	}
	if len(policy.Allow) > 0 {
		if c.allow, err = newRules(policy.Allow); err != nil {
			return err
		}
		if strings.Contains(strings.Join(policy.Allow, ""), "*") {
			if c.wide, err = newRules(wider(policy.Allow)); err != nil {
				return err
			}
		}
	}
	if len(guards) > 0 && !policy.AllowCredentialEndpoints {
		if c.guarded, err = guardsFor(guards); err != nil {
			return err
		}
	}
	if policy.CredentialsFile != "" && !filepath.IsAbs(policy.CredentialsFile) {
		return errors.New("credentials_file must be a path that begins at the root, as in /etc/vendorsign/acme.json")
	}
	if policy.TokenCache != "" && !filepath.IsAbs(policy.TokenCache) {
		return errors.New("token_cache must be a path that begins at the root")
	}
	if policy.MaxBody != "" {
		if c.maxBody, err = ParseSize(policy.MaxBody); err != nil {
			return err
		}
	}
	if c.rates, err = parseRates(policy.Rate); err != nil {
		return err
	}
	if c.expires, err = parseExpiry(policy.Expires); err != nil {
		return err
	}
	if err := checkChoices(&policy); err != nil {
		return err
	}
	skew, err := parseSkew(policy.MaxClockSkew)
	if err != nil {
		return err
	}
	if policy.Clock != "local" {
		c.clock = &clock{max: skew}
		c.clockTrusted = policy.Clock == "vendor"
	}
	c.patient = policy.RetryAfter != "ignore"
	c.browser = policy.Browser
	if c.clients, err = newClientHosts(policy.ClientHosts); err != nil {
		return err
	}
	c.upgrades = policy.Upgrade == "websocket"
	c.early = policy.EarlyData == "allow"
	c.insecure = policy.InsecureUpstream
	c.ruled = c.insecure || len(c.hosts) > 1 || c.allow != nil || c.guarded != nil
	return nil
}

// checkChoices refuses values that are none of those that an option has. Without one it is the first.
func checkChoices(policy *Policy) error {
	for _, s := range policy.Settings() {
		if len(s.Values) == 0 || *s.Text == "" {
			continue
		}
		known := false
		for _, v := range s.Values {
			if v == *s.Text {
				known = true
			}
		}
		if !known {
			return errors.New(s.Name + " must be " + strings.Join(s.Values, " or "))
		}
	}
	return nil
}

// absentCredential stands in for one whose file is not there: it refuses every request and names the option.
func absentCredential(option string, hosts []string) *credential {
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	c := &credential{
		absent: option, hosts: hosts, waits: true, cleanser: cleanserFor(nil, false, nil),
		date:    func(t time.Time) string { return "" },
		refusal: func(status int, header http.Header, body []byte) signers.Refusal { return signers.Unrefused },
	}
	c.share(new(state), new(state))
	return c
}

func (c *credential) share(own, account *state) {
	c.state, c.account, c.windows = own, account, &own.windows
}

// pair is a credential with the one before it, which serves where the vendor does not take the newer one. It is no
// field of the credential itself: yaegi mistakes structs that hold their own kind.
type pair struct {
	newer *credential
	older *credential // nil: none
}

// join makes old, under the policy of newer, what stands in for it.
func join(newer, older *credential) *pair {
	if older != nil {
		older.old, older.account, older.windows = true, newer.account, newer.windows
		older.rates, older.clock, older.clockTrusted = newer.rates, newer.clock, newer.clockTrusted
	}
	return &pair{newer: newer, older: older}
}
