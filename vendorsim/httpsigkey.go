package vendorsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"hash"
	"math/big"
	"strings"
)

// The signatures that are verified, by their names in RFC 9421, 3.3, and the four of draft-cavage's hs2019 (appendix E.2).
const (
	verifyEd25519     = "ed25519"
	verifyHMAC        = "hmac-sha256"
	verifyECDSA       = "ecdsa-p256-sha256"
	verifyPSS         = "rsa-pss-sha512"
	verifyRSA         = "rsa-v1_5-sha256"
	verifyOldHMAC     = "hs2019 with HMAC"
	verifyOldECDSA    = "hs2019 with ECDSA"
	verifyOldPSS      = "hs2019 with RSASSA-PSS"
	minRSABits        = 1024 // crypto/rsa has no shorter ones either
	maxSignatureBytes = 2048
)

// verifyKey is what a vendor has of a client's key: the public half, or the secret that both know. It never changes.
type verifyKey struct {
	// One of the two is set, so that the kind of key decides which algorithms there are (fits).
	public any // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	secret []byte
}

// readVerifyKey reads the key of a configuration. A private one is as good as its public half. Exactly one of the four
// options must be given.
func readVerifyKey(o *options) (k verifyKey) {
	given := ""
	// A demonstration has the client's private key at hand; a vendor has its public half.
	for _, name := range []string{"public_key", "private_key", "private_jwk"} {
		text := o.document(name)
		if text == "" {
			continue
		}
		if given != "" {
			o.fail("%s and %s cannot be used together", given, name)
		}
		given = name
		if k.public = publicHalf(text); k.public == nil {
			o.fail("%s must be a key for RSA, of at least %d bits, for ECDSA on P-256 or for Ed25519, in PEM or as a JSON Web Key", name, minRSABits)
		}
	}
	// In base64, as RFC 9421's own examples have it (appendix B.1.5).
	if text := o.optional("shared_secret", ""); text != "" {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(raw) == 0 {
			o.fail("shared_secret must be base64 with its padding")
		}
		if given != "" {
			o.fail("%s and shared_secret cannot be used together", given)
		}
		k.secret, given = raw, "shared_secret"
	}
	if given == "" {
		o.fail("public_key, private_key or shared_secret is required")
	}
	return k
}

// document reads an option that may have several lines.
func (o *options) document(name string) string {
	o.known[name] = true
	return strings.TrimSpace(o.values[name])
}

// publicHalf is the public key of a text, nil if there is none that can be used. Bounds of RSA keys keep a verification from
// taking seconds.
func publicHalf(text string) any {
	var public any
	if block, _ := pem.Decode([]byte(text)); block == nil {
		public = publicJWK(text)
	} else if k, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		public = k
	} else if k, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
		public = k
	} else if private, ok := readKey(text).(crypto.Signer); ok {
		public = private.Public()
	}
	switch k := public.(type) {
	// An even exponent, or one below 3, is that of no key.
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits || k.N.BitLen() > 16384 || k.E < 3 || k.E%2 == 0 {
			return nil
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() || !onCurve(k) {
			return nil
		}
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return nil
		}
	}
	return public
}

// onCurve reports whether an ECDSA key is a point of its curve: a JSON Web Key can hold any two numbers.
func onCurve(k *ecdsa.PublicKey) bool {
	_, err := k.ECDH()
	return err == nil
}

// publicJWK reads a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037), public or private. Only the public members are
// read, except of an Ed25519 key that has none. Members of the wrong form become zero, which publicHalf refuses.
func publicJWK(text string) any {
	var jwk struct{ Kty, Crv, N, E, X, Y, D string }
	if json.Unmarshal([]byte(text), &jwk) != nil {
		return nil
	}
	part := func(s string) []byte {
		b, _ := base64.RawURLEncoding.DecodeString(s)
		return b
	}
	number := func(s string) *big.Int { return new(big.Int).SetBytes(part(s)) }
	switch {
	case jwk.Kty == "RSA":
		e := number(jwk.E)
		if e.BitLen() > 31 {
			return nil
		}
		return &rsa.PublicKey{N: number(jwk.N), E: int(e.Int64())}
	case jwk.Kty == "EC" && jwk.Crv == "P-256":
		return &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(jwk.X), Y: number(jwk.Y)}
	case jwk.Kty == "OKP" && jwk.Crv == "Ed25519":
		if seed := part(jwk.D); jwk.X == "" && len(seed) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(seed).Public()
		}
		return ed25519.PublicKey(part(jwk.X))
	}
	return nil
}

// thumbprint is RFC 7638's, by SHA-256: the members that the key needs, sorted, without blanks. Web Bot Auth names keys by
// it.
func (k verifyKey) thumbprint() string {
	enc := base64.RawURLEncoding.EncodeToString
	text := ""
	switch p := k.public.(type) {
	case *rsa.PublicKey:
		text = `{"e":"` + enc(big.NewInt(int64(p.E)).Bytes()) + `","kty":"RSA","n":"` + enc(p.N.Bytes()) + `"}`
	case *ecdsa.PublicKey:
		text = `{"crv":"P-256","kty":"EC","x":"` + enc(p.X.FillBytes(make([]byte, 32))) + `","y":"` + enc(p.Y.FillBytes(make([]byte, 32))) + `"}`
	case ed25519.PublicKey:
		text = `{"crv":"Ed25519","kty":"OKP","x":"` + enc(p) + `"}`
	}
	sum := sha256.Sum256([]byte(text))
	return enc(sum[:])
}

// fits reports whether the key is one for this signature. It is asked at load and again before each verification, so that no
// request can choose another algorithm for the same key.
func (k verifyKey) fits(algorithm string) bool {
	switch k.public.(type) {
	case *rsa.PublicKey:
		return algorithm == verifyPSS || algorithm == verifyRSA || algorithm == verifyOldPSS
	case *ecdsa.PublicKey:
		return algorithm == verifyECDSA || algorithm == verifyOldECDSA
	case ed25519.PublicKey:
		return algorithm == verifyEd25519
	}
	return algorithm == verifyHMAC || algorithm == verifyOldHMAC
}

// verifies reports whether a signature is one of text. The algorithm is the configured one, by its name in RFC 9421 or in
// this file.
func (k verifyKey) verifies(algorithm, text string, signature []byte) bool {
	if !k.fits(algorithm) || len(signature) > maxSignatureBytes {
		return false
	}
	// Both are made, for whichever the algorithm takes.
	short, long := sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text))
	switch p := k.public.(type) {
	case *rsa.PublicKey:
		switch algorithm {
		case verifyPSS: // the salt is as long as the hash: RFC 9421, 3.3.1
			return rsa.VerifyPSS(p, crypto.SHA512, long[:], signature, &rsa.PSSOptions{SaltLength: 64}) == nil
		case verifyOldPSS:
			return rsa.VerifyPSS(p, crypto.SHA512, long[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
		}
		return rsa.VerifyPKCS1v15(p, crypto.SHA256, short[:], signature) == nil
	case *ecdsa.PublicKey:
		if algorithm == verifyOldECDSA {
			return ecdsa.VerifyASN1(p, long[:], signature)
		}
		// RFC 9421 has the numbers next to each other, and hs2019 the ASN.1 of X.509.
		return len(signature) == 64 && // two numbers of 32 bytes: RFC 9421, 3.3.4
			ecdsa.Verify(p, short[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	case ed25519.PublicKey:
		return ed25519.Verify(p, []byte(text), signature)
	}
	// A shared secret: fits has refused all other algorithms.
	var newHash func() hash.Hash = sha256.New
	if algorithm == verifyOldHMAC {
		newHash = sha512.New
	}
	mac := hmac.New(newHash, k.secret)
	mac.Write([]byte(text))
	return hmac.Equal(mac.Sum(nil), signature)
}
