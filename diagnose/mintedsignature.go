package diagnose

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// jwsAlgorithms are the algorithms of JWTs (RFC 7518, 3.1; RFC 8037) as messagekey.go has them.
var jwsAlgorithms = map[string]algorithm{
	"RS256": {kind: "rsa", hash: "sha256"}, "RS384": {kind: "rsa", hash: "sha384"}, "RS512": {kind: "rsa", hash: "sha512"},
	"RS1":   {kind: "rsa", hash: "sha1"}, // of no standard for JWTs, but many libraries' default (RFC 8812 names it so)
	"PS256": {kind: "pss", hash: "sha256", salt: 32}, "PS384": {kind: "pss", hash: "sha384", salt: 48},
	"PS512": {kind: "pss", hash: "sha512", salt: 64},
	"ES256": {kind: "ecdsa", hash: "sha256"}, "EdDSA": {kind: "ed25519"},
	"HS256": {kind: "hmac", hash: "sha256"}, "HS384": {kind: "hmac", hash: "sha384"}, "HS512": {kind: "hmac", hash: "sha512"},
}

// signed looks at the signature of a token: whether it is right, and which mistake leads to it if it is not. nil: it is
// right, or the key is not known.
func (m *minted) signed(token string, _ map[string]any) *mistake {
	i := strings.LastIndexByte(token, '.')
	text, given := token[:i], token[i+1:]
	right := jwsAlgorithms[m.algorithm]
	key := m.verifier()
	if key == nil || right.kind == "" {
		return nil
	}
	if raw, err := base64.RawURLEncoding.DecodeString(given); err == nil && right.signatureIn(raw, key, text) {
		if strings.Contains(text, "=") {
			return &mistake{"signature_encoding", "the parts of the JWT are padded with =, and base64url has no padding there", true}
		}
		return nil
	}
	for _, r := range readings(given) {
		if right.signatureIn(r.raw, key, text) {
			return &mistake{r.cause, "the token's signature is not in base64url without padding", true}
		}
	}
	raw, _ := anyBase64(given)
	if found := m.made(raw, key, text); found != nil {
		return found
	}
	if size := right.size(key); len(raw) < size {
		return &mistake{"secret_cut", "the token's signature is shorter than one of " + m.algorithm + ": its end is missing", true}
	}
	return &mistake{"wrong_secret", "the token is not signed with the configured key, or was changed after it was signed", false}
}

// size is the length of a signature in bytes; 0: it varies.
func (a *algorithm) size(k *messageKey) int {
	switch a.kind {
	case "ecdsa", "ed25519":
		return 64
	case "hmac":
		return digestNamed(a.hash).new().Size()
	}
	return rsaSize(k)
}

// verifier is the key, of which an asymmetric one verifies; nil: it is not configured, or none.
func (m *minted) verifier() *messageKey {
	text := cmp.Or(strings.TrimSpace(m.Options[m.key]), m.Options[m.key])
	if text == "" {
		return nil
	}
	if strings.HasPrefix(m.algorithm, "HS") {
		return &messageKey{secret: []byte(text), text: text}
	}
	return readMessageKey("private_key", text)
}

// reading is what a text may be the encoding of.
type reading struct {
	raw   []byte
	cause string
}

// readings are the signature's bytes in forms that a JWT does not have.
func readings(given string) (all []reading) {
	add := func(cause string, raw []byte, err error) {
		if err == nil {
			all = append(all, reading{raw, cause})
		}
	}
	if raw, ok := anyBase64(given); ok {
		add("signature_encoding", raw, nil)
		again, err := hex.DecodeString(string(raw)) // Base64 of the hexadecimal digits
		add("signature_encoding", again, err)
	}
	raw, err := hex.DecodeString(given)
	add("hex_for_base64", raw, err)
	return all
}

// made looks for the mistake in the making: another algorithm, another text, or what clients make of a secret.
func (m *minted) made(raw []byte, key *messageKey, text string) *mistake {
	right := jwsAlgorithms[m.algorithm]
	for name, a := range jwsAlgorithms {
		if fits(a, key) && a.signatureIn(raw, key, text) {
			if a.kind != right.kind {
				return &mistake{"wrong_algorithm", "the token is signed with " + name + ", and says and needs " + m.algorithm, true}
			}
			return &mistake{"wrong_digest", "the token is signed with " + name + ", and says and needs " + m.algorithm, true}
		}
	}
	if right.kind == "ecdsa" {
		der := right
		der.asn1 = true
		if der.signatureIn(raw, key, text) {
			return &mistake{"signature_encoding",
				"the token's signature is in DER, and a JWT has r and s in 32 bytes each (RFC 7518, 3.4)", true}
		}
	}
	for _, other := range otherTexts(text) {
		if right.signatureIn(raw, key, other) {
			return &mistake{"wrong_construction", "the token's signature is over another text than its first two parts in base64url " +
				"with a point between them", true}
		}
	}
	if right.kind != "hmac" {
		return nil
	}
	for secret, cause := range knownSecrets {
		if right.signatureIn(raw, &messageKey{secret: []byte(secret)}, text) {
			return &mistake{cause, "", true}
		}
	}
	d := &diagnosis{Case: m.Case, profile: new(profile), secret: key.text}
	for _, a := range d.alterations() {
		if right.signatureIn(raw, &messageKey{secret: []byte(a.secret)}, text) {
			return &mistake{a.cause, "", true}
		}
	}
	for _, c := range constructions(digestNamed(right.hash), key.text) {
		if string(c.sum([]string{text})) == string(raw) {
			return &mistake{"wrong_construction", "the token's signature is a hash of key and text, and no HMAC of the text", true}
		}
	}
	return nil
}

// knownSecrets are the empty one, and those that jwt.io's page has in its field (https://jwt.io).
var knownSecrets = map[string]string{"": "secret_empty", "your-256-bit-secret": "secret_placeholder",
	"your-384-bit-secret": "secret_placeholder",
	"your-512-bit-secret": "secret_placeholder", "a-string-secret-at-least-256-bits-long": "secret_placeholder"}

// fits reports whether an algorithm takes a key.
func fits(a algorithm, k *messageKey) bool {
	switch k.algorithm() {
	case "ed25519":
		return a.kind == "ed25519"
	case "ecdsa-p256-sha256":
		return a.kind == "ecdsa"
	case "rsa-pss-sha512":
		return a.kind == "rsa" || a.kind == "pss"
	}
	return a.kind == "hmac"
}

// otherTexts are what clients sign in place of header.claims: both decoded, one of them, or both without the point.
func otherTexts(text string) (all []string) {
	header, claims, _ := strings.Cut(text, ".")
	h, _ := anyBase64(header)
	c, _ := anyBase64(claims)
	return []string{string(h) + "." + string(c), string(h) + string(c), string(c), claims, header + claims, text + ".", text + "\n"}
}
