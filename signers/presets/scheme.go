//go:build go1.21

package presets

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// register adds a built-in preset. It is parsed when somebody first looks it up; signers.RegisterLazy calls the
// function once.
func register(name, file string) {
	signers.RegisterLazy(name, func() signers.Scheme {
		p, err := parse([]byte(file))
		if err != nil {
			return broken(name, err)
		}
		return p.Scheme()
	})
}

// broken is the scheme of a file that cannot be read: no credential can be made of it. The others go on: one
// damaged file must not stop a gateway that does not use it.
func broken(name string, err error) signers.Scheme {
	return signers.Scheme{Name: name, Title: name, New: func(signers.Values) (signers.Signer, []signers.Fault) {
		return nil, []signers.Fault{{Text: "the preset is damaged: " + err.Error()}}
	}}
}

// Lookup returns a built-in preset. It parses the file for each call, so the caller may change what it gets.
func Lookup(name string) (*Preset, error) {
	file, ok := files()[name]
	if !ok {
		return nil, fmt.Errorf("there is no preset %s", name)
	}
	return parse([]byte(file))
}

// Names lists the built-in presets in alphabetical order, without schemes such as api_key that are no files.
func Names() []string {
	names := make([]string, 0, 64)
	for name := range files() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// source is a preset with the program that its operations make, once somebody needs it. It is shared by all
// credentials of the preset.
type source struct {
	preset *Preset
	mu     sync.Mutex
	tried  bool
	// program, tokens and err are the result of the first attempt, good or bad; mu guards them, and tried says
	// that they are there. tokens is nil if no token is fetched.
	program *program.Program
	tokens  *tokenWays
	err     error
}

// Scheme is the preset as a scheme. Its operations are compiled and its vectors tested when the first signer is
// made. Each call makes a scheme that does so for itself, so callers keep it.
func (p *Preset) Scheme() signers.Scheme {
	s := &source{preset: p}
	scheme := signers.Scheme{
		Name: p.Name, Title: p.Title, Hosts: p.Hosts,
		Options: optionsOf(p.Options),
		New:     func(v signers.Values) (signers.Signer, []signers.Fault) { return newSigner(s, v) },
	}
	// check has compiled it before, so there is no error for a preset of Parse.
	if p.Claim != nil {
		if claims, err := program.CompileClaim(p.Name, p.Claim, typed(p.Options), p.Nonce); err == nil {
			scheme.Claims = claims
			// Operations that change the secret before they use it, as by unhex, may do so to several texts with one result.
			claims.Spelled = strings.Contains(strings.Join(p.Operations, "\n"), "[[opt."+p.Claim.Secret+"|")
		}
	}
	// The domain of a pattern is what the host of a configuration is compared with.
	for _, host := range p.Hosts {
		scheme.Domains = append(scheme.Domains, strings.TrimPrefix(host, "*."))
	}
	for _, r := range p.Refusals {
		// Texts in answers are compared in lower case.
		if r.Contains != "" {
			scheme.Answers = append(scheme.Answers, signers.KnownAnswer{Text: strings.ToLower(r.Contains), Refusal: signers.Refusal(r.Means)})
		}
	}
	return scheme
}

// newSigner makes a signer of values that the options' own checks have passed. A preset that does not pass its own
// vectors is a fault of every credential.
func newSigner(s *source, v signers.Values) (signers.Signer, []signers.Fault) {
	if err := prepare(s); err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	return bind(s.preset, s.program, s.tokens, v)
}

// prepare compiles a preset and tests it, the first time. The result stays: a preset that fails its own test signs
// nothing in this process. Concurrent callers wait for the first one.
func prepare(s *source) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tried {
		s.tried = true
		s.program, s.err = Compile(s.preset)
		if s.err == nil {
			s.tokens, s.err = newTokenWays(s.preset, true)
		}
		if s.err == nil {
			s.err = selfTest(s.preset, s.program, s.tokens)
		}
	}
	return s.err
}

// Compile makes the program of a preset. What an operator should know of the file, such as that nothing proves it,
// is among the program's warnings. Those do not keep it from being used: a scheme that somebody writes has no
// vectors at first.
func Compile(p *Preset) (*program.Program, error) {
	// The preset's own checks have seen to the form; what operations say is only checked here.
	own, err := program.Compile(p.Operations, typed(p.Options), p.Nonce, p.Owns)
	if err == nil && len(p.Vectors) == 0 {
		own.Warnings = append(own.Warnings, "the preset has no vectors: nothing proves that this signs as the vendor wants")
	}
	if err == nil && len(p.Vectors) > 0 && !provesSecret(p.Vectors, own) {
		own.Warnings = append(own.Warnings, "no vector compares a header or parameter that is made with a secret: "+
			"nothing proves that this signs as the vendor wants")
	}
	if err == nil {
		for _, name := range unusedOptions(p) {
			own.Warnings = append(own.Warnings, "options: "+name+" is used nowhere")
		}
	}
	if err == nil && p.Ended != "" {
		own.Warnings = append(own.Warnings, "the vendor has ended this on "+p.Ended)
	}
	return own, err
}

// bind makes the signer of a preset's program for the values of a configuration, with its token if it takes one.
// own and ways are the preset's, which all credentials share. Faults name the option, and no signer is returned
// with one.
func bind(p *Preset, own *program.Program, ways *tokenWays, v signers.Values) (signers.Signer, []signers.Fault) {
	if faults := checkValues(p.Options, v); len(faults) > 0 {
		return nil, faults
	}
	// Most presets have none, and then the values need not be copied.
	if hasDuration(p.Options) {
		seconds, faults := inSeconds(p.Options, v)
		if len(faults) > 0 {
			return nil, faults
		}
		v = seconds
	}
	bound, faults := program.Bind(own, v)
	if len(faults) > 0 {
		return nil, faults
	}
	scheme := program.Scheme{
		Owns: p.Owns, Guards: p.Guards, Multiplexed: p.ClosedPaths(), Refusal: refusalOf(p.Refusals),
		BodyFirst: p.BodyFirst, BodyMethods: p.BodyMethods,
	}
	if p.own {
		scheme.File = p.Name
	}
	// Without it the hosts are for hints, and another one is a warning of the gateway.
	if p.HostsOnly {
		scheme.OnlyHosts = p.Hosts
	}
	if ways != nil {
		from, guards, faults := bindTokens(ways, v)
		if len(faults) > 0 {
			return nil, faults
		}
		scheme.Tokens = from
		// The vendor's own token endpoints are guards, too: a client must not get a token past the gateway.
		scheme.Guards = append(append([]string(nil), p.Guards...), guards...)
	}
	// "unknown" has no blank, so it makes no probe.
	if method, target, ok := strings.Cut(p.Probe, " "); ok {
		scheme.Probe = signers.Probe{Method: method, Target: target}
	}
	for _, name := range p.Hides {
		scheme.Hides = append(scheme.Hides, http.CanonicalHeaderKey(name))
	}
	return program.NewSigner(bound, scheme), nil
}

// ClosedPaths are those that are closed without allow_multiplexed: the listed ones, or all ("/**"). Nil: none.
// Those of Tencent are "/" alone: the header X-TC-Action says what a request there does.
func (p *Preset) ClosedPaths() []string {
	if p.Multiplexed && len(p.MultiplexedPaths) == 0 {
		return []string{"/**"}
	}
	return p.MultiplexedPaths
}

// refusalOf judges answers by the entries of a file, the first that fits; else by the status. Nil: the status
// alone tells. A vendor that answers 401 for a wrong clock, key and signature alike may say in the body which of
// them it was.
func refusalOf(refusals []Refusal) func(a signers.Answer) signers.Refusal {
	if len(refusals) == 0 {
		return nil
	}
	return func(a signers.Answer) signers.Refusal {
		for _, r := range refusals {
			if (r.Status == 0 || r.Status == a.Status) && (r.Contains == "" || signers.Says(a, strings.ToLower(r.Contains))) {
				return signers.Refusal(r.Means)
			}
		}
		return signers.RefusalOf(a.Status)
	}
}
