package cli

import (
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// examined is a block while its faults are looked for.
type examined struct{ *blockReading }

// examine finds what the gateway would refuse, and with referencesOnly also secrets that are written out.
func examine(b block, referencesOnly bool) []fault {
	x := examined{newReading(b)}
	meant := x.fill()
	x.forDialect()
	x.shown(referencesOnly)
	x.doubts()
	if referencesOnly {
		x.secrets()
	}
	for _, s := range meant {
		x.assume(s)
	}
	x.check()
	return x.found
}

// variablePrefix is what names of variables begin with that Traefik's plugin reads: who writes a label is not always
// the operator.
const variablePrefix = "VENDORSIGN_"

// forDialect finds what only one gateway refuses.
func (x examined) forDialect() {
	switch x.dialect {
	case inTransport:
		switch {
		case x.policy.InsecureUpstream, x.policy.CredentialsFile != "": // the file may have insecure_upstream, too
		case x.tls.shape != isTable:
			x.fault(x.entry, "the upstream is plain http, where anybody can read the credential; use https or set insecure_upstream")
		case x.tls.get("insecure_skip_verify").text == "true":
			x.fault(x.entry, "tls_insecure_skip_verify would send the credential to anybody; trust the issuer or set insecure_upstream")
		}
	case inTraefik:
		for _, s := range x.settings {
			e, ok := x.given[s.Name]
			if ok && (s.Name == "explain_header" && x.policy.ExplainHeader || s.Name == "audit" && x.policy.Audit != "") {
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

func foreign(value string) bool {
	name, ok := strings.CutPrefix(strings.TrimPrefix(value, "{"), "env")
	return ok && (outbound.References{Short: true}).Is(value) && !strings.HasPrefix(name[1:], variablePrefix)
}

// doubts finds references of other tools, and secrets that are written out and odd.
func (x examined) doubts() {
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

// shown is about Secrets of Kubernetes that Traefik itself puts in.
func (x examined) shown(referencesOnly bool) {
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
func (x examined) secrets() {
	for _, e := range x.leaves() {
		text := e.value.text
		if s, ok := x.find(e.key); ok && s.Secret && text != "" && !strings.Contains(text, "{") && !strings.HasPrefix(text, kubernetesValue) && !(outbound.References{Short: true}).Is(text) {
			x.fault(e, s.Name+" is written out; refer to a file or a variable")
		}
	}
}
