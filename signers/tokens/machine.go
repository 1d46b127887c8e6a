//go:build go1.21

package tokens

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// Machine is a declaration, checked and compiled. It is bound to the values of a configuration before it fetches anything.
type Machine struct {
	// Guards are the vendor's own endpoints that hand out and end tokens, as in signers.Traits.
	Guards []string

	steps    []compiledStep
	logout   *compiledStep
	mint     *program.Program // nil: no step, the token is made locally
	lives    time.Duration    // 0: an answer says it, or it is not known
	backdate time.Duration    // of what is made here
	replaces bool
	refused  func(a signers.Answer) bool
	denied   func(a signers.Answer) bool
	nonce    string
	says     bool // an answer may say how long a token lives
	options  []string
	more     []string
}

// compiledStep is a request of a login whose templates are compiled.
type compiledStep struct {
	number  int
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
	m := &Machine{nonce: or(nonce, "uuid")}
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
		m.Guards = append(m.Guards, guardOf(s.URL)...)
		for _, t := range own.takes {
			m.says = m.says || t.optional()
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

// shorter is the shorter of two durations that are checked; empty ones do not count.
func shorter(one, two string) time.Duration {
	a, _ := Duration(one)
	b, _ := Duration(two)
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// compileStep checks the address of a step and compiles its templates. Prefix are operations that come first: those of the JWT.
func compileStep(number int, s *Step, prefix []string, options []program.Option, hosts map[string]bool, nonce string) (
	*compiledStep, error) {
	own := &compiledStep{number: number, method: s.Method, address: s.URL, moved: s.Moved}
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
