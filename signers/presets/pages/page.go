//go:build go1.21

package main

import (
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// optionsPage describes the options that all vendors share. An address and not a relative link, as pages are also
// read outside of the site.
const optionsPage = "https://github.com/vendorsign/vendorsign/blob/main/docs/options.md"

// page is the page of one preset. Every page has all sections, so that readers find the same thing in the same
// place. What a section says is in the functions below, one for each. p must load: traits are of a signer that was
// made of it.
//
//	Keys                  what to create at the vendor: docs of the file
//	Caddy, Traefik        complete examples (example.go)
//	Options               optionTable
//	What is signed        signedWords, the operations, and each in words
//	Credential endpoints  guardWords
//	Limits                limits
//	Rotation, Errors      refusalTable
//	How sure this is      proofWords, and the source of each fact
func page(p *presets.Preset, traits signers.Traits) string {
	e := newExample(p)
	var b strings.Builder
	// An empty paragraph is left out, as the one on tokens of a preset without one.
	section := func(title string, paragraphs ...string) {
		fmt.Fprintf(&b, "\n## %s\n", title)
		for _, text := range paragraphs {
			if text = strings.TrimSpace(text); text != "" {
				fmt.Fprintf(&b, "\n%s\n", text)
			}
		}
	}
	// A hint for whoever is about to correct the page itself.
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

// secrets are the names of a preset's secret options, for a sentence: "`client_secret` and `private_key`".
func secrets(p *presets.Preset) string {
	var names []string
	for _, o := range p.Options {
		// As the file orders them.
		if o.Secret {
			names = append(names, code(o.Name))
		}
	}
	return strings.Join(names, " and ")
}

// opening is the first paragraph: whether the secret stays in the gateway or goes out, and what the vendor has
// ended. It is what an operator must know before anything else.
//
//	The preset `veracode` signs with `api_key`, which stays in the gateway.
//	The preset `sophos` fetches a token with `client_secret`, and sends the token: whoever can read ...
func opening(p *presets.Preset, traits signers.Traits) string {
	text := "The [preset](../presets.md) `" + p.Name + "` signs with " + secrets(p) + ", which stays in the gateway."
	if traits.SendsSecret {
		text = "The [preset](../presets.md) `" + p.Name + "` sends " + secrets(p) + " itself: whoever can read a request to the vendor has it."
	}
	// With a token neither sentence above is right: the secret goes to the token service, and the token to the
	// vendor.
	if len(ways(p)) > 0 {
		text = "The [preset](../presets.md) `" + p.Name + "` " + tokenOpening(p)
	}
	if p.Page != "" {
		text += " [The vendor's page on authentication](" + p.Page + ")."
	}
	// Such a preset still loads, with a warning.
	if p.Ended != "" {
		text += "\n\nThe vendor has ended this on " + p.Ended + "."
	}
	return text
}

// signedWords says whether the body is signed, and so read first, and which headers of clients are removed.
// Nothing for a preset without operations.
//
//	The body is not signed, so it streams. A client's own `Authorization` is removed.
func signedWords(p *presets.Preset, traits signers.Traits) string {
	if len(p.Operations) == 0 {
		return ""
	}
	text := "The body is not signed, so it streams."
	switch {
	// The vendor takes a token. Most such presets sign nothing at all.
	case traits.Body == signers.NoBody && len(ways(p)) > 0:
		// With a token and a hash in the operations, something is signed after all.
		if !strings.Contains(strings.Join(p.Operations, ""), "sha") {
			text = "Nothing is signed: the vendor takes the token. Bodies stream."
		}
	case traits.Body == signers.NoBody && traits.SendsSecret:
		text = "Nothing is signed: the vendor takes the secret itself. Bodies stream."
	// The number is that of the file, or of an operation with first.
	case traits.BodyFirst > 0:
		text = fmt.Sprintf("The first %d bytes of the body are signed; the rest streams.", traits.BodyFirst)
	case traits.Body != signers.NoBody:
		text = "The body is signed: it is read first, up to `max_body`, and sent then."
	}
	if len(traits.Owns) > 0 {
		text += " A client's own " + codes(traits.Owns) + " is removed."
		if len(traits.Owns) > 1 {
			// The plural of the same sentence.
			text = strings.TrimSuffix(text, " is removed.") + " are removed."
		}
	}
	return text
}

// codes are names as code, separated by commas. There must be one at least.
func codes(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// explained numbers the operations and says each in words, as line numbers of errors do.
func explained(p *presets.Preset) string {
	var lines []string
	for i, operation := range p.Operations {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, inWords(operation)))
	}
	return strings.Join(lines, "\n")
}

// guardWords lists what is closed by default, with requests that are refused and that pass. The requests are the
// guard vectors, which tests send through the guards.
func guardWords(p *presets.Preset) string {
	var parts []string
	// That nothing is closed needs a reason, too: the vendor may have no such endpoints, or nobody has found them.
	if len(p.Guards) == 0 {
		parts = append(parts, "None is closed; [Keys](#keys) says why, as far as that is known.")
	} else {
		var lines []string
		for _, guard := range p.Guards {
			lines = append(lines, "* "+code(guard))
		}
		// Every spelling: guards are compared with each reading of a path that a server may take it for.
		parts = append(parts, "Closed until `allow_credential_endpoints` is set, in every spelling and with everything below them, also "+
			"under a wide `allow`; [Keys](#keys) says why:", strings.Join(lines, "\n"))
	}
	// Neither guards nor rules of the operator can tell there what a request does.
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

// limits lists hosts, the probe, the window of dates, nonces and hidden headers. What the author has looked for
// and not found is said, too: a reader would otherwise take it for forgotten.
func limits(p *presets.Preset, traits signers.Traits) string {
	lines := []string{"* Hosts: " + hostWords(p)}
	// probe must then be told what it may call.
	if p.Probe == "" || p.Probe == "unknown" {
		lines = append(lines, "* No harmless call is known: `vendorsign probe "+p.Name+"` needs `--target`.")
	} else {
		lines = append(lines, "* `vendorsign probe "+p.Name+"` calls "+code(p.Probe)+".")
	}
	// A scheme without a date does not depend on the clock.
	if strings.Contains(strings.Join(p.Operations, ""), "[[now") {
		if p.Window == "" || p.Window == "unknown" {
			lines = append(lines, "* How far the clock may be off is unknown.")
		} else {
			lines = append(lines, "* The vendor takes a date that is up to "+p.Window+" off.")
		}
	}
	// A retry is a request of its own, too.
	if traits.Nonce != "" {
		lines = append(lines, "* Each attempt has a nonce of its own ("+code(traits.Nonce)+").")
	}
	if len(p.Hides) > 0 {
		lines = append(lines, "* Clients do not get these headers of an answer: "+codes(p.Hides)+".")
	}
	return strings.Join(lines, "\n")
}

// hostWords says which hosts the preset knows, and what happens with another one.
func hostWords(p *presets.Preset) string {
	switch {
	case len(p.Hosts) == 0:
		return "yours; none is known in advance, so a mistyped `host` is not noticed."
	case p.HostsOnly:
		return codes(p.Hosts) + ", and no others."
	}
	return codes(p.Hosts) + ". Another one is loaded with a warning."
}

// proofs say how a preset is proved, by the word in its file.
var proofs = map[string]string{
	"published": "Proof: published. A value that the vendor published comes out.",
	"client":    "Proof: client. A value of a working client comes out, or its code was read.",
	"derived": "Proof: derived. The operations follow the vendor's documentation; no value of the vendor's or of a client was there to " +
		"compare with.",
}

// proofWords says what the proof and the vectors are worth. A preset that passes its own vectors may still be
// wrong about the vendor.
func proofWords(p *presets.Preset) string {
	return fmt.Sprintf("%s Revision %d has %d requests with what must come out, which are signed before the preset is used. That proves "+
		"that the preset is consistent, and not that the vendor signs so: try it with `vendorsign probe` before you rely on it.",
		proofs[p.Proof], p.Revision, len(p.Vectors))
}
