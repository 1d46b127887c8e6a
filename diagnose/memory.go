package diagnose

import (
	"slices"
	"strings"
)

// memory is what a session remembers of earlier requests: nonces that the vendor accepted, signatures, and the
// queries and bodies of requests for the same path. It is bounded; the oldest are forgotten.
type memory struct {
	used  map[string]bool     // nonces of requests that were right
	signs map[string]string   // signatures that were right, with what they were the signature of
	taken map[string]string   // those that the vendor accepted
	texts map[string][]string // queries and bodies by signer and path
}

const (
	maxRemembered = 4096
	maxTexts      = 24
)

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

func (m *memory) remember(key, text string) {
	if all := m.texts[key]; text != "" && len(text) <= 4096 && !slices.Contains(all, text) {
		all = append(all, text)
		m.texts[key] = all[max(0, len(all)-maxTexts):]
	}
}

func (m *memory) queries(signer, path string) []string { return m.texts["query "+signer+" "+path] }
func (m *memory) bodies(signer, path string) []string  { return m.texts["body "+signer+" "+path] }

// replayed reports whether the vendor has seen the nonce.
func (m *memory) replayed(d *diagnosis) bool {
	return d.identity != "" && m.used[d.Signer+" "+d.identity]
}

// reused reports whether this signature was the right one of an earlier, different request.
func (m *memory) reused(d *diagnosis) bool {
	signed, ok := m.signs[d.Signer+" "+d.signature]
	return ok && signed != d.signed()
}

// again reports whether the vendor accepted this same request before.
func (m *memory) again(d *diagnosis) bool {
	return len(d.signature) >= 16 && m.taken[d.Signer+" "+d.signature] == d.signed()
}

// signed is what distinguishes requests.
func (d *diagnosis) signed() string {
	return d.Request.Method + " " + d.Request.Host + d.Request.Target + " " + d.stamp.text + " " + hexOf512(string(d.Request.Body))
}
