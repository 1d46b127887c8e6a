package diagnose

import (
	"slices"
	"strings"
)

// memory is what a session remembers of earlier requests: nonces that the vendor accepted, signatures,
// and the queries and bodies of requests for the same path. It is bounded; beyond its bound it begins
// again, so that a stream of any length takes constant memory.
type memory struct {
	// Nonces of requests that were right, by signer.
	used map[string]bool
	// Signatures that were right, with what they were the signature of.
	signs map[string]string
	// Those of them that the vendor accepted.
	taken map[string]string
	// Queries and bodies by signer and path, the newest last.
	texts map[string][]string
}

const (
	// Nonces, signatures and paths together; beyond that everything is forgotten.
	maxRemembered = 4096
	// Queries or bodies of one path. Each of them is tried in every search for that path.
	maxTexts = 24
)

// keep notes a request after it was diagnosed. A nonce counts as used only if nothing was wrong with
// its request. Signatures of less than 16 characters may come again by chance.
func (m *memory) keep(d *diagnosis, f *Finding) {
	if m.used == nil || len(m.used)+len(m.signs)+len(m.texts) > maxRemembered {
		*m = memory{used: make(map[string]bool), signs: make(map[string]string), taken: make(map[string]string),
			texts: make(map[string][]string)}
	}
	if d.identity != "" && f.Class == None {
		m.used[d.Signer+" "+d.identity] = true
	}
	if len(d.signature) >= 16 && d.matched {
		m.signs[d.Signer+" "+d.signature] = d.signed()
		if d.answer.kind == accepted {
			m.taken[d.Signer+" "+d.signature] = d.signed()
		}
	}
	path, query, _ := strings.Cut(d.Request.Target, "?")
	m.remember("query "+d.Signer+" "+path, query)
	m.remember("body "+d.Signer+" "+path, string(d.Request.Body))
}

// remember adds a text to those of a key, if it is new and at most 4 KiB.
func (m *memory) remember(key, text string) {
	if all := m.texts[key]; text != "" && len(text) <= 4096 && !slices.Contains(all, text) {
		all = append(all, text)
		m.texts[key] = all[max(0, len(all)-maxTexts):]
	}
}

// queries are those of earlier requests for a path: a client may sign the query of the call before.
func (m *memory) queries(signer, path string) []string { return m.texts["query "+signer+" "+path] }

// bodies are those of earlier requests for a path.
func (m *memory) bodies(signer, path string) []string { return m.texts["body "+signer+" "+path] }

// replayed reports whether the vendor has seen the nonce.
func (m *memory) replayed(d *diagnosis) bool {
	return d.identity != "" && m.used[d.Signer+" "+d.identity]
}

// reused reports whether this signature was the right one of an earlier, different request: it was
// computed once and sent with both.
func (m *memory) reused(d *diagnosis) bool {
	signed, ok := m.signs[d.Signer+" "+d.signature]
	return ok && signed != d.signed()
}

// again reports whether the vendor accepted this same request before.
func (m *memory) again(d *diagnosis) bool {
	return len(d.signature) >= 16 && m.taken[d.Signer+" "+d.signature] == d.signed()
}

// signed is what distinguishes requests: method, host, target, date and the hash of the body. Two
// requests with the same text of it have the same signature, nonces aside.
func (d *diagnosis) signed() string {
	return d.Request.Method + " " + d.Request.Host + d.Request.Target + " " + d.stamp.text + " " + hexOf512(string(d.Request.Body))
}
