package diagnose

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var (
	// hexSum is a hash or MAC in hexadecimal, from MD5 (32 digits) to SHA-512 (128).
	hexSum = regexp.MustCompile(`^[0-9a-fA-F]{32,128}$`)
	// digitsOnly is a timestamp, or a number of seconds.
	digitsOnly = regexp.MustCompile(`^[0-9]+$`)
)

// takeSecret reads the secret from the configuration. A reader calls it first: without a secret it only
// looks at forms.
func (d *diagnosis) takeSecret(option string) { d.secret = d.Options[option] }

// trueSecret is the secret without what certainly does not belong to it: white space around it is a
// mistake that the client probably shares, since both were copied from the same place. A secret of
// white space alone stays as it is.
func (d *diagnosis) trueSecret() string {
	return cmp.Or(strings.TrimSpace(d.secret), d.secret)
}

// configuredID is the public part of the credential, if it is configured; else empty, and then no ID is
// wrong.
func (d *diagnosis) configuredID() string { return d.Options[d.profile.ID] }

// secretSent records a secret in place of the signature, and reports whether it was one. There is
// nothing to reproduce then.
func (d *diagnosis) secretSent(proof string) bool {
	secret := d.trueSecret()
	if secret == "" || proof != secret && strings.TrimSpace(proof) != secret {
		return false
	}
	d.fact("secret_sent")
	d.stuck = true
	return true
}

// idSent compares the public part that was sent with the configured one. proof is the signature next to
// it in the same header, if they share one; it reports whether the two are swapped there, so that the
// reader takes the signature from the other place.
//
// A secret in the place of the ID is not judged yet: whether the two are swapped, or only the ID is
// wrong, depends on the key of the signature. See judgeSecretForID.
func (d *diagnosis) idSent(sent, proof string) (swapped bool) {
	id, secret, p := d.configuredID(), d.trueSecret(), d.profile
	switch {
	case secret != "" && sent == secret && id != "" && strings.TrimSpace(proof) == id:
		d.fact("ids_swapped")
	case secret != "" && sent == secret:
		d.secretForID = "the " + p.SecretName + " itself was sent where the " + p.IDName + " belongs"
	case strings.TrimSpace(sent) == "":
		if p.EmptyID != "" {
			d.fact("wrong_id", p.EmptyID)
		}
	case id != "" && id != sent && strings.TrimSpace(proof) == id:
		d.fact("ids_swapped", p.Swapped)
		return true
	case id == "" || sent == id:
		d.idKnown = id != ""
		d.optionsSwapped()
	case bareID(sent) == strings.TrimSpace(id):
		d.wrappedID(sent)
	case d.hidesID(sent):
	case proof != "" && hexSum.MatchString(sent):
		d.fact("ids_swapped", "user and password of the ", p.ProofHeader, " header are swapped")
	default:
		d.fact("wrong_id", p.OtherID)
	}
	return false
}

// judgeSecretForID adds what a secret in the place of the public part means. The two are swapped only
// if the proof was made with the exchanged values, too: with the right key, an exchange would break
// what is right.
//
//	sent SECRET:MAC(ID, text)       ids_swapped, proved by the search
//	sent SECRET:MAC(SECRET, text)   secret_sent: put the ID in its place, and replace the secret
func (d *diagnosis) judgeSecretForID(m, found *match) {
	if d.secretForID == "" {
		return
	}
	found.causes = slices.DeleteFunc(found.causes, func(c string) bool { return c == "wrong_id" })
	cause := "secret_sent"
	switch {
	case m.has("ids_swapped"):
		return
	case d.token && d.matched: // the secret belongs to what is sent
		cause = "wrong_id"
	case d.token:
		cause = "ids_swapped"
	case d.details[cause] == "":
		d.fixes[cause] = "Send the " + d.profile.IDName + " in its place, and replace the " + d.profile.SecretName + ": it has been on the wire."
	}
	d.details[cause] = cmp.Or(d.details[cause], d.secretForID)
	found.add(cause)
}

// optionsSwapped records a configured ID that looks like a secret, and a secret that looks like an ID.
// It needs a shape of the ID in vendors.json, and, where the vendor's secrets have a shape, the other
// value must have that.
func (d *diagnosis) optionsSwapped() {
	id, secret, p := d.configuredID(), d.trueSecret(), d.profile
	if p.IDShape == nil || id == "" || d.answer.kind == accepted || !p.IDShape.MatchString(secret) || p.IDShape.MatchString(id) {
		return
	}
	if p.KeyShape == nil || p.KeyShape.MatchString(id) {
		d.fact("ids_swapped", p.SwappedOptions)
	}
}

// wrappedID records what surrounds an ID that is right without it.
func (d *diagnosis) wrappedID(id string) {
	if strings.ContainsAny(id, "<>{}[]") {
		d.fact("secret_quoted", "brackets, as a page writes them around a placeholder, surround the ID")
		return
	}
	d.fact("id_whitespace")
}

// bareID is an ID without white space, quotes, a byte order mark and a page's brackets.
//
//	" \"<DI1>\"\n"  ->  "DI1"
func bareID(id string) string { return strings.Trim(id, " \t\r\n\"'\u00a0\ufeff<>{}[]") }

// fillID adds other texts in the place of the public part of the credential, where it is a part of the
// signed text: the configured one, the secret, and the ID as it is copied or written wrongly.
func (d *diagnosis) fillID(s *slot) {
	if id := d.configuredID(); id != "" {
		s.wrong("wrong_id", frequent, id)
	}
	s.wrong("ids_swapped", frequent, d.trueSecret())
	s.change(d.changes("id"))
}
