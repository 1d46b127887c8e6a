package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// plainToken sets up the comparison of a secret that is sent as it is with the configured one. causes
// are what is wrong with how it was sent. The search is that of signatures, with identity as the hash.
func (d *diagnosis) plainToken(values, causes []string) {
	if d.secret == "" {
		d.factsOf(causes)
		for _, v := range values {
			d.quotedOrNot(v)
		}
		return
	}
	for _, v := range values {
		d.wants = append(d.wants, candidate{raw: []byte(v), causes: causes, exact: true})
	}
	secret := newSlot("token", d.trueSecret())
	f := &frame{slots: []*slot{secret}, layouts: []layout{{}}, macs: []mac{identity}}
	d.frames = []*frame{f}
	d.token = true
	d.later = func() { d.fillSecret(secret) }
}

// quotedOrNot looks at a secret that was sent as it is, and reports whether quotes, brackets or
// placeholder words were sent.
func (d *diagnosis) quotedOrNot(value string) bool {
	switch {
	case placeholderText.MatchString(value):
		d.fact("secret_placeholder")
	case strings.Trim(value, `"'<>{}[]`) != value:
		d.fact("secret_quoted")
	case strings.HasPrefix(value, "b'"):
		d.fact("secret_quoted", "the value is the text of a Python bytes object: b'...' around it")
	default:
		return false
	}
	return true
}

// placeholderText is what pages and tools write where a secret goes.
var placeholderText = regexp.MustCompile(`(?i)^\W*((your|my|insert|enter|replace|change|paste|put)[-_ ]?\w*([-_ ]\w+)*|` +
	`api[-_ ]?(secret[-_ ]?)?key|x{6,}|\*{3,}|redacted|secret|undefined|null|none|[\w ]+ here)\W*(/.*)?$`)

// identity is the "signature" of schemes that send the secret as it is: the text itself.
var identity = mac{sum: func(text []string) []byte { return []byte(strings.Join(text, "")) }}

// fillSecret adds the ways to get a secret wrong that is sent as it is. White space at its ends is lost
// in a header, so each is also tried without.
func (d *diagnosis) fillSecret(s *slot) {
	for _, a := range d.alterations() {
		s.wrong(a.cause, a.tier, a.secret, strings.TrimSpace(a.secret))
	}
}

// lengths looks at a signature that cannot be computed without the secret: its form and length tell
// some mistakes. name is the hash that the scheme takes.
//
//	40 hexadecimal digits where SHA-512 is wanted  ->  wrong_digest: as long as one of sha1
func (d *diagnosis) lengths(name string) {
	if len(d.wants) == 0 {
		return
	}
	size, form := digestNamed(name).new().Size(), d.profile.Form
	best := slices.MinFunc(d.wants, func(a, b candidate) int { return len(a.causes) - len(b.causes) })
	if form == "hex" && slices.Equal(best.causes, []string{"base64_for_hex"}) || form == "base64" {
		for _, w := range d.wants { // text that could be both is what its length says
			if len(w.raw) == size {
				best = w
			}
		}
	}
	for _, c := range best.causes {
		d.fact(c, best.says[c])
	}
	if len(best.raw) == size {
		return
	}
	for _, h := range digests {
		if h.new().Size() == len(best.raw) {
			d.fact("wrong_digest", "the signature is as long as one of ", h.name, ", which is not this scheme's")
			return
		}
	}
	d.fact("signature_length")
}
