package diagnose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/vendorsign/vendorsign/signers"
)

// otherKeys are signatures with the shared secret in another form, and with the key of the option
// previous. A private key has no other forms: one that was read wrongly makes no signature at all.
func (s *signedMessage) otherKeys() (all []mac) {
	right := s.right()
	add := func(cause string, tier int, says string, k *messageKey) {
		all = append(all, mistaken(cause, tier, says, s.check(right, k, nil)))
	}
	if scheme, err := signers.Lookup(s.d.Signer); err == nil {
		before, _ := s.d.Values.Block("previous", scheme.Options)
		for _, option := range []string{"private_key", "private_jwk", "shared_secret"} {
			if k := readMessageKey(option, before.Text(option)); before.Text(option) != "" && k != nil {
				add("wrong_secret", frequent, "the key of the option previous was used, and not the current one", k)
			}
		}
	}
	if s.key.private != nil {
		return all
	}
	add("secret_base64", frequent, "the base64 text of the shared secret was used as the key, not the bytes that it encodes",
		&messageKey{secret: []byte(s.key.text)})
	for _, form := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding, base64.URLEncoding} {
		add("secret_base64", frequent, "the base64 text of the shared secret was used as the key, not the bytes that it encodes",
			&messageKey{secret: []byte(form.EncodeToString(s.key.secret))})
	}
	for n := len(s.key.secret) - 1; n > 0; n-- {
		add("secret_cut", rare, "", &messageKey{secret: s.key.secret[:n]})
	}
	// The mistakes with a secret's text are tried twice: on the decoded bytes, and on the Base64 text.
	for _, c := range s.d.changes("secret") { // made after it was decoded
		add(c.cause, max(c.tier, usual), "", &messageKey{secret: []byte(c.apply(string(s.key.secret)))})
	}
	for _, a := range s.d.alterations() {
		if raw, err := base64.StdEncoding.DecodeString(a.secret); err == nil {
			add(a.cause, a.tier, "", &messageKey{secret: raw})
		}
		add(a.cause, max(a.tier, usual), "", &messageKey{secret: []byte(a.secret)})
	}
	return all
}

// readLength compares the length of the signature with what the key makes. It is the last thing to look
// at: another algorithm or encoding may explain it better.
func (s *signedMessage) readLength() {
	wants := []int{ed25519.SignatureSize} // also r and s of ECDSA
	switch private := s.key.private.(type) {
	case nil:
		wants = []int{16, 20, 28, 32, 48, 64}
	case *ecdsa.PrivateKey:
		if len(s.raw) > 8 && s.raw[0] == 0x30 { // DER
			return
		}
	case *rsa.PrivateKey:
		wants = []int{private.Size()}
	}
	if !slices.Contains(wants, len(s.raw)) {
		s.d.fact("signature_length", "the signature has "+strconv.Itoa(len(s.raw))+" bytes, a length that this key cannot make")
	}
}
