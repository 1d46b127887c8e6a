//go:build go1.21

package tokens

import (
	"errors"
	"fmt"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// boundStep is a step with the values of a configuration: what depends on them alone is computed,
// and keys are loaded.
type boundStep struct {
	*compiledStep
	bound *program.Bound
}

// Bind puts the values of a configuration in, and makes the source of its tokens. Faults name the
// option whose value cannot be used; the source is nil then. values may have options that no
// template asks for. The machine is not changed, so that routes with different credentials share
// it.
func (m *Machine) Bind(values map[string][]string) (*signers.TokenSource, []signers.Fault) {
	// Each step is bound by itself: the templates of one know nothing of another's.
	b := &bound{machine: m}
	for i := range m.steps {
		own, faults := program.Bind(m.steps[i].program, values)
		if len(faults) > 0 {
			return nil, faults
		}
		b.steps = append(b.steps, boundStep{&m.steps[i], own})
	}
	var warnings []string
	for _, step := range b.steps {
		warnings = append(warnings, step.bound.Warnings...)
	}
	if m.mint != nil {
		own, faults := program.Bind(m.mint, values)
		if len(faults) > 0 {
			return nil, faults
		}
		b.mint = own
		// Where the token is made here there are no steps, so these are all.
		warnings = own.Warnings
	}
	source := &signers.TokenSource{
		Certified: m.certified, Replaces: m.replaces, Refused: m.refused, Nonce: m.nonce, Options: m.options, More: m.more, Warnings: warnings,
		// Nobody says how long a token lives: neither the declaration nor, at any step, the answer.
		Endless:   m.lives == 0 && !m.says,
		Next:      func(s *signers.TokenStep) (signers.TokenRequest, bool, error) { return next(b, s) },
		Parse:     func(s *signers.TokenStep) (signers.Token, error) { return parse(b, s) },
		Denied:    func(s *signers.TokenStep) bool { return denied(b, s) },
		Addresses: func(host string) []string { return addresses(b, host) },
	}
	if m.logout != nil {
		own, faults := program.Bind(m.logout.program, values)
		if len(faults) > 0 {
			return nil, faults
		}
		logout := boundStep{m.logout, own}
		b.logout = &logout
		source.End = func(s *signers.TokenStep) (signers.TokenRequest, error) { return request(&logout, s, s.Current) }
	}
	return source, nil
}

// bound is a machine with the values of a configuration. It never changes, so its functions are safe for concurrent use.
type bound struct {
	machine *Machine
	steps   []boundStep
	logout  *boundStep // nil: none
	mint    *program.Bound
}

// next is the request of the first step that has no answer yet, unless the last one failed. It has
// no memory: the caller counts by the answers that it passes, and may begin anew at any time.
func next(b *bound, s *signers.TokenStep) (signers.TokenRequest, bool, error) {
	var none signers.TokenRequest
	n := len(s.Answers)
	// Parse says what is wrong with an answer; more requests would not help.
	if n >= len(b.steps) || n > 0 && judge(&s.Answers[n-1], b.steps[n-1].moved) != nil {
		return none, false, nil
	}
	taken, _, err := takeAll(b, s)
	if err != nil {
		// The error is Parse's to report. It finds the same one in the answers.
		return none, false, nil //nolint:nilerr // Parse says it
	}
	// A request that cannot be made is an error here, since no answer would tell Parse of it.
	r, err := request(&b.steps[n], s, taken)
	return r, err == nil, err
}

// denied reports whether the last answer refuses the credential: by what the declaration lists, or
// by leading to a page of errors. The keeper then waits minutes and not seconds, because vendors
// lock an account after a few wrong passwords.
func denied(b *bound, s *signers.TokenStep) bool {
	n := len(s.Answers)
	if n == 0 || n > len(b.steps) {
		return false
	}
	// Earlier answers were successes, or there would be no later one.
	last := &s.Answers[n-1]
	if rule := b.machine.denied; rule != nil && rule(signers.Answer{Status: last.Status, Header: last.Header, Body: last.Body}) {
		return true
	}
	moved := b.steps[n-1].moved
	return moved != "" && last.Status >= 300 && last.Status <= 399 && judge(last, moved) != nil
}

// request makes the request of a step, with what was taken so far. It returns an error if an
// expression cannot be computed, or an option's value would put a control character into the
// address.
func request(step *boundStep, s *signers.TokenStep, taken signers.Token) (signers.TokenRequest, error) {
	var none signers.TokenRequest
	at := &signers.Moment{Time: s.Time, Nonce: s.Nonce, Token: taken.Text, More: taken.More}
	at.Date = program.Date(step.bound, at)
	texts, header, err := program.Request(step.bound, s.Host, at)
	if err != nil {
		return none, err
	}
	// A line end in an address would end the request line of the client that sends it.
	if signers.HasControl(texts[0]) {
		return none, errors.New("the address of the token service would hold a control character")
	}
	address := texts[0]
	// The templates say https; a simulated vendor on this machine has no certificate.
	if s.Plain {
		address = plainHost(step.address, address)
	}
	return signers.TokenRequest{Method: step.method, URL: address, Header: header, Body: texts[1]}, nil
}

// parse makes the token: locally, or from all answers. The expiry of what is made here is that of
// its claims, in whole seconds. It is called when next has nothing more to send, and says what was
// wrong then.
func parse(b *bound, s *signers.TokenStep) (signers.Token, error) {
	if b.mint != nil {
		at := &signers.Moment{Time: s.Time, Nonce: s.Nonce}
		at.Date = program.Date(b.mint, at)
		texts, _, err := program.Request(b.mint, s.Host, at)
		if err != nil {
			return signers.Token{}, err
		}
		// exp is a whole number of seconds, counted from the truncated time, and now is earlier by
		// backdate.
		return signers.Token{Text: texts[0], Expires: s.Time.Truncate(time.Second).Add(b.machine.lives - b.machine.backdate)}, nil
	}
	token, life, err := takeAll(b, s)
	if err != nil {
		return signers.Token{}, err
	}
	if len(s.Answers) < len(b.steps) {
		return signers.Token{}, errors.New("an answer of the token service is missing")
	}
	// The declaration may only shorten what the answer says.
	if lives := b.machine.lives; lives > 0 && (life == 0 || lives < life) {
		life = lives
	}
	if life > 0 {
		token.Expires = s.Time.Add(life)
	}
	return token, nil
}

// takeAll takes what the answers so far hold, and for how long it lives; 0: not known. With several
// steps an error names the step: "step 2: the token service answered 401". Of several answers that
// say a lifetime, the last one counts.
func takeAll(b *bound, s *signers.TokenStep) (signers.Token, time.Duration, error) {
	var token signers.Token
	life := time.Duration(0)
	for i := range s.Answers {
		a := &s.Answers[i]
		err := judge(a, b.steps[i].moved)
		if err == nil {
			life, err = takeFrom(&b.steps[i], a, s.Time, &token, life)
		}
		if err != nil && len(b.steps) > 1 {
			err = fmt.Errorf("step %d: %w", i+1, err)
		}
		if err != nil {
			return signers.Token{}, 0, err
		}
	}
	return token, life, nil
}

// addresses are those of all steps for a host, and of the logout, with examples in place of what
// earlier steps take: the operator's lists are held against them before anything is sent. One that
// cannot be made is its template, which nobody permits. There are as many for each host, in the
// order of the steps.
func addresses(b *bound, host string) []string {
	var list []string
	// A step may put the token of an earlier one into its address. Any text will do, since the
	// operator's lists name hosts.
	taken := signers.Token{Text: "0", More: make(map[string]string)}
	for _, name := range b.machine.more {
		taken.More[name] = "0"
	}
	s := &signers.TokenStep{Host: host, Time: time.Unix(1e9, 0), Nonce: "0"}
	steps := b.steps
	if b.logout != nil {
		steps = append(append([]boundStep(nil), steps...), *b.logout)
	}
	for i := range steps {
		address := steps[i].address
		if r, err := request(&steps[i], s, taken); err == nil {
			address = r.URL
		}
		list = append(list, address)
	}
	return list
}
