//go:build go1.21

package main

import (
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// optionsPage describes the options that all vendors share. It is an absolute address, since pages are also read
// outside the site.
const optionsPage = "https://github.com/vendorsign/vendorsign/blob/main/docs/options.md"

// page is the page of one preset. Every page has all sections, so that readers find the same thing in the same
// place. Each section has a function below. p must load: traits are those of its signer.
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
	// Empty paragraphs are left out, such as tokenWords of a preset without a token.
	section := func(title string, paragraphs ...string) {
		fmt.Fprintf(&b, "\n## %s\n", title)
		for _, text := range paragraphs {
			if text = strings.TrimSpace(text); text != "" {
				fmt.Fprintf(&b, "\n%s\n", text)
			}
		}
	}
	// A hint for readers who are about to edit the page itself.
	fmt.Fprintf(&b, "<!-- Made by go generate from signers/presets/%s.json: change that file, not this one. -->\n", p.Name)
	fmt.Fprintf(&b, "# %s\n\n%s\n", p.Title, opening(p, traits))
	section("Keys", p.Docs)
	section("Caddy", fenced("caddyfile", e.caddyfile()))
	section("Traefik", fenced("yaml", e.labels()))
	section("Options", optionTable(p), "All vendors also have [the common options]("+optionsPage+"), such as `allow` and `max_body`.")
	section("What is signed", tokenWords(p), signedWords(p, traits), fenced("text", strings.Join(p.Operations, "\n")), explained(p),
		"See the [reference of operations](../operations.md).")
	section("Credential endpoints", guardWords(p))
	section("Limits", limits(p, traits))
	section("Rotation",
		"Replace the secret's file, or give the gateway [both credentials for a while](../rotation.md#two-credentials-for-a-while).")
	section("Errors", refusalTable(p),
		"Answers of type `application/problem+json` come from the gateway, not from the vendor: see [problems](../problems.md).")
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

// opening is the first paragraph: whether the secret stays in the gateway or is sent, and whether the vendor retires
// the API. An operator must know this before anything else.
//
//	The preset `veracode` signs with `api_key`, which stays in the gateway.
//	The preset `sophos` fetches a token with `client_secret` and sends the token with each request: ...
func opening(p *presets.Preset, traits signers.Traits) string {
	text := "The [preset](../presets.md) `" + p.Name + "` signs with " + secrets(p) + ", which stays in the gateway."
	if traits.SendsSecret {
		text = "The [preset](../presets.md) `" + p.Name + "` sends " + secrets(p) + " itself: anyone who can read a request to the vendor has it."
	}
	// Neither sentence above fits a preset with a token: the secret goes to the token service, and the token to the
	// vendor.
	if len(ways(p)) > 0 {
		text = "The [preset](../presets.md) `" + p.Name + "` " + tokenOpening(p)
	}
	if p.Page != "" {
		text += " [The vendor's page on authentication](" + p.Page + ")."
	}
	// Such a preset still loads, with a warning.
	if p.Ended != "" {
		text += "\n\nThe vendor retires this API on " + p.Ended + "."
	}
	return text
}

// signedWords says whether the body is signed, and so read first, and which headers of clients are removed.
// Nothing for a preset without operations.
//
//	The body is not signed, so it streams. Headers removed from the client's request: ...
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
			text = "No signature is sent, only the token. Bodies stream."
		}
	case traits.Body == signers.NoBody && traits.SendsSecret:
		text = "No signature is sent, only the secret itself. Bodies stream."
	// The number is that of the file, or of an operation with first.
	case traits.BodyFirst > 0:
		text = fmt.Sprintf("The first %d bytes of the body are signed; the rest streams.", traits.BodyFirst)
	case traits.Body != signers.NoBody:
		text = "The body is signed: the gateway reads it, up to `max_body`, before it sends the request."
	}
	if len(traits.Owns) > 0 {
		text += " Headers removed from the client's request: " + codes(traits.Owns) + "."
	}
	return text
}

// codes are names as code, separated by commas. There must be at least one.
func codes(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// explained describes each operation in words. The numbers are the line numbers of error messages.
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
	// A preset without guards needs a reason, too: the vendor may have no such endpoints, or none was found.
	if len(p.Guards) == 0 {
		parts = append(parts, "The preset has no guards; [Keys](#keys) gives the reason, if it is known.")
	} else {
		var lines []string
		for _, guard := range p.Guards {
			lines = append(lines, "* "+code(guard))
		}
		// Every spelling: guards are compared with each reading of a path that a server may take it for.
		parts = append(parts, "These endpoints and everything below them are closed unless `allow_credential_endpoints` is set, "+
			"in every spelling and even if `allow` permits them. [Keys](#keys) gives the reasons.", strings.Join(lines, "\n"))
	}
	// Neither guards nor the operator's rules can see there what a request does.
	if p.Multiplexed {
		paths := p.ClosedPaths()
		parts = append(parts, "Closed unless `allow_multiplexed` is set: "+codes(paths)+". A parameter or the body selects what a "+
			"request does there, so neither these guards nor `allow` can see it.")
	}
	if len(p.GuardVectors.Refused) > 0 {
		parts = append(parts, "Refused, for example: "+codes(p.GuardVectors.Refused)+".")
	}
	if len(p.GuardVectors.Passed) > 0 {
		parts = append(parts, "Open, for example: "+codes(p.GuardVectors.Passed)+".")
	}
	return strings.Join(parts, "\n\n")
}

// limits lists hosts, the probe, the window of dates, nonces and hidden headers. It also names what the author
// looked for and did not find: readers would otherwise think that it was forgotten.
func limits(p *presets.Preset, traits signers.Traits) string {
	lines := []string{"* Hosts: " + hostWords(p)}
	// The operator must then tell probe what to call.
	if p.Probe == "" || p.Probe == "unknown" {
		lines = append(lines, "* No harmless call is known: `vendorsign probe "+p.Name+"` needs `--target`.")
	} else {
		lines = append(lines, "* `vendorsign probe "+p.Name+"` calls "+code(p.Probe)+".")
	}
	// A scheme without a date does not depend on the clock.
	if strings.Contains(strings.Join(p.Operations, ""), "[[now") {
		if p.Window == "" || p.Window == "unknown" {
			lines = append(lines, "* How far the gateway's clock may be off is unknown.")
		} else {
			lines = append(lines, "* The vendor accepts a date that is up to "+p.Window+" off.")
		}
	}
	// A retry counts as an attempt, too.
	if traits.Nonce != "" {
		lines = append(lines, "* Each attempt has its own nonce ("+code(traits.Nonce)+").")
	}
	if len(p.Hides) > 0 {
		lines = append(lines, "* Response headers that clients do not get: "+codes(p.Hides)+".")
	}
	return strings.Join(lines, "\n")
}

// hostWords says which hosts the preset knows, and what happens with another one.
func hostWords(p *presets.Preset) string {
	switch {
	case len(p.Hosts) == 0:
		return "not known in advance, so the gateway cannot detect a mistyped `host`."
	case p.HostsOnly:
		return codes(p.Hosts) + ", and no others."
	}
	return codes(p.Hosts) + ". Any other `host` loads with a warning."
}

// proofs explain the word proof of a file.
var proofs = map[string]string{
	"published": "Proof: published. The preset reproduces a value that the vendor published.",
	"client":    "Proof: client. The preset reproduces a working client's value, or follows its code.",
	"derived": "Proof: derived. The operations follow the vendor's documentation; there was no value of the vendor's or of a client's to " +
		"compare with.",
}

// proofWords explains the proof and the vectors. A preset that passes its own vectors may still be wrong about the
// vendor.
func proofWords(p *presets.Preset) string {
	return fmt.Sprintf("%s Revision %d has %d test requests with their expected results, which the gateway checks before it uses the "+
		"preset. They prove that the preset is consistent, not that it is right about the vendor: send one request with "+
		"`vendorsign probe` before you rely on it.",
		proofs[p.Proof], p.Revision, len(p.Vectors))
}
