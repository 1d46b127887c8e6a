//go:build go1.21

package main

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// ways are the ways to fetch a preset's token, in the order of the file: the first that applies counts. There are
// none if the preset needs no token.
func ways(p *presets.Preset) []*tokens.Declaration {
	// "token": null in the file.
	if len(p.Token) == 0 || string(p.Token) == "null" {
		return nil
	}
	list, err := tokens.Parse(p.Token)
	if err != nil {
		return nil // the preset does not load, so it has no page
	}
	return list
}

// tokenOpening says what a preset with a token does with its secrets; it follows the preset's name. Several ways need
// one of the secrets, one way needs all of them: "or" and "and".
func tokenOpening(p *presets.Preset) string {
	// A secret that is itself sent with each request is in the last sentence, not among those that fetch the token.
	sent := revealed(p)
	var names []string
	for _, o := range p.Options {
		// Names are compared with spaces around them, or key would be found in api_key.
		if o.Secret && !strings.Contains(" "+strings.Join(sent, " ")+" ", " "+o.Name+" ") {
			names = append(names, code(o.Name))
		}
	}
	between := " and "
	if len(ways(p)) > 1 {
		between = " or "
	}
	text := "fetches a token with " + strings.Join(names, between) + " and sends the token with each request: anyone who " +
		"can read a request to the vendor has the token until it expires."
	if len(sent) > 0 {
		text += " Each request also contains " + codes(sent) + " itself."
	}
	return text
}

// revealedOption is an option that an operation sends: [[opt.key|reveal]], or with filters between. It does not
// find a let in between.
var revealedOption = regexp.MustCompile(`\[\[opt\.([a-z0-9_]+)[^\]]*\|reveal\]\]`)

// revealed are the options that each request to the vendor contains, in addition to the token.
func revealed(p *presets.Preset) []string {
	var names []string
	for _, found := range revealedOption.FindAllStringSubmatch(strings.Join(p.Operations, "\n"), -1) {
		names = append(names, found[1])
	}
	return names
}

// tokenWords lists the requests that fetch a token, one line for each way, so that an operator knows which hosts
// the gateway must reach.
//
//   - `POST https://id.sophos.com/api/v2/oauth2/token`, with client credentials (OAuth 2.0).
func tokenWords(p *presets.Preset) string {
	list := ways(p)
	if len(list) == 0 {
		return ""
	}
	lines := []string{"The gateway fetches a token when it needs one, sends it with every request, and replaces it before it expires:", ""}
	for _, d := range list {
		// A JWT needs no request.
		text := "the gateway makes the token itself"
		// The address as the file has it, with options such as [[opt.tenant_id]] in it.
		if d.OAuth2 != nil {
			text = code("POST "+d.OAuth2.TokenURL) + ", with client credentials (OAuth 2.0)"
		}
		// Several steps, as of a challenge and its answer.
		if d.Login != nil {
			var steps []string
			for _, s := range d.Login.Steps {
				steps = append(steps, code(s.Method+" "+s.URL))
			}
			text = strings.Join(steps, ", then ")
		}
		if d.When != "" {
			text += ", if " + code(d.When) + " is set"
		}
		lines = append(lines, "* "+text+".")
	}
	return strings.Join(lines, "\n")
}
