//go:build go1.21

package wire

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
)

// The signatures with private keys.
const (
	// The first four are those of HTTP signatures: rsa-v1_5-sha256, rsa-pss-sha512,
	// ecdsa-p256-sha256 and ed25519 (RFC 9421, section 6.2.2).
	RSASHA256           = iota // RSASSA-PKCS1-v1_5 (RFC 8017, 8.2)
	RSAPSSSHA512               // RSASSA-PSS with a salt as long as the hash (RFC 8017, 8.1)
	ECDSAP256SHA256            // as r and s in 64 bytes
	Ed25519                    // RFC 8032
	ECDSAP256SHA512ASN1        // as a sequence of r and s in DER
)

// errSignature takes the place of the library's errors, which are of no use to an operator and
// might quote the key's numbers.
var errSignature = errors.New("the private key could not sign")

// Signature signs data with a key of SigningKey, as a text of bytes. PSS and ECDSA take a random number, so that two signatures of one text
// differ; nothing depends on which. The key must be of the kind that KeyFault accepts for the number. The error does not quote the
// library's.
func Signature(n int, key interface{}, data []byte) (string, error) {
	switch n {
	case RSASHA256:
		sum := sha256.Sum256(data)
		// PKCS #1 v1.5 is deterministic. A source of random numbers would be ignored.
		out, err := rsa.SignPKCS1v15(nil, key.(*rsa.PrivateKey), crypto.SHA256, sum[:])
		if err != nil {
			return "", errSignature
		}
		return string(out), nil
	case RSAPSSSHA512:
		sum := sha512.Sum512(data)
		// RFC 9421, section 3.3.1: the salt has 64 bytes, as SHA-512 has.
		salt := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		out, err := rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA512, sum[:], salt)
		if err != nil {
			return "", errSignature
		}
		return string(out), nil
	case ECDSAP256SHA256:
		sum := sha256.Sum256(data)
		r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			return "", errSignature
		}
		// RFC 7518, 3.4: r and s in a row, each filled up with zeros to 32 bytes.
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return string(out), nil
	case ECDSAP256SHA512ASN1:
		sum := sha512.Sum512(data)
		out, err := ecdsa.SignASN1(rand.Reader, key.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			return "", errSignature
		}
		return string(out), nil
	}
	return string(ed25519.Sign(key.(ed25519.PrivateKey), data)), nil
}

// SignatureFault is why this system refuses to sign with the key, as in FIPS mode: by an error, or
// by a panic. It is empty where a signature can be made. It signs a text once, while the
// configuration loads, so that no request finds out.
func SignatureFault(n int, key interface{}) (fault string) {
	defer func() {
		if r := recover(); r != nil {
			fault = fmt.Sprintf("this system refuses the scheme's cryptography (FIPS mode?): %v", r)
		}
	}()
	if _, err := Signature(n, key, []byte("vendorsign")); err != nil {
		return "cannot sign: the key is damaged, or this system refuses the scheme's cryptography (FIPS mode?)"
	}
	return ""
}
