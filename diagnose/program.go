package diagnose

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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
		if shown.Class != None && !shown.open() {
			shown.Signed, shown.Right = f.Signed, f.Right
			shown.Proved = shown.Causes[0] == "wrong_id" && slices.Contains(blind.facts, "wrong_id")
			f = shown
		}
	}
	d.redact(f)
	return f, nil
}

// ownScheme is the scheme of a configuration that has operations or a preset file of its own, and the case with its options by their
// names.
func ownScheme(c *Case) (*presets.Preset, *Case, error) {
	own := *c
	own.Options, own.Values = make(map[string]string), make(signers.Values)
	file, values, fault := presets.FromFile(c.Values)
	switch {
	case fault != nil:
		return nil, nil, fmt.Errorf("%s: %s", c.Signer, fault.Text)
	case file != nil:
		for name := range values {
			own.Values[name], own.Options[name] = values[name], values.Text(name)
		}
		return file, &own, nil
	case len(c.Values["operations"]) == 0:
		return nil, nil, fmt.Errorf("%s requests cannot be diagnosed without their operations", c.Signer)
	}
	p := &presets.Preset{Name: c.Signer, Title: "The vendor", Nonce: c.Values.Text("nonce")}
	if c.Values.Has("login") {
		p.Token = json.RawMessage(`{"login":` + c.Values.Text("login") + `}`)
	}
	for _, text := range c.Values["operations"] {
		p.Operations = append(p.Operations, strings.Split(text, "\n")...)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		block, name, found := strings.Cut(key, ".")
		if !found || block != "options" && block != "secrets" {
			continue
		}
		list := len(c.Values[key]) > 1 || strings.Contains(strings.Join(p.Operations, "\n"), "header_list:opt."+name+":")
		p.Options = append(p.Options, presets.Option{Name: name, Secret: block == "secrets", List: list})
		own.Values[name], own.Options[name] = c.Values[key], c.Values.Text(key)
	}
	return p, &own, nil
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

// newProgrammed reads a preset's operations, and the case's options for them: those that are missing get examples, so that the
// program can be bound.
func newProgrammed(p *presets.Preset, c *Case) (*programmed, error) {
	w := &programmed{nonce: p.Nonce, owns: p.Owns, hosts: p.Hosts, values: make(map[string][]string)}
	w.unknownWindow = p.Window == "" || p.Window == "unknown"
	for _, o := range p.Options {
		w.options = append(w.options, program.Option{Name: o.Name, Secret: o.Secret, List: o.List, Lines: true})
		switch {
		case o.List && len(c.Values[o.Name]) > 0:
			w.values[o.Name] = c.Values[o.Name]
		case c.Options[o.Name] != "" && o.List:
			w.values[o.Name] = strings.Split(c.Options[o.Name], ",")
		case c.Options[o.Name] != "":
			w.values[o.Name] = []string{c.Options[o.Name]}
			if d, err := time.ParseDuration(c.Options[o.Name]); o.Duration && err == nil {
				w.values[o.Name] = []string{strconv.Itoa(int(d / time.Second))} // as operations get it
			}
		case o.Default != "":
			w.values[o.Name] = []string{o.Default}
		}
	}
	templates, err := program.Templates(p.Operations)
	if err != nil {
		return nil, err
	}
	for _, line := range p.Operations {
		if verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); verb == "let" || strings.TrimSuffix(verb, "?") == "header" {
			w.operations = append(w.operations, line)
		}
	}
	secret := make(map[string]bool)
	for _, o := range p.Options {
		secret[o.Name] = o.Secret
	}
	w.templates = templates
	for _, t := range templates {
		w.addLeaves(t, t.Parts, secret)
	}
	w.options = append(w.options, program.Option{Name: orderedQuery, Lines: true})
	if found := ordering.FindStringSubmatch(strings.Join(w.operations, "\n")); found != nil {
		w.ordered = &program.TemplatePart{Source: "query|" + found[1] + "|base64", Value: "query", Filters: found[1:]}
		w.leaves = append(w.leaves, &leaf{kind: otherLeaf, part: *w.ordered})
	}
	w.sampleValues(p)
	if w.plain = w.variant(nil); w.plain == nil {
		return nil, unknownSigner(c.Signer)
	}
	if w.plain.signer(w.values) == nil { // a secret cannot be one of this vendor's: treat it as missing
		*c = *withoutSecretsOf(p, c)
		for _, o := range w.scheme {
			if o.Secret && len(w.values[o.Name]) > 0 {
				w.values[o.Name] = []string{o.Sample}
			}
		}
	}
	if w.plain.signer(w.values) == nil {
		return nil, unknownSigner(c.Signer)
	}
	return w, nil
}

// sampleValues gives options without a value one that the program takes.
func (w *programmed) sampleValues(p *presets.Preset) {
	w.required, w.scheme = make(map[string]bool), p.Scheme().Options
	for _, o := range w.scheme {
		w.required[o.Name] = o.Required
		if len(w.values[o.Name]) == 0 && o.Required {
			w.values[o.Name] = []string{o.Sample}
		}
	}
}

// profile is what vendors.json says of other vendors.
func (w *programmed) profile(p *presets.Preset) *profile {
	own := &profile{Vendor: p.Name, Title: p.Title, Source: p.Page, Separator: "", Reordered: "text_layout", Form: "hex"}
	for _, o := range p.Scheme().Options {
		if o.Secret {
			own.secrets = append(own.secrets, o.Name)
		}
		switch {
		case o.Secret && own.Secret == "":
			own.Secret, own.SecretName = o.Name, spoken(o.Name)
		case !o.Secret && o.Required && own.ID == "":
			own.ID, own.IDName = o.Name, spoken(o.Name)
		}
	}
	for _, l := range w.leaves {
		if !l.param && l.place != "" {
			own.Headers = append(own.Headers, strings.ToLower(l.place))
		}
		if l.kind == proofLeaf || l.kind == secretLeaf {
			own.ProofHeader = l.place
		}
		if l.kind == secretLeaf && !l.param {
			own.secretHeaders = append(own.secretHeaders, l.place)
		}
		if l.kind == proofLeaf {
			own.Digest, own.Form = l.digest()
		}
	}
	if window, err := time.ParseDuration(p.Window); err == nil {
		own.Minutes = int(window / time.Minute)
		if own.Minutes == 0 {
			own.Minutes = 1
		}
	}
	if !w.signs() {
		own.Refused = "key_expired" // a key that is right in form, and refused
	}
	return own
}

// spoken is the name of an option for people.
func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// signs reports whether the scheme signs anything: others send their secret as it is.
func (w *programmed) signs() bool {
	return slices.ContainsFunc(w.leaves, func(l *leaf) bool { return l.kind == proofLeaf })
}

// programAnswer reads the vendor's answer by the preset's table of refusals, next to what the status means anywhere.
func programAnswer(p *presets.Preset, c *Case) answer {
	general := readAnswer("", c.Response)
	if c.Response == nil || general.kind == noAnswer {
		return general
	}
	refusal, worded := signers.RefusalOf(c.Response.Status), false
	for _, r := range p.Refusals {
		if (r.Status == 0 || r.Status == c.Response.Status || c.Response.Status == 0 && r.Contains != "") &&
			(r.Contains == "" || signers.Says(signers.Answer{Body: c.Response.Body}, strings.ToLower(r.Contains))) {
			refusal, worded = signers.Refusal(r.Means), r.Contains != ""
			break
		}
	}
	known := general
	switch refusal {
	case signers.RefusedClock:
		known.kind = badDate
	case signers.RefusedDate:
		known.kind = badDateForm
	case signers.RefusedSignature:
		known.kind = badSignature
	case signers.RefusedKey:
		known.kind = badID
	case signers.RefusedRate:
		known.kind, known.cause, known.sure = rights, "rate_limited", true
	case signers.RefusedRights:
		if general.kind != rights {
			known.kind, known.cause, known.sure = rights, "not_permitted", false
		}
	case signers.RefusedUnclear:
		if general.kind == accepted || general.cause == "not_permitted" || general.cause == "request_rejected" {
			known.kind, known.cause, known.sure = unclear, "", false
		}
	}
	if known.kind != rights {
		known.cause, known.sure, known.detail = "", false, ""
	}
	known.bare = !worded && c.Response.Status >= 400 && (known.cause == "not_permitted" || known.cause == "request_rejected")
	return known
}

// reword says in an answer what was signed and what should have been, and takes back what only a known window would prove.
func (w *programmed) reword(d *diagnosis, f *Finding) {
	f.Right, f.Signed = nil, nil
	if w.unknownWindow && len(f.Causes) > 0 && d.matched && ClassOf(f.Causes[0]) == "E" {
		f.Proved = f.Proved && f.Causes[0] != "clock_off" && f.Causes[0] != "local_time"
		f.Explanation = strings.Replace(f.Explanation, ", and the vendor takes "+roughly(d.stamp.window)+" either way", "", 1)
		f.Explanation = strings.Replace(f.Explanation, "; the vendor takes "+roughly(d.stamp.window)+" either way", "", 1)
	}
	if d.secret == "" || d.token || w.right == nil {
		return
	}
	text := func(a *attempt) []signers.Part {
		if a == nil || a.signer == nil {
			return nil
		}
		parts, err := a.signer.Canonical(&a.m, &a.at)
		if err != nil {
			return nil
		}
		return parts
	}
	last := w.last
	f.Right = text(w.right())
	if d.matched {
		f.Signed = f.Right
	} else if f.Proved {
		f.Signed = text(last)
	}
}
