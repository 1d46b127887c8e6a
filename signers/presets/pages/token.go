//go:build go1.21

package main

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// ways are the ways to a preset's token; none: it needs no token.
func ways(p *presets.Preset) []*tokens.Declaration {
	if len(p.Token) == 0 || string(p.Token) == "null" {
		return nil
	}
	list, err := tokens.Parse(p.Token)
	if err != nil {
		return nil // the preset does not load, so that it has no page
	}
	return list
}

// tokenOpening says what a preset with a token does with its secrets.
func tokenOpening(p *presets.Preset) string {
	sent := revealed(p)
	var names []string
	for _, o := range p.Options {
		if o.Secret && !strings.Contains(" "+strings.Join(sent, " ")+" ", " "+o.Name+" ") {
			names = append(names, code(o.Name))
		}
	}
	between := " and "
	if len(ways(p)) > 1 {
		between = " or "
	}
	text := "fetches a token with " + strings.Join(names, between) + ", and sends the token: whoever can read a request to the vendor has " +
		"that until it ends."
	if len(sent) > 0 {
		text += " It sends " + codes(sent) + " itself, too."
	}
	return text
}

var revealedOption = regexp.MustCompile(`\[\[opt\.([a-z0-9_]+)[^\]]*\|reveal\]\]`)

// revealed are the options that each request to the vendor shows.
func revealed(p *presets.Preset) []string {
	var names []string
	for _, found := range revealedOption.FindAllStringSubmatch(strings.Join(p.Operations, "\n"), -1) {
		names = append(names, found[1])
	}
	return names
}

// tokenWords lists the requests that fetch a token.
func tokenWords(p *presets.Preset) string {
	list := ways(p)
	if len(list) == 0 {
		return ""
	}
	lines := []string{"The gateway fetches a token when it needs one, sends it with every request, and fetches the next before it ends:", ""}
	for _, d := range list {
		text := "made by the gateway itself"
		if d.OAuth2 != nil {
			text = code("POST "+d.OAuth2.TokenURL) + ", by client credentials (OAuth 2.0)"
		}
		if d.Login != nil {
			var steps []string
			for _, s := range d.Login.Steps {
				steps = append(steps, code(s.Method+" "+s.URL))
			}
			text = strings.Join(steps, ", then ")
		}
		if d.When != "" {
			text += ", where " + code(d.When) + " is set"
		}
		lines = append(lines, "* "+text+".")
	}
	return strings.Join(lines, "\n")
}
