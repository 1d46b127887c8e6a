package diagnose

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/program"
)

// ownScheme is the scheme of a configuration that has operations or a preset file of its own, and the
// case with its options by their names. Options and secrets of custom come as options.NAME and
// secrets.NAME.
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

// newProgrammed reads a preset's operations, and the case's options for them: those that are missing
// get examples, so that the program can be bound. It fails for operations that do not compile.
func newProgrammed(p *presets.Preset, c *Case) (*programmed, error) {
	w := &programmed{nonce: p.Nonce, owns: p.Owns, hosts: p.Hosts, values: make(map[string][]string)}
	w.window, _ = time.ParseDuration(p.Window)
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
	w.inTarget = make(map[string]bool)
	for i, line := range p.Operations {
		switch verb, rest, _ := strings.Cut(strings.TrimSpace(line), " "); strings.TrimSuffix(verb, "?") {
		case "let", "header":
			w.operations = append(w.operations, line)
		case "query":
			name, _, _ := strings.Cut(rest, "=")
			w.inTarget[strings.TrimSpace(name)] = slices.ContainsFunc(p.Operations[i+1:], targetUsed.MatchString)
		}
	}
	secret := secretsOf(p)
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
		*c = *c.without(secret)
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

// targetUsed is an operation that uses the query or the target.
var targetUsed = regexp.MustCompile(`\[\[\s*(?:query|target)\b`)

// sampleValues gives options without a value one that the program takes. Samples only make the program
// run: without the secret no signature is compared, and an ID without a configured value is not judged.
func (w *programmed) sampleValues(p *presets.Preset) {
	w.required, w.scheme = make(map[string]bool), p.Scheme().Options
	for _, o := range w.scheme {
		w.required[o.Name] = o.Required
		if len(w.values[o.Name]) == 0 && o.Required {
			w.values[o.Name] = []string{o.Sample}
		}
	}
}

// profile is what vendors.json says of other vendors, as far as the operations show it: the first
// secret, the first required option that is not secret, the headers, the digest.
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
	own.Minutes = int(w.window / time.Minute)
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
