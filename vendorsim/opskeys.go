package vendorsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
)

// errKey does not show the key, nor what is wrong with it.
var errKey = errors.New("the key cannot be used with this algorithm")

// signWith signs with a private key, which is PEM (PKCS#1, PKCS#8, SEC 1) or a JWK. RSA-PSS and ECDSA are randomised: their
// signatures are verified, never compared. A key of another kind than the algorithm's is errKey.
func signWith(algorithm, key, message string) (string, error) {
	// Read each time: a key is an option's text, and this package judges few requests.
	private := readKey(key)
	short, long := sha256.Sum256([]byte(message)), sha512.Sum512([]byte(message))
	var signature []byte
	err := errKey
	switch k := private.(type) {
	case *rsa.PrivateKey:
		switch algorithm {
		case "rsa_sha256":
			signature, err = rsa.SignPKCS1v15(nil, k, crypto.SHA256, short[:])
		case "rsa_pss_sha512":
			signature, err = rsa.SignPSS(rand.Reader, k, crypto.SHA512, long[:], &rsa.PSSOptions{SaltLength: 64})
		}
	case ed25519.PrivateKey:
		if algorithm == "ed25519" {
			signature, err = ed25519.Sign(k, []byte(message)), nil
		}
	case *ecdsa.PrivateKey:
		if algorithm != "ecdsa_p256_sha256" || k.Curve != elliptic.P256() {
			break
		}
		// Two numbers of 32 bytes, as JWS (RFC 7518, 3.4) and RFC 9421, 3.3.4, have them.
		r, s, fault := ecdsa.Sign(rand.Reader, k, short[:])
		if err = fault; err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	}
	return string(signature), err
}

// verifyNames are the names in httpsigkey.go of the algorithms that are verified with a key: those of randomised filters, and
// those of JWS.
var verifyNames = map[string]string{"rsa_pss_sha512": verifyPSS, "ecdsa_p256_sha256": verifyECDSA, "RS256": verifyRSA, "ES256": verifyECDSA,
	"EdDSA": verifyEd25519}

// verifyWith reports whether a signature fits the public half of a private key. Of filters only the randomised ones are
// verified; the others are computed again and compared, and for them it is false.
func verifyWith(algorithm, key, message, signature string) bool {
	private, ok := readKey(key).(crypto.Signer)
	return ok && verifyKey{public: private.Public()}.verifies(verifyNames[algorithm], message, []byte(signature))
}

// readKey reads a private key in PEM (PKCS#8, PKCS#1, SEC 1) or as a JWK; nil if it is not one.
func readKey(text string) any {
	// The type in the PEM's first line is not looked at: the parsers tell the forms apart.
	if block, _ := pem.Decode([]byte(text)); block != nil {
		if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			return k
		}
		if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return k
		}
		if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return k
		}
		// A key for RSASSA-PSS alone (RFC 4055, 1.2), which the library does not read.
		var pkcs8 struct {
			Version   int
			Algorithm pkix.AlgorithmIdentifier
			Key       []byte
		}
		if _, err := asn1.Unmarshal(block.Bytes, &pkcs8); err == nil && pkcs8.Algorithm.Algorithm.String() == "1.2.840.113549.1.1.10" {
			if k, err := x509.ParsePKCS1PrivateKey(pkcs8.Key); err == nil {
				return k
			}
		}
		return nil
	}
	// A JWK of another kind, or with a member that is no text, gives a key that fits nothing.
	var jwk map[string]any
	if json.Unmarshal([]byte(text), &jwk) != nil {
		return nil
	}
	// A member that is missing or wrong becomes no bytes, which no key has.
	part := func(name string) []byte {
		s, _ := jwk[name].(string)
		b, _ := base64.RawURLEncoding.DecodeString(s)
		return b
	}
	number := func(name string) *big.Int { return new(big.Int).SetBytes(part(name)) }
	switch jwk["kty"] {
	// Ed25519 (RFC 8037, 2): d is the seed.
	case "OKP":
		if seed := part("d"); jwk["crv"] == "Ed25519" && len(seed) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(seed)
		}
	// The public half is taken as it is written; it is only used to verify.
	case "EC":
		if jwk["crv"] == "P-256" {
			return &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P256(), X: number("x"), Y: number("y")}, D: number("d")}
		}
	case "RSA":
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}, D: number("d"),
			Primes: []*big.Int{number("p"), number("q")}}
		// Two primes: what keys of more have in addition (RFC 7518, 6.3.2.7) is not read.
		if k.Validate() == nil {
			k.Precompute()
			return k
		}
	}
	return nil
}
