//go:build go1.21

package program

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// The signatures with private keys.
const (
	useRSA = iota
	useRSAPSS
	useECDSA
	useEd25519
)

var signatures = map[string]int{"rsa_sha256": useRSA, "rsa_pss_sha512": useRSAPSS, "ecdsa_p256_sha256": useECDSA, "ed25519": useEd25519}

func (c *compiler) signature(n int, f call, v value, dst, start int) (value, string) {
	key, reason := c.named(f.args[0])
	if reason == "" && (key.kind != text || !key.secret) {
		reason = "the key " + shown(f.args[0].text) + " is public; a signature is made with a private key, which is a secret"
	}
	if reason != "" {
		return v, reason
	}
	return c.hash(instruction{op: opSignature, n: n, b: key.slot}, v, keyed(v), dst, start), ""
}

const noKey = "must be a private key in PEM or as a JWK"

// parseKey reads a private key and checks that it is of the kind that is wanted. If it is not, the text says what the option must
// be.
func parseKey(n int, text string) (interface{}, string) {
	var key interface{}
	if text == SampleKey {
		key = sampleKey(n)
	} else if strings.HasPrefix(strings.TrimSpace(text), "{") {
		key = readJWK([]byte(text))
	} else {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, noKey
		}
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return nil, "has a password; unlock it with openssl pkey -in KEY.pem -out UNLOCKED.pem"
		}
		key = readDER(block.Bytes)
	}
	if key == nil {
		return nil, noKey
	}
	switch n {
	case useEd25519:
		if _, ok := key.(ed25519.PrivateKey); !ok {
			return nil, "must be an Ed25519 key"
		}
	case useECDSA:
		if own, ok := key.(*ecdsa.PrivateKey); !ok || own.Params().BitSize != 256 {
			return nil, "must be an ECDSA key on P-256"
		}
	default:
		if own, ok := key.(*rsa.PrivateKey); !ok {
			return nil, "must be an RSA key"
		} else if own.N.BitLen() < 1024 {
			return nil, "must be an RSA key of at least 1024 bits, better 2048"
		}
	}
	return key, ""
}

// weakness says that a key is weaker than it should be; mostly nothing. Source: NIST SP 800-131A, Rev. 2, 3.
func weakness(key interface{}) string {
	if own, ok := key.(*rsa.PrivateKey); ok && own.N.BitLen() < 2048 {
		return "is an RSA key of less than 2048 bits, which vendors refuse or will refuse; make a new one"
	}
	return ""
}

// readDER reads PKCS #8, PKCS #1 or SEC 1; nil if it is anything else.
func readDER(der []byte) interface{} {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key
	}
	return nil
}

func doSignature(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	out, err := sign(in.n, in.key, covered(in, slots, m))
	slots[in.dst] = out
	return err
}

var errSignature = errors.New("the private key could not sign")

// sign makes a signature. Two kinds take a random number; nothing depends on which.
func sign(n int, key interface{}, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	switch n {
	case useRSA:
		out, err := rsa.SignPKCS1v15(nil, key.(*rsa.PrivateKey), crypto.SHA256, sum[:])
		if err != nil {
			return "", errSignature
		}
		return string(out), nil
	case useRSAPSS:
		sum := sha512.Sum512(data)
		salt := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		out, err := rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA512, sum[:], salt)
		if err != nil {
			return "", errSignature
		}
		return string(out), nil
	case useECDSA:
		r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			return "", errSignature
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return string(out), nil
	}
	return string(ed25519.Sign(key.(ed25519.PrivateKey), data)), nil
}
