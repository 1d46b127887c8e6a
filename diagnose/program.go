package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/program"
)

// A preset has no row of vendors.json: everything that is known about it is in its file. What was sent is read by the templates
// of its operations (programread.go); then its program signs the request as clients may have seen it, changing one input after
// the other, until it produces what was sent (programsearch.go, programinputs.go), and after that with changed operations
// (programedits.go). The search and the conclusion are those of the vendors with a row.

// programmed is a scheme of operations with the values of a case.
type programmed struct {
	operations []string // those that set headers; see ownOperations
	options    []program.Option
	nonce      string
	owns       []string
	values     map[string][]string

	templates []program.Template
	leaves    []*leaf
	plain     *variant // the operations as they are
	scheme    []signers.Option
	required  map[string]bool
	date      *leaf                 // nil: none
	ordered   *program.TemplatePart // the query as it is put in order; nil: it is not
	hosts     []string              // of the vendor, as far as they are known
	asItIs    bool                  // all that is sent of the secrets are the secrets themselves
	verbatim  bool                  // the program takes the text of the date as it was sent
	lastDate  string
	lastTime  time.Time
	right     func() *attempt
	last      *attempt // what was signed last: if a search ended well, what led to the given signature

	window        time.Duration // how far a date may be from the vendor's clock
	unknownWindow bool
}

// diagnoseProgram diagnoses a request to a vendor that is data.
func (s *Session) diagnoseProgram(c *Case) (*Finding, error) {
	p, err := presets.Lookup(c.Signer)
	switch {
	case c.Signer == presets.CustomName, c.Signer == presets.LoginName:
		if p, c, err = ownScheme(c); err != nil {
			return nil, err
		}
	case c.Signer == presets.APIKeyName:
		p = presets.APIKey(cmp.Or(c.Options["header"], "X-Api-Key"), c.Options["prefix"] != "")
	case err != nil:
		if _, unknown := signers.Lookup(c.Signer); unknown != nil {
			return nil, unknown
		}
		if b := newBearer(c, nil); b != nil {
			return b.conclude(readAnswer("", c.Response)), nil
		}
		if slices.Contains(signers.Natives(), c.Signer) {
			return nil, unknownSigner(c.Signer)
		}
		return nil, fmt.Errorf("%s requests cannot be diagnosed: %w", c.Signer, err)
	}
	if b := newBearer(c, p); b != nil {
		return b.conclude(programAnswer(p, c)), nil
	}
	d, f, err := s.runProgram(p, c)
	if err != nil {
		return nil, err
	}
	s.memory.keep(d, f)
	if d.secret != "" && f.open() { // what the form alone shows counts then
		blind, shown, err := s.runProgram(p, withoutSecretsOf(p, c))
		if err != nil {
			return nil, err
		}
		if shown.Class != None && !shown.open() && !(blind.answer.bare && shown.Causes[0] == blind.answer.cause) {
			shown.Signed, shown.Right = f.Signed, f.Right
			shown.Proved = shown.Causes[0] == "wrong_id" && slices.Contains(blind.facts, "wrong_id")
			f = shown
		}
	}
	d.redact(f)
	return f, nil
}

// withoutSecretsOf is the case as somebody sees it who does not have a preset's secrets.
func withoutSecretsOf(p *presets.Preset, c *Case) *Case {
	own := *c
	own.Options = maps.Clone(c.Options)
	for _, o := range p.Options {
		if o.Secret {
			delete(own.Options, o.Name)
		}
	}
	return &own
}

// runProgram is one diagnosis, with what of the configuration the case holds.
func (s *Session) runProgram(p *presets.Preset, c *Case) (*diagnosis, *Finding, error) {
	d, err := s.readProgram(p, c)
	if err != nil {
		return nil, nil, err
	}
	d.program.leaked(d)
	other, f := d.exchanged(func(c *Case) (*diagnosis, error) { return s.readProgram(p, c) })
	if f != nil {
		read := new(Finding)
		d.program.reword(d, read)
		other.program.reword(other, f)
		f.Right = read.Right
		return other, f, nil
	}
	f = d.conclude()
	d.program.reword(d, f)
	return d, f, nil
}

// readProgram reads what was sent, by the preset's operations.
func (s *Session) readProgram(p *presets.Preset, c *Case) (*diagnosis, error) {
	own := *c // its request loses parameters below
	own.Request.Header = maps.Clone(c.Request.Header)
	w, err := newProgrammed(p, &own)
	if err != nil {
		return nil, err
	}
	d := &diagnosis{
		Case: &own, profile: w.profile(p), signer: w.plain.signer(w.values), memory: &s.memory, details: make(map[string]string),
		fixes: make(map[string]string), budget: &budget{sums: 30_000, bytes: 64 << 20}, clock: newClock(c), program: w,
	}
	if d.answer = programAnswer(p, c); d.answer.kind == badID && !w.signs() {
		d.answer.kind = unclear // the key is the secret itself
	}
	w.read(d)
	return d, nil
}
