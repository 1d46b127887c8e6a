package diagnose

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// fillBodySum adds the sums of the bodies that may have been signed, and of the right one by other functions.
func (d *diagnosis) fillBodySum(s *slot) {
	for _, o := range d.bodies() {
		s.add(option{text: hexOf512(o.text), causes: o.causes, weight: o.weight, tier: o.tier})
	}
	if len(d.Request.Body) <= someWays {
		body := string(d.Request.Body)
		s.wrong("wrong_digest", usual, sums(body)...)
		s.wrong("upper_hex", usual, strings.ToUpper(s.right()))
		sum := sha512.Sum512(d.Request.Body)
		s.wrong("base64_for_hex", usual, base64.StdEncoding.EncodeToString(sum[:]))
		s.wrong("wrong_construction", usual, "", body)
	}
}

func hexOf512(text string) string {
	sum := sha512.Sum512([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sums are the other usual hashes in hexadecimal.
func sums(text string) (all []string) {
	for _, name := range []string{"sha1", "sha256", "md5", "sha384"} {
		h := digestNamed(name)()
		h.Write([]byte(text))
		all = append(all, hex.EncodeToString(h.Sum(nil)))
	}
	return all
}
