//go:build go1.21

package signers

import (
	"regexp"
	"strings"
)

// assignment is a line of a file of variables, and not the value in it.
var assignment = regexp.MustCompile(`^(?:export )?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+=.`)

// placeholder is a text that documentation has in place of a secret.
var placeholder = regexp.MustCompile(`^(?i:<.*>|\[.*\]|.*(?:replace|change)[-_ ]?(?:me|this).*|(?:your|my)[-_ ].*|` +
	`x{6,}|\*{4,}|\.{3,}|insert[-_ ].*|todo)$`)

// doubtful is the beginning of all texts that Doubt speaks of: it is asked of every secret of every route.
var doubtful = regexp.MustCompile("^(?s:[\"'`]|export |[A-Z][A-Z0-9]*_[A-Z0-9_]*=|[<\\[x*.]|.*(?i:(?:replace|change)[-_ ]?(?:me|this))|" +
	"(?i:(?:your|my)[-_ ]|insert[-_ ]|todo|x))")

// Doubt says what is odd about a secret that might still be right; empty if nothing is. Vendors would only say that
// the signature is wrong.
func Doubt(name, value string) string {
	if !doubtful.MatchString(value) {
		return ""
	}
	// Shells remove quotes, and files of secrets are read as they are.
	quoted := false
	for _, quote := range []string{`"`, "'", "`"} {
		quoted = quoted || len(value) > 1 && strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote)
	}
	switch {
	case quoted:
		return name + " begins and ends with quotes; if they are not part of it, remove them from the file or variable"
	case assignment.MatchString(value):
		return name + " begins with NAME=; the file must contain only the value"
	case placeholder.MatchString(value):
		return name + " looks like a page's placeholder; put the real value in its place"
	}
	return ""
}
