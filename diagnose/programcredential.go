package diagnose

import (
	"slices"
	"strings"
)

// readIDs compares the public parts that were sent with the configured ones, and notes the nonce. Only
// options that the scheme requires are compared: others, such as a region with a default, may differ.
func (w *programmed) readIDs(d *diagnosis) {
	expected := w.expected(d)
	for _, l := range w.leaves {
		if l.kind == nonceLeaf && l.sent {
			d.identity = l.given
		}
		configured := d.Options[l.option]
		if l.kind == secretLeaf && l.sent && configured != "" && l.given != strings.TrimSpace(configured) {
			w.swapped(d, l)
		}
		if l.kind != idLeaf || !l.sent || configured == "" || !w.required[l.option] {
			continue
		}
		if text := expected[l.part.Source]; l.given == text || l.given == configured {
			if d.idKnown = true; l.given != text && w.signs() {
				w.doubt(d, "wrong_id")
				d.details["wrong_id"] = "the " + spoken(l.option) + " was sent with a prefix that the vendor's own clients take off"
			}
			continue
		}
		w.otherID(d, l, configured)
	}
}

// swapped notes another part of the credential in the place of a leaf, and reports whether there was
// one. What a secret in the place of an ID means is known only with the proof.
func (w *programmed) swapped(d *diagnosis, l *leaf) bool {
	for _, o := range w.options {
		if o.Name != l.option && len(d.Options[o.Name]) > 3 && l.given == strings.TrimSpace(d.Options[o.Name]) {
			says := "the " + spoken(o.Name) + " was sent where the " + spoken(l.option) + " belongs"
			if l.kind == idLeaf && o.Secret {
				d.secretForID = says
				return true
			}
			d.fact("ids_swapped", says)
			return true
		}
	}
	return false
}

// bearsSecret notes a secret in the place of a public part, where nothing was sent that is made with
// it: that is another scheme, and no pair in the wrong order.
func (w *programmed) bearsSecret(d *diagnosis, l *leaf) bool {
	if !w.signs() || slices.ContainsFunc(w.leaves, func(l *leaf) bool { return l.kind == proofLeaf && l.sent }) {
		return false
	}
	for _, o := range w.options {
		if secret := strings.TrimSpace(d.Options[o.Name]); o.Secret && len(secret) > 3 && l.given == secret {
			d.fact("secret_sent")
			return true
		}
	}
	return false
}

// otherID notes a public part that is not the configured one, and by which mistake.
func (w *programmed) otherID(d *diagnosis, l *leaf, configured string) {
	if w.bearsSecret(d, l) || w.swapped(d, l) {
		return
	}
	switch name := spoken(l.option); {
	case w.joinedOtherwise(d, l, configured):
		d.fact("ids_swapped", "the ", name, " comes after the secret, and the vendor reads it before")
	case bareID(l.given) == strings.TrimSpace(configured) && strings.ContainsAny(l.given, "<>{}[]"):
		d.fact("secret_quoted", "brackets, as a page writes them around a placeholder, surround the ", name)
	case bareID(l.given) == strings.TrimSpace(configured):
		d.fact("id_whitespace", "white space or quotes surround the ", name)
	case strings.TrimSpace(l.given) == "":
		d.fact("wrong_id", "the ", name, " was sent empty")
	case d.hidesID(l.given):
	default:
		cause := "wrong_id"
		if l.option == "service" || l.option == "region" { // a part of the scope, as AWS has it
			cause = "wrong_" + l.option
			d.fixes[cause] = "Sign for the " + name + " of the endpoint that is called, and configure the same."
		}
		d.fact(cause, "the ", name, " that was sent is not the configured one")
	}
}

// joinedOtherwise reports whether an ID and a secret were joined in the wrong order, also where the
// secret has a colon in it, at which the vendor parts them then:
//
//	Basic base64(SECRET:ID)
func (w *programmed) joinedOtherwise(d *diagnosis, l *leaf, configured string) bool {
	return slices.ContainsFunc(w.leaves, func(o *leaf) bool {
		return o.kind == secretLeaf && o.sent && o.place == l.place && d.Options[o.option] != "" &&
			l.given+":"+o.given == d.Options[o.option]+":"+configured
	})
}

// idInput is a public part of the credential: what was sent, and what is configured. The right text is what was
// sent: the vendor reads that.
func (w *programmed) idInput(d *diagnosis, l *leaf) input {
	configured := d.Options[l.option]
	right := l.given
	if !l.sent || len(l.part.Filters) > 0 && w.expectedID(d, l) == l.given {
		right = configured
	}
	name := l.option
	return input{newSlot(name, right), "", func(s *slot) {
		if configured != "" {
			s.wrong("wrong_id", frequent, configured)
		}
		s.wrong("ids_swapped", frequent, d.trueSecret())
		s.change(d.changes("id"))
	}, func(a *attempt, text string) { a.set(name, text) }}
}

// expectedID is what the configured value of a leaf looks like in what is sent.
func (w *programmed) expectedID(d *diagnosis, l *leaf) string { return w.expected(d)[l.part.Source] }
