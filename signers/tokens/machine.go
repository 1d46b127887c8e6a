//go:build go1.21

package tokens

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// Machine is a declaration, checked and compiled. It is bound to the values of a configuration
// before it fetches anything. It never changes after Compile, and may be bound to many
// configurations at once.
//
//	declaration -> Compile -> Machine -> Bind -> signers.TokenSource
//	once for a scheme                    once for a configuration
type Machine struct {
	// Guards are the vendor's own endpoints that hand out and end tokens, as in signers.Traits.
	Guards []string

	// steps are the requests in their order; none where mint makes the token.
	steps  []compiledStep
	logout *compiledStep
	// mint makes the token locally, without a request; nil: steps fetch it.
	mint *program.Program
	// lives is the shorter of lifetime and idle, or expires_in of a JWT; 0: an answer says it, or
	// it is not known.
	lives time.Duration
	// backdate is how much earlier a token begins that is made here.
	backdate time.Duration
	replaces bool
	refused  func(a signers.Answer) bool
	denied   func(a signers.Answer) bool
	// nonce is the kind of signers.TokenStep.Nonce, uuid if the declaration does not say.
	nonce string
	// certified says that the TLS certificate is all that proves who the client is.
	certified bool
	// says is true if an answer may say how long a token lives.
	says bool
	// options are the secret ones, to look at if the service refuses the credential. more are the
	// names of signers.Token.More.
	options []string
	more    []string
}

// compiledStep is a request of a login whose templates are compiled.
type compiledStep struct {
	method  string
	address string // the template
	program *program.Program
	takes   []take
	moved   string
}

// Compile checks a declaration and makes a machine of it. OAuth 2.0 and JWTs are written as the steps and operations of a login, so
// that there is one engine. Options are those of its scheme, hosts those of them that are checked to be a part of a host's
// name. Set says which options have a value: what is not there is left out. Errors name what is wrong.
func Compile(d *Declaration, options []program.Option, hosts map[string]bool, nonce string, set func(option string) bool) (
	*Machine, error) {
	login, jwt := d.Login, d.JWT
	if d.OAuth2 != nil {
		written, own, err := d.OAuth2.login(d.JWT)
		if err != nil {
			return nil, err
		}
		login = written
		jwt = own
	}
	var prefix []string
	m := &Machine{nonce: or(nonce, "uuid"), certified: d.OAuth2 != nil && d.OAuth2.ClientAuth == "tls_client_auth"}
	for _, o := range options {
		if o.Secret {
			m.options = append(m.options, o.Name)
		}
	}
	if jwt != nil {
		lines, err := jwt.operations(set)
		if err != nil {
			return nil, err
		}
		prefix = lines
		lives, backdate, err := jwt.life()
		if err != nil {
			return nil, err
		}
		// The JWT itself is the token: nothing is fetched.
		if login == nil {
			m.lives = lives
			m.backdate = backdate
			m.mint, err = program.CompileRequest(prefix, []program.Text{{Name: "jwt", Template: "[[jwt]]"}}, options, m.nonce)
			return m, err
		}
	}
	if err := login.check(); err != nil {
		return nil, err
	}
	m.replaces = login.Replaces
	// check has found these lines right.
	m.refused, _ = refusedBy(login.Refused)
	m.denied, _ = refusedBy(login.Denied)
	m.lives = shorter(login.Lifetime, login.Idle)
	for i := range login.Steps {
		s := &login.Steps[i]
		own, err := compileStep(i+1, s, prefix, options, hosts, m.nonce)
		if err != nil {
			return nil, err
		}
		m.steps = append(m.steps, *own)
		// A client that reaches the login with the gateway's session could read or replace the
		// session.
		m.Guards = append(m.Guards, guardOf(s.URL)...)
		for _, t := range own.takes {
			// Only the lifetimes may be absent from an answer.
			m.says = m.says || optional(&t)
			if name := strings.TrimPrefix(t.name, "more."); name != t.name {
				m.more = append(m.more, name)
			}
		}
	}
	if login.Logout != nil {
		own, err := compileStep(0, login.Logout, nil, options, hosts, m.nonce)
		if err != nil {
			return nil, fmt.Errorf("logout: %w", err)
		}
		m.logout = own
		m.Guards = append(m.Guards, guardOf(login.Logout.URL)...) // a client that ends the session ends everybody's
	}
	return m, nil
}

// shorter is the shorter of two durations that are checked; empty ones do not count. It is 0 if
// both are empty.
func shorter(one, two string) time.Duration {
	a, _ := Duration(one)
	b, _ := Duration(two)
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// compileStep checks the address of a step and compiles its templates. prefix are operations that
// come first: those of the JWT, which any step may use. number counts from 1, for errors; it is 0 for
// the logout.
func compileStep(number int, s *Step, prefix []string, options []program.Option, hosts map[string]bool, nonce string) (
	*compiledStep, error) {
	own := &compiledStep{method: s.Method, address: s.URL, moved: s.Moved}
	if err := checkAddress(s.URL, hosts); err != nil {
		return nil, fmt.Errorf("step %d: url: %w", number, err)
	}
	operations := append(append([]string(nil), prefix...), s.Operations...)
	texts := []program.Text{{Name: "url", Template: s.URL}, {Name: "body", Template: s.Body}}
	compiled, err := program.CompileRequest(operations, texts, options, nonce)
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", number, err)
	}
	own.program = compiled
	for _, line := range s.Take {
		t, err := parseTake(line)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", number, err)
		}
		own.takes = append(own.takes, t)
	}
	return own, nil
}
