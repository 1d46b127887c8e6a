//go:build go1.21

package traefikplugin

import (
	"log"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
)

// shownName is a middleware's name as the log has it. Whoever writes a label chooses it: with a line break in it, the rest would be a
// line of the log, in the gateway's name, and escape sequences would reach the terminal that shows it.
func shownName(name string) string {
	shown := strconv.QuoteToASCII(name)
	if len(shown) == len(name)+2 {
		shown = name
	}
	if len(shown) > maxShownName {
		shown = shown[:maxShownName] + "..."
	}
	return shown
}

// maxShownName is how much of a name is shown, in bytes.
const maxShownName = 256

// shortened is the text of an error, cut where it says no more: Traefik logs it with each change of its configuration, and the name of
// a variable, or faults of thousands of apps, can have megabytes.
func shortened(text string) string {
	if len(text) > maxErrorText {
		return text[:maxErrorText] + "..."
	}
	return text
}

// maxErrorText is how much of an error is shown, in bytes.
const maxErrorText = 4 << 10

// teller logs what an operator should know about a middleware. It is a variable, as are closedTeller and spelling, since the functions
// that it makes would keep the frames of all its callers alive.
var teller = func(name string) func(news string) {
	return func(news string) { log.Printf("vendorsign: middleware %s: %s", name, news) }
}

// closedTeller logs why a connection was closed. It logs one line in ten seconds, since clients cause it.
var closedTeller = func(gate *outbound.Gate, spell *strings.Replacer, name string) func(reason string) {
	return func(reason string) {
		if outbound.LogDue(gate) {
			log.Printf("vendorsign: middleware %s: connection closed: %s", name, spell.Replace(reason))
		}
	}
}
