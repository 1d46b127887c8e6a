//go:build go1.21

package wire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

const noKey = "must be a private key in PEM or as a JWK"

// PrivateKey reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1) or as a JSON Web Key: of RSA, ECDSA on P-256, or Ed25519. If there
// is none, the text says what the option must be. SampleKey is a key for the signature of that number.
func PrivateKey(n int, text string) (interface{}, string) {
	if text == SampleKey {
		return sampleKey(n), ""
	}
	var key interface{}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
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
	return key, ""
}

// SigningKey is PrivateKey, but only of the kind that a signature takes.
func SigningKey(n int, text string) (interface{}, string) {
	key, fault := PrivateKey(n, text)
	if fault == "" {
		fault = KeyFault(n, key)
	}
	if fault != "" {
		return nil, fault
	}
	return key, ""
}

// KeyFault says that a key is of another kind than a signature takes, or too weak; usually nothing.
func KeyFault(n int, key interface{}) string {
	switch n {
	case Ed25519:
		if _, ok := key.(ed25519.PrivateKey); !ok {
			return "must be an Ed25519 key"
		}
	case ECDSAP256SHA256, ECDSAP256SHA512ASN1:
		if own, ok := key.(*ecdsa.PrivateKey); !ok || own.Params().BitSize != 256 {
			return "must be an ECDSA key on P-256"
		}
	default:
		if own, ok := key.(*rsa.PrivateKey); !ok {
			return "must be an RSA key"
		} else if own.N.BitLen() < 1024 {
			return "must be an RSA key of at least 1024 bits, better 2048"
		}
	}
	return ""
}

// KeyWeakness says that a key is weaker than it should be; mostly nothing. Source: NIST SP 800-131A, Rev. 2, 3.
func KeyWeakness(key interface{}) string {
	if own, ok := key.(*rsa.PrivateKey); ok && own.N.BitLen() < 2048 {
		return "is an RSA key of less than 2048 bits, which vendors refuse or will refuse; make a new one"
	}
	return ""
}

// readDER reads PKCS #8, PKCS #1 or SEC 1 (RFC 5208, 8017 and 5915); nil if it is anything else.
func readDER(der []byte) interface{} {
	if key, err := x509.ParsePKCS8PrivateKey(anyRSA(der)); err == nil {
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

// The algorithm of a key of RSA, and of one that is for RSASSA-PSS alone (RFC 8017, A.1 and A.2.3), as object identifiers.
var (
	oidRSA = []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
	oidPSS = []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")
)

// maxHead is where the algorithm of PKCS #8 begins at the latest.
const maxHead = 16

// anyRSA writes a key for RSASSA-PSS alone as one of RSA, since crypto/x509 does not know the former (go.dev/issue/37239).
func anyRSA(der []byte) []byte {
	if at := bytes.Index(der, oidPSS); at >= 0 && at < maxHead {
		return append(append(append([]byte(nil), der[:at]...), oidRSA...), der[at+len(oidPSS):]...)
	}
	return der
}
