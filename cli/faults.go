package cli

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// TransportOptions are the options that Caddy's HTTP transport has in JSON. Only a program with Caddy in it knows them.
var TransportOptions []string

// examined is a block while its faults are looked for. Nothing that it refers to is read: a reference is taken to
// become a good value.
type examined struct {
	block
	*options
	found []fault
	given map[string]entry // by the option's own name
}

// examine finds what the gateway would refuse, and with referencesOnly also secrets that are written out.
func examine(b block, referencesOnly bool) []fault {
	x := &examined{block: b, options: newOptions(b.vendor), given: make(map[string]entry)}
	meant := x.fill()
	x.forDialect()
	x.shown(referencesOnly)
	x.doubts()
	if referencesOnly {
		x.secrets()
	}
	for _, o := range meant {
		x.assume(o)
	}
	x.check()
	return x.found
}

func (x *examined) fault(e entry, what string) {
	x.found = append(x.found, fault{Line: e.line, Field: e.field, What: x.spell(what)})
}

// fill takes the options that are given and returns those that misspelt ones most likely stand for.
func (x *examined) fill() (meant []signers.Option) {
	for _, e := range x.block.given {
		s, ok := x.find(e.key)
		if !ok {
			if s, ok = x.unknown(e); ok {
				meant = append(meant, s)
			}
			continue
		}
		if first, twice := x.given[s.Name]; twice {
			x.fault(e, s.Name+" is given twice, first in line "+strconv.Itoa(first.line))
			continue
		}
		x.given[s.Name] = e
		if what := x.set(s, e.value); what != "" {
			x.fault(e, what)
			meant = append(meant, s)
		}
	}
	return meant
}

// find is exact in Caddy. Traefik compares with the names of fields, in any case.
func (x *examined) find(key string) (signers.Option, bool) {
	if x.dialect == inTraefik {
		i := slices.IndexFunc(x.all, func(s signers.Option) bool {
			return strings.EqualFold(signers.Camel(s.Name), key)
		})
		if i < 0 {
			return signers.Option{}, false
		}
		return x.all[i], true
	}
	return signers.Find(x.all, key)
}

// unknown complains, and returns the option that its hint is about. Options of Caddy's own transport are no fault;
// without Caddy only a key that is nearly ours is.
func (x *examined) unknown(e entry) (signers.Option, bool) {
	options := x.all
	if x.dialect == inTraefik {
		options = signers.InCamel(x.all)
	}
	near, hinted := signers.Nearest(options, e.key)
	if x.dialect == inTransport && (slices.Contains(TransportOptions, e.key) || TransportOptions == nil && !hinted) {
		return signers.Option{}, false
	}
	x.found = append(x.found, fault{Line: e.line, Field: e.field, What: signers.Unknown(options, e.key).Text})
	i := slices.IndexFunc(options, func(o signers.Option) bool { return hinted && o.Name == near })
	if i < 0 {
		return signers.Option{}, false
	}
	return x.all[i], true
}

// forDialect finds what only one gateway refuses.
func (x *examined) forDialect() {
	switch x.dialect {
	case inTransport:
		switch {
		case x.values.Flag("insecure_upstream"), x.values.Has("credentials_file"): // the file may have insecure_upstream, too
		case x.tls.shape != isTable:
			x.fault(x.entry, "the upstream is plain http, where anybody can read the credential; use https or set insecure_upstream")
		case x.tls.get("insecure_skip_verify").text == "true":
			x.fault(x.entry, "tls_insecure_skip_verify would send the credential to anybody; trust the issuer or set insecure_upstream")
		}
	case inTraefik:
		for _, s := range x.all {
			e, ok := x.given[s.Name]
			if ok && ((s.Name == "explain_header" || s.Name == "audit") && x.values.Has(s.Name)) {
				x.fault(e, s.Name+" is for Caddy; here observe writes explanations to the log")
			}
		}
		for _, e := range x.leaves() {
			if foreign(e.value.text) {
				x.fault(e, "environment variables are read only if their name begins with "+variablePrefix)
			}
		}
	}
}

// variablePrefix is what names of variables begin with that Traefik's plugin reads: who writes a label is not always
// the operator.
const variablePrefix = "VENDORSIGN_"

func foreign(value string) bool {
	name, ok := strings.CutPrefix(strings.TrimPrefix(value, "{"), "env")
	return ok && (outbound.References{Short: true}).Is(value) && !strings.HasPrefix(name[1:], variablePrefix)
}

// leaves are the options that are given, and those in their blocks.
func (x *examined) leaves() (all []entry) {
	for _, e := range x.block.given {
		all = append(all, e)
		if s, ok := x.find(e.key); ok && s.Kind == signers.Block {
			all = append(all, inside(e)...)
		}
	}
	return all
}

// inside are the options of a block.
func inside(e entry) (all []entry) {
	for _, option := range e.value.table {
		if option.field == "" {
			option.field = join(e.field, option.key)
		}
		all = append(all, option)
	}
	return all
}

var word = regexp.MustCompile(`\w+`)

// below returns the option of a block that a fault names, or else the block.
func (x *examined) below(e entry, what string) entry {
	for _, option := range inside(e) {
		if slices.Contains(word.FindAllString(what, -1), option.key) {
			return option
		}
	}
	return e
}

// doubts finds references of other tools, and secrets that are written out and odd.
func (x *examined) doubts() {
	for _, e := range x.leaves() {
		text := e.value.text
		if err := outbound.Misspelt(text, true); err == nil && x.dialect != inTraefik {
			if err = outbound.Misspelt(text, false); err != nil {
				x.fault(e, x.named(e)+": "+err.Error())
			}
		}
		s, ok := x.find(e.key)
		if !ok || !s.Secret || strings.Contains(text, "{") || (outbound.References{Short: true}).Is(text) {
			continue
		}
		if doubt := signers.Doubt(s.Name, text); doubt != "" {
			x.found = append(x.found, fault{Line: e.line, Level: levelWarning, Field: e.field, What: x.spell(doubt)})
		}
	}
}

// named is an option's name, as messages have it.
func (x *examined) named(e entry) string {
	if s, ok := x.find(e.key); ok {
		return s.Name
	}
	return e.key
}

// shown is about Secrets of Kubernetes that Traefik itself puts in.
func (x *examined) shown(referencesOnly bool) {
	for _, e := range x.leaves() {
		switch {
		case !strings.HasPrefix(e.value.text, kubernetesValue):
		case !x.manifest || x.dialect != inTraefik:
			x.fault(e, kubernetesValue+" is known in Traefik's manifests for Kubernetes only; here write file:/path or env:NAME")
		case referencesOnly:
			x.fault(e, "Traefik puts the Secret's value into its configuration, which its API shows; mount the Secret and write file:/path")
		}
	}
}

// secrets finds those that are written out.
func (x *examined) secrets() {
	for _, e := range x.leaves() {
		text := e.value.text
		if s, ok := x.find(e.key); ok && s.Secret && text != "" && !strings.Contains(text, "{") && !strings.HasPrefix(text, kubernetesValue) && !(outbound.References{Short: true}).Is(text) {
			x.fault(e, s.Name+" is written out; refer to a file or a variable")
		}
	}
}

// assume gives an option a value that will do, or takes it away.
func (x *examined) assume(o signers.Option) {
	for name := range x.values {
		if strings.HasPrefix(name, o.Name+".") {
			delete(x.values, name)
		}
	}
	delete(x.values, o.Name)
	if example := o.Example(); example != "" {
		x.values[o.Name] = []string{example}
	}
}

// signer makes the block's signer. What is missing or wrong is assumed to be there; nil: nothing can be assumed.
func (x *examined) signer() signers.Signer {
	for range 10 {
		assumed := false
		for _, f := range outbound.Check(x.block.vendor, x.values) {
			if o, ok := signers.Find(x.all, f.Option); ok {
				x.assume(o)
				assumed = true
			}
		}
		if !assumed {
			break
		}
	}
	signer, err := x.options.exemplary().signer()
	if err != nil {
		return nil
	}
	return signer
}

// check tells what the gateway would refuse, once for each option.
func (x *examined) check() {
	told := make(map[string]bool)
	for _, f := range outbound.Check(x.block.vendor, x.values) {
		o, named := signers.Find(x.all, f.Option)
		if told[f.Option] && named {
			continue
		}
		told[f.Option] = true
		e, ok := x.given[f.Option]
		if !ok {
			e = x.entry
		}
		if o.Kind == signers.Block {
			e = x.below(e, x.spell(f.Text))
		}
		x.fault(e, f.Text)
	}
}

var snake = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)

// spell puts the options' names in Traefik's spelling.
func (x *examined) spell(text string) string {
	if x.dialect != inTraefik {
		return text
	}
	return snake.ReplaceAllStringFunc(text, func(word string) string {
		if _, ok := signers.Find(x.all, word); !ok {
			return word
		}
		return signers.Camel(word)
	})
}
