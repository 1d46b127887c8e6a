package diagnose

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// secretInput is a secret, with what clients make of it. The rows of guesses.json are applied to the
// text of the secret, and to what is left of it where the program takes a prefix off or decodes it.
func (w *programmed) secretInput(d *diagnosis, name string) input {
	right := strings.TrimSpace(w.values[name][0])
	s := newSlot(name, right)
	s.secret = true
	return input{s, "", func(s *slot) {
		var others []string
		for _, o := range w.options {
			if o.Name != name && len(w.values[o.Name]) == 1 && d.Options[o.Name] != "" {
				others = append(others, d.Options[o.Name])
			}
		}
		// Such as whsec_ before the Base64 of a webhook's secret.
		for _, separator := range []string{"_", "-"} { // a prefix that names the kind of key, and is not part of it
			if _, rest, found := strings.Cut(right, separator); found && len(rest) > 3 {
				s.wrong("secret_cut", usual, rest)
				s.wrong("secret_base64", usual, base64.StdEncoding.EncodeToString([]byte(rest)))
			}
		}
		if w.emptyKeys(d, s); !d.token {
			s.change(d.changes("secret by name", w.namesOf(d, name)...))
		}
		before := d.secret
		d.secret = right
		w.asText(s, name, right)
		w.alter(d, s, "", others)
		if lead := w.lead(name, right); lead != "" {
			d.secret = strings.TrimPrefix(right, lead)
			w.alter(d, s, lead, others)
		}
		w.undecoded(d, s, name, right)
		w.partOf(s, name, right)
		d.secret = before
	}, func(a *attempt, text string) { a.set(name, text) }}
}

// partOf adds what was sent in the place of a secret, where it is a part of the secret or the secret is a part of it.
func (w *programmed) partOf(s *slot, name, right string) {
	for _, l := range w.leaves {
		if l.kind != secretLeaf || l.option != name || !l.sent || len(l.given) < 4 || len(right) < 4 {
			continue
		}
		switch {
		case strings.HasPrefix(right, l.given), strings.HasSuffix(right, l.given):
			s.wrong("secret_cut", alone, l.given)
		case strings.HasPrefix(l.given, right), strings.HasSuffix(l.given, right):
			s.wrong("secret_altered", alone, l.given)
		}
	}
}

// alter adds what clients make of the secret. lead is what the program takes off before it, and is put
// back, since the program takes it off again.
func (w *programmed) alter(d *diagnosis, s *slot, lead string, others []string) {
	for _, a := range d.alterations(others...) {
		s.wrong(a.cause, a.tier, lead+a.secret)
		if d.token {
			s.wrong(a.cause, a.tier, strings.TrimSpace(a.secret))
		}
	}
}

// decodedAs is how the program decodes a secret, hex or base64; empty: it does not.
func (w *programmed) decodedAs(name string) string {
	found := regexp.MustCompile(`opt\.` + name + `\b[^\]]*\|un(hex|base64)\b`).FindStringSubmatch(strings.Join(w.operations, "\n"))
	if found == nil {
		return ""
	}
	return found[1]
}

// asText adds the text of a secret that the program decodes, as the key itself, which is the most
// frequent mistake with one. The program decodes what it is given, so the text is encoded once more for
// it.
func (w *programmed) asText(s *slot, name, right string) {
	if form := w.decodedAs(name); form != "" {
		lead := w.lead(name, right)
		s.wrong("secret_"+form, frequent, lead+transformations[form](strings.TrimPrefix(right, lead)))
		if text := strings.TrimPrefix(right, lead); form == "base64" {
			s.wrong("secret_hex", usual, lead+transformations[form](transformations["hex"](transformations["un"+form](text))))
		}
		if bare := transformations["un"+form](strings.TrimPrefix(right, lead)); bare != strings.TrimPrefix(right, lead) { // echo KEY | base64
			s.wrong("secret_whitespace", usual, lead+transformations[form](bare+"\n"), lead+transformations[form](bare+"\r\n"))
		}
		s.wrong("secret_cut", usual, right[:max(0, len(right)-4)]) // four digits of Base64 are decoded together
		// Many decoders take what is left of a key that was cut elsewhere.
		if text := strings.TrimPrefix(right, lead); form == "base64" && len(text) > 4 {
			for _, part := range []string{text[1:], text[2:], text[:len(text)-1], text[:len(text)-2], text[:len(text)-3], text[:len(text)/2]} {
				s.wrong("secret_cut", usual, lead+transformations[form](looseBase64(part)))
			}
		}
	}
}

// undecoded adds what clients make of the text of a secret that the program decodes: two mistakes at
// once, of which the first is so frequent that the pair is tried as one.
func (w *programmed) undecoded(d *diagnosis, s *slot, name, right string) {
	form := w.decodedAs(name)
	if form == "" {
		return
	}
	lead, encode := w.lead(name, right), transformations[form]
	for _, a := range d.alterations() {
		if a.tier > usual || a.cause == "secret_"+form || a.secret == "" {
			continue
		}
		causes := []string{"secret_" + form, a.cause}
		if a.cause == "ids_swapped" { // that is no key at all
			causes = causes[1:]
		}
		s.add(option{text: lead + encode(a.secret), causes: causes, weight: 1, tier: alone})
	}
}

// lead is the beginning of a secret that the program takes off: the name of a region or of a kind of
// key.
//
//	[[opt.secret|strip_prefix:'whsec_'|unbase64]] and whsec_MDEy...  ->  whsec_
func (w *programmed) lead(name, secret string) string {
	rest := secret
	taken := regexp.MustCompile(`opt\.` + name + `((?:\|(?:after|strip_prefix):'[^']*')+)`)
	found := taken.FindStringSubmatch(strings.Join(w.operations, "\n"))
	if found == nil {
		return ""
	}
	for _, f := range regexp.MustCompile(`(after|strip_prefix):'([^']*)'`).FindAllStringSubmatch(found[1], -1) {
		if _, behind, has := strings.Cut(rest, f[2]); f[1] == "after" && has {
			rest = behind
		} else if f[1] == "strip_prefix" {
			rest = strings.TrimPrefix(rest, f[2])
		}
	}
	return strings.TrimSuffix(secret, rest)
}

// emptyKeys adds keys that have the effect of an empty one, which no program takes: HMAC pads a key with zeros
// (RFC 2104, 2), so that a zero byte makes the same MAC.
func (w *programmed) emptyKeys(d *diagnosis, s *slot) {
	if d.token {
		return
	}
	operations := strings.Join(w.operations, "\n")
	s.wrong("secret_empty", frequent, "\x00")
	for filter, zero := range map[string]string{"|unhex": "00", "|unbase64": "AA=="} {
		if strings.Contains(operations, filter) {
			s.wrong("secret_empty", frequent, zero)
		}
	}
}
