package cli

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// madeOf begins what is shown of a header that no shell can make.
const madeOf = "{made of "

// shellSecrets are the variables that are secrets, as in $ACME_KEY, the longest first.
type shellSecrets []string

// secretsInShell sorts the longest first: the name of one may begin with another's.
func secretsInShell(variables []string) shellSecrets {
	longest := func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }
	return slices.Compact(slices.SortedFunc(slices.Values(variables), longest))
}

// in reports whether a text holds one of the variables.
func (v shellSecrets) in(text string) bool {
	return slices.ContainsFunc(v, func(name string) bool { return strings.Contains(text, name) })
}

// encoded is a text with a secret that a scheme encodes, as hideSecrets shows it.
var encoded = regexp.MustCompile(`base64\(([^()]*)\)`)

// quoted is a text for double quotes in a shell, where the variables are secrets and nothing else is
// special.
//
//	X: $ACME_KEY "q" $5           ->  X: ${ACME_KEY} \"q\" \$5
//	Basic base64(id:$ACME_KEY)    ->  Basic $(printf %s "id:${ACME_KEY}" | base64 | tr -d '\n')
func (v shellSecrets) quoted(text string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`)
	var b strings.Builder
	for text != "" {
		at, name := len(text), ""
		for _, candidate := range v {
			if i := strings.Index(text, candidate); i >= 0 && i < at {
				at, name = i, candidate
			}
		}
		b.WriteString(escape.Replace(text[:at]))
		if text = text[at:]; name != "" {
			b.WriteString("${" + name[1:] + "}")
			text = text[len(name):]
		}
	}
	return encoded.ReplaceAllString(b.String(), `$$(printf %s "$1" | base64 | tr -d '\n')`)
}
