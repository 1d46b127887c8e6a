package diagnose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha1" // for crypto.SHA1
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// messageKey is what signatures are checked with: a private key, of which the public half is used, or a
// shared secret.
type messageKey struct {
	// *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey. nil: secret is used.
	private any
	// The bytes of the shared secret, which is configured in Base64.
	secret []byte
	// The text of the shared secret as it is configured: clients use that as the key by mistake.
	text string
}

// algorithm is how a signature is made.
type algorithm struct {
	// Its name in RFC 9421, 6.2.2. Empty: it has none there.
	name string
	// rsa, pss, ecdsa, ed25519 or hmac.
	kind string
	// Of the text, by its name in digests. Empty: the algorithm hashes itself.
	hash string
	// r and s of ECDSA are in DER, as in draft-cavage, and not in 32 bytes each.
	asn1 bool
	// The length of the salt of PSS in bytes, or rsa.PSSSaltLengthAuto.
	salt int
}

// hashNumbers are the numbers of hashes in package crypto, by the names of digests.
var hashNumbers = map[string]crypto.Hash{"sha1": crypto.SHA1, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}

// takeKey reads the key from the configuration. A check of RSA or ECDSA takes much longer than a MAC,
// so the budget has fewer of them.
func (s *signedMessage) takeKey() {
	d := s.d
	for _, option := range []string{"private_key", "private_jwk", "shared_secret"} {
		if d.Options[option] != "" {
			d.takeSecret(option)
			s.key = readMessageKey(option, d.Options[option])
			break
		}
	}
	if s.key == nil {
		d.secret = ""
	} else if s.key.private != nil { // a check takes longer than a MAC
		d.budget.sums = 4_000
	} else { // the text has many lines
		d.budget.sums, d.budget.bytes = 30_000, 24<<20
	}
}

// readMessageKey reads the value of an option; nil if it is no key. The sample key of documentation and
// tests does not count.
func readMessageKey(option, text string) *messageKey {
	if option == "shared_secret" {
		raw, ok := anyBase64(strings.TrimSpace(text))
		if !ok {
			return nil
		}
		return &messageKey{secret: raw, text: strings.TrimSpace(text)}
	}
	if private, fault := wire.PrivateKey(0, text); fault == "" && text != wire.SampleKey {
		return &messageKey{private: private}
	}
	return nil
}

// algorithms are those of RFC 9421 that are offered, by their names (6.2.2).
var algorithms = map[string]algorithm{
	"ed25519":           {name: "ed25519", kind: "ed25519"},
	"ecdsa-p256-sha256": {name: "ecdsa-p256-sha256", kind: "ecdsa", hash: "sha256"},
	"rsa-pss-sha512":    {name: "rsa-pss-sha512", kind: "pss", hash: "sha512", salt: 64},
	"rsa-v1_5-sha256":   {name: "rsa-v1_5-sha256", kind: "rsa", hash: "sha256"},
	"hmac-sha256":       {name: "hmac-sha256", kind: "hmac", hash: "sha256"},
}

// right is the algorithm that the vendor expects, by the configuration or the key. hs2019 of the draft
// leaves the algorithm to the key, with SHA-512.
func (s *signedMessage) right() algorithm {
	byDefault := "auto"
	if s.draft {
		byDefault = "rsa-sha256"
	}
	name := s.d.option("algorithm", byDefault)
	switch {
	case s.oracle || name == "rsa-sha256":
		name = "rsa-v1_5-sha256"
	case name == "auto" || name == "hs2019":
		a := algorithms[s.key.algorithm()]
		if s.draft && a.hash != "" { // draft-cavage-http-signatures-12, appendix E.2
			a.hash, a.asn1 = "sha512", a.kind == "ecdsa"
		}
		return a
	}
	return algorithms[name]
}

// rsaSize is the length of a signature by an RSA key in bytes; 0: it is another key.
func rsaSize(k *messageKey) int {
	if private, ok := k.private.(*rsa.PrivateKey); ok {
		return private.Size()
	}
	return 0
}

// algorithm is the name of the usual one for a key; empty: the key is not known.
func (k *messageKey) algorithm() string {
	if k == nil {
		return ""
	}
	switch k.private.(type) {
	case ed25519.PrivateKey:
		return "ed25519"
	case *ecdsa.PrivateKey:
		return "ecdsa-p256-sha256"
	case *rsa.PrivateKey:
		return "rsa-pss-sha512"
	}
	return "hmac-sha256"
}

// signatureIn reports whether raw is the signature of a text. False also where the key is not one of
// the algorithm's.
func (a *algorithm) signatureIn(raw []byte, k *messageKey, text string) bool {
	var sum []byte
	number := hashNumbers[a.hash]
	if a.hash != "" {
		sum = sumOf(digestNamed(a.hash).new(), text)
	}
	switch private := k.private.(type) {
	case nil:
		return hmac.Equal(sumOf(hmac.New(digestNamed(a.hash).new, k.secret), text), raw)
	case ed25519.PrivateKey:
		return len(raw) == ed25519.SignatureSize && ed25519.Verify(private.Public().(ed25519.PublicKey), []byte(text), raw)
	case *ecdsa.PrivateKey:
		if a.asn1 {
			return ecdsa.VerifyASN1(&private.PublicKey, sum, raw)
		}
		half := len(raw) / 2
		return len(raw) == 64 && ecdsa.Verify(&private.PublicKey, sum, new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:]))
	case *rsa.PrivateKey:
		if a.kind == "pss" {
			return rsa.VerifyPSS(&private.PublicKey, number, sum, raw, &rsa.PSSOptions{SaltLength: a.salt}) == nil
		}
		return rsa.VerifyPKCS1v15(&private.PublicKey, number, sum, raw) == nil
	}
	return false
}

// check is a hasher that returns the given signature if it is one of the text, and nothing else.
// change, if it is not nil, makes another text of it first, and an empty text where it does not apply.
func (s *signedMessage) check(a algorithm, k *messageKey, change func(string) string) hasher {
	return func(pieces []string) []byte {
		text := strings.Join(pieces, "")
		if change != nil {
			if text = change(text); text == "" {
				return nil
			}
		}
		if a.signatureIn(s.raw, k, text) {
			return s.raw
		}
		return nil
	}
}

// otherAlgorithms are the other ways to sign with the key, with what to say of them: another padding,
// hash or salt, r and s in another form, and a text that was encoded or hashed before it was signed.
func (s *signedMessage) otherAlgorithms() (all []mac) {
	right := s.right()
	add := func(cause, says string, a algorithm, change func(string) string) {
		all = append(all, mistaken(cause, frequent, says, s.check(a, s.key, change)))
	}
	hashes := []string{"sha256", "sha512", "sha384", "sha1"}
	switch right.kind {
	case "rsa", "pss":
		for _, hash := range hashes {
			for _, kind := range []string{"rsa", "pss"} {
				a := algorithm{kind: kind, hash: hash, salt: rsa.PSSSaltLengthAuto}
				switch {
				case kind != right.kind && kind == "pss":
					add("wrong_algorithm", "the signature was made with RSASSA-PSS, and the vendor expects RSASSA-PKCS1-v1_5", a, nil)
				case kind != right.kind:
					add("wrong_algorithm", "the signature was made with RSASSA-PKCS1-v1_5, and the vendor expects RSASSA-PSS", a, nil)
				case hash != right.hash:
					add("wrong_digest", "the text was hashed with "+hash+", and the algorithm takes "+right.hash, a, nil)
				case kind == "pss":
					add("wrong_algorithm", "the salt of RSASSA-PSS is not as long as the hash, 64 bytes", a, nil)
				}
			}
		}
	case "ecdsa":
		for _, hash := range hashes {
			for _, asn1 := range []bool{right.asn1, !right.asn1} {
				a := algorithm{kind: "ecdsa", hash: hash, asn1: asn1}
				says := "r and s of the signature were written in DER, and must be 32 bytes each"
				if right.asn1 {
					says = "r and s of the signature were written in 32 bytes each, and must be in DER"
				}
				switch {
				case asn1 != right.asn1:
					add("signature_encoding", says, a, nil)
				case hash != right.hash:
					add("wrong_digest", "the text was hashed with "+hash+", and the algorithm takes "+right.hash, a, nil)
				}
			}
		}
	case "hmac":
		for _, h := range digests {
			if h.name != right.hash {
				add("wrong_digest", causeByID["wrong_digest"].Says, algorithm{kind: "hmac", hash: h.name}, nil)
			}
		}
	}
	add("wrong_construction", "the base64 of the text was signed, and not the text", right, func(text string) string {
		return base64.StdEncoding.EncodeToString([]byte(text))
	})
	for _, hash := range hashes[:2] {
		h := digestNamed(hash)
		says := "the text was hashed before it was given to the algorithm, which does that itself"
		add("wrong_construction", says, right, func(text string) string { return string(sumOf(h.new(), text)) })
		add("wrong_construction", says, right, func(text string) string { return hex.EncodeToString(sumOf(h.new(), text)) })
	}
	return all
}
