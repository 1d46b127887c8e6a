package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
)

// digestForm is how a header says the hash of the body. Both directions are here: write makes a
// header's value, and read finds the name of the hash and its Base64 in one.
type digestForm struct {
	header string
	write  func(name string, sum []byte) string
	read   *regexp.Regexp // name and base64
}

// digestForms are Content-Digest (RFC 9530), Digest (RFC 3230, as draft-cavage has it) and Oracle's
// header.
//
//	Content-Digest: sha-256=:BASE64:
//	Digest: SHA-256=BASE64
//	X-Content-Sha256: BASE64
var digestForms = map[string]digestForm{
	"content-digest": {"Content-Digest", func(name string, sum []byte) string {
		return name + "=:" + base64.StdEncoding.EncodeToString(sum) + ":"
	},
		regexp.MustCompile(`(?:^|,)\s*([a-z0-9-]+)=:([A-Za-z0-9+/]+={0,2}):`)},
	"digest": {"Digest", func(name string, sum []byte) string {
		return strings.ToUpper(name) + "=" + base64.StdEncoding.EncodeToString(sum)
	}, regexp.MustCompile(`(?:^|,)\s*([A-Za-z0-9-]+)=([A-Za-z0-9+/]+={0,2})(?:,|$)`)},
	"x-content-sha256": {"X-Content-Sha256", func(_ string, sum []byte) string { return base64.StdEncoding.EncodeToString(sum) },
		regexp.MustCompile(`^()([A-Za-z0-9+/]+={0,2})$`)},
}

// digestName is the header for the hash of the body in this scheme, as a key of digestForms.
func (s *signedMessage) digestName() string {
	switch {
	case s.oracle:
		return "x-content-sha256"
	case s.draft:
		return "digest"
	}
	return "content-digest"
}

// readDigests compares the hash that was sent with the body. It comes before the search and needs no
// key: a signature that covers the header is right even if the body is another one, and the vendor
// refuses it anyway.
func (s *signedMessage) readDigests() {
	d, name := s.d, s.digestName()
	form := digestForms[name]
	value := strings.Join(d.Request.Header.Values(form.header), ", ")
	if value == "" || d.answer.kind == accepted || len(d.Request.Body) == 0 && !d.contentLength() {
		return // nothing is said, or the body is not in what was given
	}
	var known bool
	for _, found := range form.read.FindAllStringSubmatch(value, -1) {
		hash := map[string]string{"sha-256": "sha256", "sha-512": "sha512", "": "sha256"}[strings.ToLower(found[1])]
		sum, err := base64.StdEncoding.DecodeString(found[2])
		if hash == "" || err != nil {
			continue
		}
		known = true
		s.compareDigest(form, hash, found[2], sum)
	}
	if !known {
		s.unreadDigest(form, value)
	}
	option := "content_digest"
	if s.draft {
		option = "digest"
	}
	want := d.option(option, "auto")
	if known && (want == "sha-256" || want == "sha-512") && !strings.Contains(strings.ToLower(value), want+"=") {
		d.fact("wrong_digest", form.header+" has no hash by "+want+", which the vendor expects")
	}
}

// compareDigest says how a hash that is not the body's came about: written in another form, made by
// another function, or of another body, which is tried in the ways of bodies.
func (s *signedMessage) compareDigest(form digestForm, hash, text string, sum []byte) {
	d := s.d
	own := string(d.Request.Body)
	h := digestNamed(hash)
	if string(sumOf(h.new(), own)) == string(sum) {
		return
	}
	switch digits := hex.EncodeToString(sumOf(h.new(), own)); digits {
	case strings.ToLower(string(sum)):
		d.fact("digest_form", form.header+" is the base64 of hexadecimal digits, and must be the base64 of the hash's bytes")
		return
	case strings.ToLower(text):
		d.fact("digest_form", form.header+" is written in hexadecimal digits, and must be in base64")
		return
	}
	for _, other := range digests {
		if other.name != hash && string(sumOf(other.new(), own)) == string(sum) {
			d.fact("wrong_digest", "the hash in "+form.header+" was made by another hash function than its name says")
			return
		}
	}
	for _, b := range d.bodies() {
		if b.weight == 1 && string(sumOf(h.new(), b.text)) == string(sum) {
			d.fact(b.causes[0])
			return
		}
	}
	d.fact("body_signed_not_sent", form.header+" is not the hash of the body that was sent: the body was changed after it was hashed")
}

// oldDigest is a hash that is not taken any more (RFC 9530, 5).
var oldDigest = regexp.MustCompile(`(?i)^(md5|sha|sha-1|unixsum|unixcksum|adler|crc32c)=`)

// unreadDigest says what is wrong with a header in which no hash can be read.
func (s *signedMessage) unreadDigest(form digestForm, value string) {
	d := s.d
	if oldDigest.MatchString(value) {
		d.fact("wrong_digest", form.header+" has a hash that is not taken any more (RFC 9530, 5); use sha-256 or sha-512")
		return
	}
	d.fact("digest_form", form.header+" is not written as in "+form.write("sha-256", make([]byte, 6)))
}

// fillDigest adds the hashes of other bodies, for a client that signs one and sends another. Only
// bodies by one mistake: each is hashed and verified.
func (s *signedMessage) fillDigest(to *slot) {
	d, form := s.d, digestForms[s.digestName()]
	hash := "sha-256"
	if strings.Contains(strings.ToLower(to.right()), "sha-512") {
		hash = "sha-512"
	}
	h := digestNamed(strings.ReplaceAll(hash, "-", ""))
	write := func(body string) string { return form.write(hash, sumOf(h.new(), body)) }
	body := string(d.Request.Body)
	if body != "" {
		to.wrong("body_not_signed", frequent, write(""))
	}
	to.wrong("header_signed_otherwise", frequent, write(body), strings.ToLower(to.right()))
	if _, bare, ok := strings.Cut(to.right(), "="); ok {
		to.wrong("header_signed_otherwise", frequent, bare, strings.Trim(bare, ":"))
	}
	for _, b := range d.bodies() {
		if b.weight == 1 {
			to.add(b.with(write(b.text)))
		}
	}
}
