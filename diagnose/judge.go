package diagnose

import (
	"slices"
	"strings"
)

// judge diagnoses a case that read reads, and once more without the options that are secrets if that
// explains more.
func (s *Session) judge(c *Case, secrets map[string]bool, read func(*Case) (*diagnosis, error)) (*Finding, error) {
	d, f, err := run(c, read)
	if err != nil {
		return nil, err
	}
	s.memory.keep(d, f)
	if d.secret != "" && f.open() { // what the form alone shows counts then, unless it is only what a bare status means
		blind, shown, err := run(c.without(secrets), read)
		if err != nil {
			return nil, err
		}
		if shown.Class != None && !shown.open() && !(blind.answer.bare && shown.Causes[0] == blind.answer.cause) {
			shown.Signed, shown.Right = f.Signed, f.Right
			// An ID other than the configured one is visible.
			shown.Proved = shown.Causes[0] == "wrong_id" && slices.Contains(blind.facts, "wrong_id")
			f = shown
		}
	}
	if rest, ok := strings.CutPrefix(f.Explanation, "The signature is right, but "); ok && d.differs {
		f.Explanation = "The configured secret makes another signature; by the vendor's answer, " + rest
	}
	d.redact(f)
	return f, nil
}

// run is one diagnosis, with what of the configuration the case holds.
func run(c *Case, read func(*Case) (*diagnosis, error)) (*diagnosis, *Finding, error) {
	d, err := read(c)
	if err != nil {
		return nil, nil, err
	}
	// Before the search: a secret that was exposed matters more than anything the search could prove.
	d.leaked()
	other, f := d.exchanged(read)
	if f == nil {
		f = d.conclude()
		d.reword(f)
		return d, f, nil
	}
	other.reword(f)
	if d.program != nil { // its right text is that of what was sent
		sent := new(Finding)
		d.reword(sent)
		f.Right = sent.Right
	}
	return other, f, nil
}

// reword puts the texts of a scheme that has its own into an answer.
func (d *diagnosis) reword(f *Finding) {
	switch {
	case d.scoped != nil:
		d.scoped.reword(f)
	case d.program != nil:
		d.program.reword(d, f)
	}
}
