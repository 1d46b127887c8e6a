//go:build go1.21

package outbound

import (
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// credential is one reading of a configuration: a vendor's credential with what it may be used for. It never changes, except
// for what it remembers about allow; a Gate switches to another one when a file changes. So a request that began with a
// credential is admitted, signed and judged with it, whatever happens meanwhile.
//
// What is known about it at run time (tokens, pauses, verdicts) is in state and account, which credentials share and which
// outlive it.
type credential struct {
	// The signer's methods. Interpreted, a call through an interface makes a new function each time, and the first two at once
	// race for its type (yaegi 0.16.1).
	sign    func(m *signers.Message, at *signers.Moment) error
	short   func(m *signers.Message, at *signers.Moment) error // sign for messages that are too small for their memory to be counted
	date    func(t time.Time) string
	refusal func(a signers.Answer) signers.Refusal
	signer  signers.Signer // to show what is signed

	// Pointers, because interpreted each selector that passes through a struct takes the memory of all of it.
	traits *signers.Traits
	policy *Policy

	hosts    []string
	allow    rules   // nil: everything
	wide     rules   // allow with every asterisk crossing segments, to explain a refusal
	guarded  *guards // the vendor's credential endpoints; nil: not guarded
	cleanser *cleanser
	maxBody  int64
	browser  string         // the option: deny, allow or same_origin
	clients  *regexp.Regexp // matches the Hosts that clients may ask for; nil: any
	upgrades bool           // to a WebSocket
	early    bool           // TLS early data is signed
	insecure bool
	covers   bool // the signature covers bodies
	tokened  bool // requests take a token that is fetched
	timed    bool // a signature holds the time
	nonced   bool // and something unique to each request
	fresh    bool // one moment cannot be used for all requests of a second
	ruled    bool // admitRuled has something to do
	patient  bool // the vendor's Retry-After is obeyed
	rates    []*limits.Rate

	nonceForm string // of the nonce of each request: see nonceKind
	nonceSize int

	clock        *limits.Clock // nil: the local time, whatever vendors say
	clockTrusted bool          // learn it from unverified upstreams too
	expires      time.Time

	state       *credentialState // shared with all who use the same credential
	account     *credentialState // shared with all who use it at the same hosts; that of the newer credential, for one before it
	windows     *limits.Windows  // of the rates; the same
	service     tokens.Service
	fingerprint string
	loaded      time.Time

	old bool // it is the previous credential, used in place of the current one

	operator *credentials.Operator // who restricts it; nil: nobody
	bound    bool                  // its file names its host without insecure_upstream: so plain http leads nowhere else

	doubts     []signers.Fault // what the operator should know about it, and no reason to refuse it
	conditions []conditional   // entries of allow with parameters

	closed *guards // endpoints that do everything; nil: none, or allow_multiplexed

	secrets map[string]bool // by SecretPrint

	listed       atomic.Bool // allow has let a request through
	toldUnlisted atomic.Bool // the operator was informed that it has not

	absent string // the option whose file is not there yet: nothing can be signed
}

// newCredential checks the options that all vendors share, which v has, and binds the signer to them. own are the values of which
// the signer was made: the previous credential has others than v. It returns all faults at once, or a credential whose state nobody
// shares yet: see share. What the operator permits is not checked here (permits).
func newCredential(scheme *signers.Scheme, signer signers.Signer, own, v signers.Values) (*credential, []signers.Fault) {
	c := credentialOf(signer)
	traits := c.traits
	// Quick signs short messages only, and so takes c.short.
	if traits.Working != nil {
		c.sign = signBounded(c.sign, traits.Working)
	}
	share(c, new(credentialState), new(credentialState))
	c.secrets = secretPrints(scheme.Options, own)
	addSpelled(c.secrets, scheme, own)
	c.covers = traits.Body != signers.NoBody
	c.tokened = traits.Tokens != nil
	c.nonced = traits.Nonce != ""
	form, size := nonceKind(traits.Nonce)
	c.nonceForm = form
	c.nonceSize = size
	c.fresh = c.nonced || !traits.Second
	for _, warning := range traits.Warnings {
		addDoubt(c, "", warning)
	}
	// A comma may be part of a path, so that this is a doubt and no fault.
	if len(v["allow"]) > 0 && strings.Contains(strings.Join(v["allow"], " "), ",/") {
		addDoubt(c, "", "allow has a comma before a slash, which belongs to the path there; paths are separated by blanks")
	}
	doubtTokenOptions(c, v)
	// A scheme without a date in its signature has an empty one for every time.
	c.timed = c.date(time.Unix(0, 0)) != ""
	faults := append(applyPolicy(c, PolicyOf(v), scheme, traits.Guards), checkChoices(v)...)
	if len(traits.Multiplexed) > 0 && !c.policy.AllowMultiplexed {
		if fault := c.closeMultiplexed(traits.Multiplexed); fault != nil {
			faults = append(faults, *fault)
		}
	}
	if fault := applyHosts(c, scheme, traits.OnlyHosts); fault != nil {
		faults = append(faults, *fault)
	}
	if fault := sentTwice(traits.Proof.Value, scheme.Options, own); fault != nil {
		faults = append(faults, *fault)
	}
	if c.tokened && traits.Tokens.Certified && c.policy.TokenClientCertificate == "" {
		faults = append(faults, signers.Fault{Option: "token_client_certificate",
			Text: "token_client_certificate and token_client_key are required: nothing else tells the token service which client asks"})
	}
	if fault := protectsBodies(c, v); fault != nil {
		faults = append(faults, *fault)
	}
	if len(c.policy.KeepHeader) > 0 {
		if err := checkKept(c.policy.KeepHeader, traits.Owns); err != nil {
			faults = append(faults, faultOf("keep_header", err))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	c.cleanser = cleanserFor(traits.Owns, c.policy.Forwarded == "keep", c.policy.KeepHeader)
	return c, nil
}

// credentialOf and signerOf are variables, as whatever makes functions that stay. Interpreted, a function value keeps the frame that it
// was made in alive, and a frame that of its caller: called directly, a signer would keep all that loading its configuration took, for
// each of a thousand routes. A variable's function has no caller.
var credentialOf = func(signer signers.Signer) *credential {
	traits, sign := signer.Traits(), signer.Sign
	return &credential{sign: sign, short: sign, date: signer.Date, refusal: signer.Refusal, traits: &traits, signer: signer}
}

var signerOf = func(scheme *signers.Scheme, v signers.Values) (signers.Signer, []signers.Fault) {
	return scheme.Signer(v)
}

// unproven is the fault of a signer that proves nothing: a gateway would send its requests unsigned. A scheme may have such a mode
// for the command sign alone, as one that adds a digest and no signature.
var unproven = signers.Fault{Text: "the options leave requests unsigned, which is for the command sign alone"}

// faultOf is the fault for an option whose error already names it.
func faultOf(option string, err error) signers.Fault {
	return signers.Fault{Option: option, Text: err.Error()}
}

// faultIn is the fault for an option whose value cannot be used because of err.
func faultIn(option string, err error) signers.Fault {
	return signers.Fault{Option: option, Text: option + ": " + err.Error()}
}

// share gives a credential what it has in common with others: own is of all that are the same, account of those that are
// bound to the same hosts, too. A vendor's pause or refusal at one host says nothing about another. The rates count for all
// that are the same, since the vendor counts them for the key.
func share(c *credential, own, account *credentialState) {
	c.state, c.account, c.windows = own, account, &own.windows
}
