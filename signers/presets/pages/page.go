//go:build go1.21

package main

import (
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// optionsPage describes the options that all vendors share.
const optionsPage = "https://github.com/vendorsign/vendorsign/blob/main/docs/options.md"

// page is the page of one preset.
func page(p *presets.Preset, traits signers.Traits) string {
	e := newExample(p)
	var b strings.Builder
	section := func(title string, paragraphs ...string) {
		fmt.Fprintf(&b, "\n## %s\n", title)
		for _, text := range paragraphs {
			if text = strings.TrimSpace(text); text != "" {
				fmt.Fprintf(&b, "\n%s\n", text)
			}
		}
	}
	fmt.Fprintf(&b, "<!-- Made by go generate from signers/presets/%s.json: change that file, not this one. -->\n", p.Name)
	fmt.Fprintf(&b, "# %s\n\n%s\n", p.Title, opening(p, traits))
	section("Keys", p.Docs)
	section("Caddy", fenced("caddyfile", e.caddyfile()))
	section("Traefik", fenced("yaml", e.labels()))
	section("Options", optionTable(p), "The options of all vendors (`allow`, `max_body`, ...) are on [their own page]("+optionsPage+").")
	section("What is signed", tokenWords(p), signedWords(p, traits), fenced("text", strings.Join(p.Operations, "\n")), explained(p),
		"The [operations](../operations.md) have a page of their own.")
	section("Credential endpoints", guardWords(p))
	section("Limits", limits(p, traits))
	section("Rotation", "Replace the file, or give the gateway [both credentials for a while](../rotation.md#two-credentials-for-a-while).")
	section("Errors", refusalTable(p), "An answer of the type `application/problem+json` is the gateway's own: [problems](../problems.md).")
	section("How sure this is", proofWords(p), p.Evidence, sourceTable(p))
	return b.String()
}

// fenced is a block of code in Markdown.
func fenced(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```"
}

// secrets are the names of a preset's secret options, for a sentence.
func secrets(p *presets.Preset) string {
	var names []string
	for _, o := range p.Options {
		if o.Secret {
			names = append(names, code(o.Name))
		}
	}
	return strings.Join(names, " and ")
}

// opening is the first paragraph: whether the secret stays in the gateway or goes out, and what the vendor has ended.
func opening(p *presets.Preset, traits signers.Traits) string {
	text := "The [preset](../presets.md) `" + p.Name + "` signs with " + secrets(p) + ", which stays in the gateway."
	if traits.SendsSecret {
		text = "The [preset](../presets.md) `" + p.Name + "` sends " + secrets(p) + " itself: whoever can read a request to the vendor has it."
	}
	if len(ways(p)) > 0 {
		text = "The [preset](../presets.md) `" + p.Name + "` " + tokenOpening(p)
	}
	if p.Page != "" {
		text += " [The vendor's page on authentication](" + p.Page + ")."
	}
	if p.Ended != "" {
		text += "\n\nThe vendor has ended this on " + p.Ended + "."
	}
	return text
}

// signedWords says whether the body is signed, and so read first, and which headers of clients are removed.
func signedWords(p *presets.Preset, traits signers.Traits) string {
	if len(p.Operations) == 0 {
		return ""
	}
	text := "The body is not signed, so it streams."
	switch {
	case traits.Body == signers.NoBody && len(ways(p)) > 0:
		if !strings.Contains(strings.Join(p.Operations, ""), "sha") {
			text = "Nothing is signed: the vendor takes the token. Bodies stream."
		}
	case traits.Body == signers.NoBody && traits.SendsSecret:
		text = "Nothing is signed: the vendor takes the secret itself. Bodies stream."
	case traits.BodyFirst > 0:
		text = fmt.Sprintf("The first %d bytes of the body are signed; the rest streams.", traits.BodyFirst)
	case traits.Body != signers.NoBody:
		text = "The body is signed: it is read first, up to `max_body`, and sent then."
	}
	if len(traits.Owns) > 0 {
		text += " A client's own " + codes(traits.Owns) + " is removed."
		if len(traits.Owns) > 1 {
			text = strings.TrimSuffix(text, " is removed.") + " are removed."
		}
	}
	return text
}

// codes are names as code, separated by commas.
func codes(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// explained numbers the operations and says each in words.
func explained(p *presets.Preset) string {
	var lines []string
	for i, operation := range p.Operations {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, inWords(operation)))
	}
	return strings.Join(lines, "\n")
}

// guardWords lists what is closed by default, with requests that are refused and that pass.
func guardWords(p *presets.Preset) string {
	var parts []string
	if len(p.Guards) == 0 {
		parts = append(parts, "None is closed; [Keys](#keys) says why, as far as that is known.")
	} else {
		var lines []string
		for _, guard := range p.Guards {
			lines = append(lines, "* "+code(guard))
		}
		parts = append(parts, "Closed until `allow_credential_endpoints` is set, in every spelling and with everything below them, also "+
			"under a wide `allow`; [Keys](#keys) says why:", strings.Join(lines, "\n"))
	}
	if p.Multiplexed {
		paths := p.ClosedPaths()
		parts = append(parts, "Closed until `allow_multiplexed` is set: "+codes(paths)+". What a request does there is in a parameter or "+
			"in its body, so neither these guards nor `allow` can tell.")
	}
	if len(p.GuardVectors.Refused) > 0 {
		parts = append(parts, "Refused, for example: "+codes(p.GuardVectors.Refused)+".")
	}
	if len(p.GuardVectors.Passed) > 0 {
		parts = append(parts, "Open, for example: "+codes(p.GuardVectors.Passed)+".")
	}
	return strings.Join(parts, "\n\n")
}

// limits lists hosts, the probe, the window of dates, nonces and hidden headers.
func limits(p *presets.Preset, traits signers.Traits) string {
	lines := []string{"* Hosts: " + hostWords(p)}
	if p.Probe == "" || p.Probe == "unknown" {
		lines = append(lines, "* No harmless call is known: `vendorsign probe "+p.Name+"` needs `--target`.")
	} else {
		lines = append(lines, "* `vendorsign probe "+p.Name+"` calls "+code(p.Probe)+".")
	}
	if strings.Contains(strings.Join(p.Operations, ""), "[[now") {
		if p.Window == "" || p.Window == "unknown" {
			lines = append(lines, "* How far the clock may be off is unknown.")
		} else {
			lines = append(lines, "* The vendor takes a date that is up to "+p.Window+" off.")
		}
	}
	if traits.Nonce != "" {
		lines = append(lines, "* Each attempt has a nonce of its own ("+code(traits.Nonce)+").")
	}
	if len(p.Hides) > 0 {
		lines = append(lines, "* Clients do not get these headers of an answer: "+codes(p.Hides)+".")
	}
	return strings.Join(lines, "\n")
}

func hostWords(p *presets.Preset) string {
	switch {
	case len(p.Hosts) == 0:
		return "yours; none is known in advance, so a mistyped `host` is not noticed."
	case p.HostsOnly:
		return codes(p.Hosts) + ", and no others."
	}
	return codes(p.Hosts) + ". Another one is loaded with a warning."
}

// proofs say how a preset is proved.
var proofs = map[string]string{
	"published": "Proof: published. A value that the vendor published comes out.",
	"client":    "Proof: client. A value of a working client comes out, or its code was read.",
	"derived": "Proof: derived. The operations follow the vendor's documentation; no value of the vendor's or of a client was there to " +
		"compare with.",
}

func proofWords(p *presets.Preset) string {
	return fmt.Sprintf("%s Revision %d has %d requests with what must come out, which are signed before the preset is used. That proves "+
		"that the preset is consistent, and not that the vendor signs so: try it with `vendorsign probe` before you rely on it.",
		proofs[p.Proof], p.Revision, len(p.Vectors))
}
