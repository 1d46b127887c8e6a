package diagnose

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// fillBodySum adds the sums of the bodies that may have been signed, and of the right one by other
// functions. Its slot has the SHA-512 of the body in hexadecimal, a line of signature version 5.
func (d *diagnosis) fillBodySum(s *slot) {
	for _, o := range d.bodies() {
		s.add(o.with(hexOf512(o.text)))
	}
	if len(d.Request.Body) <= someWays {
		body := string(d.Request.Body)
		s.wrong("wrong_digest", usual, sums(body)...)
		s.wrong("upper_hex", usual, strings.ToUpper(s.right()))
		s.wrong("base64_for_hex", usual, base64.StdEncoding.EncodeToString(sumOf(sha512.New(), body)))
		s.wrong("wrong_construction", usual, "", body)
	}
}

// hexOf512 is the SHA-512 of a text in lower-case hexadecimal.
func hexOf512(text string) string { return hex.EncodeToString(sumOf(sha512.New(), text)) }

// sums are the other usual hashes in hexadecimal.
func sums(text string) (all []string) {
	for _, name := range []string{"sha1", "sha256", "md5", "sha384"} {
		all = append(all, hex.EncodeToString(sumOf(digestNamed(name).new(), text)))
	}
	return all
}

// digest is a hash function by its name.
type digest struct {
	name string
	new  func() hash.Hash
}

// digests are all that are known, the usual ones first: callers take the first three or four where all
// would be too many.
var digests = []digest{{"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}, {"md5", md5.New}, {"sha384", sha512.New384},
	{"sha224", sha256.New224}}

// digestNamed is a digest by its name, and SHA-512 for an unknown name.
func digestNamed(name string) digest {
	for _, h := range digests {
		if h.name == name {
			return h
		}
	}
	return digest{"sha512", sha512.New}
}

// hmac is the HMAC of a text (RFC 2104). The keyed state is made once and used for every text, so the
// hasher is not safe for concurrent use.
func (d digest) hmac(key string) hasher {
	h := hmac.New(d.new, []byte(key))
	return func(text []string) []byte { return sumOf(h, text...) }
}

// sum is the hash of a text with something before and after it.
func (d digest) sum(before, after string) hasher {
	h := d.new()
	return func(text []string) []byte { return sumOf(h, slices.Concat([]string{before}, text, []string{after})...) }
}

// sumOf is the sum of a text that comes in pieces. It resets h first.
func sumOf(h hash.Hash, text ...string) []byte {
	h.Reset()
	for _, t := range text {
		h.Write([]byte(t))
	}
	return h.Sum(nil)
}
