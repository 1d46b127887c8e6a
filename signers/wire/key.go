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

// noKey and the other texts of this file follow the name of an option: "private_key must be ...".
// None quotes the value.
const noKey = "must be a private key in PEM or as a JWK"

// PathHint says what to write if a document was expected and text is the path of a file; empty if it is not a path. It ends a
// sentence, and does not quote the path.
func PathHint(text string) string {
	if strings.HasPrefix(text, "/") && !strings.Contains(text, "\n") {
		return ", and is a path; write file:/path, or {file./path} in Caddy"
	}
	return ""
}

// PrivateKey reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1) or as a JSON Web Key: of RSA,
// ECDSA on P-256, or Ed25519. Without an error the second result is empty; otherwise it says what
// the option must be. n matters for SampleKey alone, which is then a key for the signature of that
// number. The key has the type that Go's crypto packages give it: *rsa.PrivateKey,
// *ecdsa.PrivateKey or ed25519.PrivateKey. Its size and curve are checked by KeyFault, and not
// here.
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
			return nil, noKey + PathHint(text)
		}
		// PKCS #8 says so in the block's name, older files of OpenSSL in a header. A password would
		// be one more secret of the gateway, so such keys are unlocked first.
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

// KeyFault says that a key is of another kind than the signature n takes, or too weak; usually
// nothing. Signature asserts the type that is checked here. RSA keys below 1024 bits are refused
// because Go's library would refuse to sign with them (since Go 1.24).
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

// KeyWeakness says that a key is weaker than it should be; mostly nothing. It is a warning and not
// a fault, so that a key which its vendor still takes goes on working. Source: NIST SP 800-131A,
// Rev. 2, section 3.
func KeyWeakness(key interface{}) string {
	if own, ok := key.(*rsa.PrivateKey); ok && own.N.BitLen() < 2048 {
		return "is an RSA key of less than 2048 bits, which vendors refuse or will refuse; make a new one"
	}
	return ""
}

// readDER reads PKCS #8, PKCS #1 or SEC 1 (RFC 5208, 8017 and 5915); nil if it is anything else.
// The name of the PEM block is not checked: each of the three has a structure of its own.
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

// maxHead is where the algorithm of PKCS #8 begins at the latest: a sequence, the version and
// another sequence are before it, each with a length of up to four bytes. Further on the same bytes
// may be part of a number.
const maxHead = 16

// anyRSA writes a key for RSASSA-PSS alone as one of RSA, since crypto/x509 does not know the
// former (go.dev/issue/37239). The identifiers have the same length, so the lengths around them
// hold. The key itself is the same; which signature it makes is for the caller to choose. der is
// not changed.
func anyRSA(der []byte) []byte {
	if at := bytes.Index(der, oidPSS); at >= 0 && at < maxHead {
		return append(append(append([]byte(nil), der[:at]...), oidRSA...), der[at+len(oidPSS):]...)
	}
	return der
}
