//go:build go1.21

package outbound

import (
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// maxShown is how much of a client's path a problem or a log line shows.
const maxShown = 200

// wider changes entries for newRules so that their single asterisks cross segments, as many authors expect.
//
//	"GET|HEAD /devices/* /logs/**" -> "GET|HEAD /devices/** /logs/**"
func wider(entries []string) []string {
	wide := make([]string, len(entries))
	for i, entry := range entries {
		words := strings.Fields(entry)
		// First to single asterisks, so that an entry that has both kinds gets no four.
		paths := strings.ReplaceAll(strings.Join(words[1:], " "), "**", "*")
		wide[i] = words[0] + " " + strings.ReplaceAll(paths, "*", "**")
	}
	return wide
}

// explainUnlisted says in the problem what matches no entry of allow, and what the reason may be. If nothing has matched an
// entry yet, it also informs the operator, once: a list that lets nothing through is more likely wrong than every client. The
// path is the client's own, and is shown to nobody else but the operator.
func explainUnlisted(g *Gate, c *credential, p *Problem, m *signers.Message) {
	path, _, _ := strings.Cut(m.Target, "?")
	hint := ""
	if c.wide != nil && listed(c.wide, m.Method, path) {
		hint = "; * stays inside a path segment, ** crosses them"
	}
	shown := path
	if len(shown) > maxShown {
		shown = shown[:maxShown] + "..."
	}
	p.Detail = m.Method + " " + shown + " matches no allow entry of this credential" + hint
	if !c.listed.Load() && c.toldUnlisted.CompareAndSwap(false, true) {
		tell(g, "allow has refused a request and has let none through yet: "+m.Method+" "+strconv.QuoteToASCII(shown)+" matches no entry"+hint)
	}
}

// noteListed remembers that allow let something through. It looks before it writes: a write for each request would keep
// processors busy with each other.
func noteListed(c *credential) {
	if !c.listed.Load() {
		c.listed.Store(true)
	}
}
