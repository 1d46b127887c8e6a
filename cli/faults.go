package cli

import (
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// examined is a block while its faults are looked for.
type examined struct{ *config.Reading }

// examine finds what the gateway would refuse, and with referencesOnly also secrets that are written
// out. It looks at one block; what routes do is examined elsewhere. In this order:
//
//	Fill            unknown options, wrong types                        (package config)
//	forDialect      what only this gateway refuses
//	shown           Secrets of Kubernetes that Traefik would show
//	doubts          references of other tools, odd secrets
//	secrets         secrets that are written out, with --references-only
//	Check           what outbound.Check refuses of the values
//	doubtsOfScheme  what a gateway would log when it loads the scheme
func examine(b config.Block, referencesOnly bool) []config.Fault {
	x := examined{config.NewReading(b)}
	meant := x.Fill()
	x.forDialect()
	x.shown(referencesOnly)
	x.doubts()
	if referencesOnly {
		x.secrets()
	}
	// An option that was misspelt or has a wrong value gets an example, so that the checks below do not report it as
	// missing, too.
	for _, s := range meant {
		x.Assume(s)
	}
	x.Check()
	x.doubtsOfScheme()
	return x.Found
}

// doubtsOfScheme warns of what a gateway would log when it loads the scheme: a host that is not the
// vendor's or contradicts other options, a secret in the query, a vendor that has ended it.
func (x examined) doubtsOfScheme() {
	for _, doubt := range outbound.Doubts(x.Block.Vendor, x.Values) {
		x.Warn(x.At(doubt), x.Block.Vendor+": "+doubt.Text)
	}
}

// forDialect finds what only one gateway refuses: a transport without TLS in Caddy, variables that
// Traefik's plugin does not read.
func (x examined) forDialect() {
	x.auditFaults()
	x.placeholders()
	switch x.Dialect {
	case config.InTransport:
		switch {
		case x.Values.Flag("insecure_upstream"), x.Values.Has("credentials_file"): // the file may have insecure_upstream, too
		case x.TLS.Shape != config.Table:
			x.Fault(x.Entry, "the upstream is plain http, where anyone can read the credential; use https or set insecure_upstream")
		case x.TLS.Get("insecure_skip_verify").Text == "true":
			x.Fault(x.Entry, "tls_insecure_skip_verify would send the credential to anyone; trust the issuer or set insecure_upstream")
		}
	case config.InTraefik:
		for _, s := range x.All {
			e, ok := x.Given[s.Name]
			switch {
			case !ok || !x.Values.Has(s.Name):
			case s.Name == "explain_header":
				x.Fault(e, s.Name+" is for Caddy; here observe writes explanations to the log")
			case s.Verbatim:
				x.Fault(e, s.Name+" is for the operator's files only, not for labels")
			case s.Name == "audit_file" && !config.Unknown(e.Value.Text) && !credentials.IsAuditName(e.Value.Text):
				x.Fault(e, s.Name+" must be the name of a file, of letters, digits, points, hyphens and underscores, without a folder")
			}
		}
		for _, e := range x.Leaves() {
			switch text := e.Value.Text; {
			case foreign(text):
				x.Fault(e.Entry, "environment variables are read only if their name begins with "+credentials.VarPrefix)
			case relative(text):
				x.Fault(e.Entry, e.Called()+": the path of a file must be absolute")
			}
		}
	}
}

// placeholders finds what is in braces and never filled in.
func (x examined) placeholders() {
	if x.Dialect != config.InTraefik {
		for _, f := range outbound.Unfillable(x.All, x.Values) {
			x.Fault(x.At(f), f.Text)
		}
		return
	}
	for _, e := range x.Leaves() {
		for _, text := range e.Value.Texts() {
			switch {
			case credentials.Nameless(text) && !foreign(text):
				x.Fault(e.Entry, e.Called()+": the reference has no name; write env:NAME or file:/path")
			case x.literalBraces(e, text):
				x.Warn(e.Entry, x.Spell(e.Called())+": it is not a reference, and is used as it is, with its braces; write env:NAME or file:/path")
			}
		}
	}
}

// literalBraces reports whether a text of Traefik's is in braces and yet no reference. A template is filled in before.
func (x examined) literalBraces(e config.Leaf, text string) bool {
	o := e.Option
	return (o.Name == "" || o.IsText() || o.Kind == signers.List) && o.Kind != signers.Document && o.Kind != signers.File && !o.Verbatim &&
		strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "{{") && !strings.Contains(text, config.ComposeValue) &&
		credentials.Unfillable(text) &&
		credentials.Misspelt(text, true) == nil
}

// auditFaults finds options of audit that the gateway would refuse.
func (x examined) auditFaults() {
	fault := outbound.AuditFault(outbound.PolicyOf(x.Values), x.Dialect == config.InTraefik)
	if fault == "" {
		return
	}
	for _, name := range []string{"audit_output", "audit_file", "audit"} {
		if e, ok := x.Given[name]; ok {
			x.Fault(e, x.Spell(fault))
			return
		}
	}
}

// foreign reports whether a value refers to a variable that Traefik's plugin does not read.
func foreign(value string) bool {
	name, ok := strings.CutPrefix(strings.TrimPrefix(value, "{"), "env")
	return ok && config.References.Is(value) && !strings.HasPrefix(name[1:], credentials.VarPrefix)
}

// relative reports whether a value refers to a file without its whole path: Traefik's plugin reads files in one folder only.
func relative(value string) bool {
	path, short := strings.CutPrefix(value, "file:")
	if !short {
		path, _ = strings.CutPrefix(strings.TrimSuffix(value, "}"), "{file.")
	}
	return path != value && path != "" && config.References.Is(value) && !strings.ContainsAny(path[:1], "/{$")
}

// doubts finds references of other tools, and secrets that are written out and odd.
func (x examined) doubts() {
	for _, e := range x.Leaves() {
		text := e.Value.Text
		if err := credentials.Misspelt(text, true); err == nil && x.Dialect != config.InTraefik {
			if err = credentials.Misspelt(text, false); err != nil {
				x.Fault(e.Entry, e.Called()+": "+err.Error())
			}
		}
		s := e.Option
		if !s.Secret || text == "" || strings.Contains(text, "{") || config.References.Is(text) {
			continue
		}
		if doubt := signers.Doubt(s.Name, text); doubt != "" {
			x.Warn(e.Entry, x.Spell(doubt))
		}
	}
}

// shown reports Secrets of Kubernetes that Traefik itself inserts.
func (x examined) shown(referencesOnly bool) {
	for _, e := range x.Leaves() {
		switch {
		case !strings.HasPrefix(e.Value.Text, config.KubernetesValue):
		case !x.Manifest || x.Dialect != config.InTraefik:
			x.Fault(e.Entry, config.KubernetesValue+" works only in Traefik's manifests for Kubernetes; here write file:/path or env:NAME")
		case referencesOnly:
			x.Fault(e.Entry, "Traefik puts the Secret's value into its configuration, which its API shows; mount the Secret and write file:/path")
		}
	}
}

// secrets finds those that are written out. A reference, a placeholder or a Secret of Kubernetes is
// none.
func (x examined) secrets() {
	for _, e := range x.Leaves() {
		text := e.Value.Text
		if e.Option.Secret && strings.Contains(text, config.ComposeDefault) {
			x.Fault(e.Entry, e.Called()+": the variable's default is written out; refer to a file or a variable")
			continue
		}
		if e.Option.Secret && text != "" && !strings.Contains(text, "{") && !strings.HasPrefix(text,
			config.KubernetesValue) && !config.References.Is(text) {
			x.Fault(e.Entry, e.Called()+" is written out; refer to a file or a variable")
		}
	}
}
