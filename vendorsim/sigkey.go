package vendorsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
)

// sigKey verifies signatures: by the public half of a private key, or a shared secret.
type sigKey struct {
	private string
	secret  []byte
}

// sigKey reads the key that a gateway signs with. A private key may have several lines.
func (o *options) sigKey() sigKey {
	o.ignore("private_key", "private_jwk")
	k := sigKey{private: o.values["private_key"] + o.values["private_jwk"]}
	if text := o.optional("shared_secret", " "); text != "" {
		secret, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(secret) == 0 {
			o.fail("shared_secret is not base64")
		}
		k.secret = secret
	}
	switch {
	case k.private == "" && k.secret == nil:
		o.fail("private_key, private_jwk or shared_secret is required")
	case k.private != "" && k.secret != nil:
		o.fail("private_key and shared_secret exclude each other")
	case k.private != "" && readKey(k.private) == nil:
		o.fail("private_key is neither PEM nor a JSON Web Key")
	}
	return k
}

// algorithm is the one of RFC 9421, 6.2.2, that a key is for, if nothing else is said.
func (k sigKey) algorithm() string {
	switch readKey(k.private).(type) {
	case ed25519.PrivateKey:
		return "ed25519"
	case *ecdsa.PrivateKey:
		return "ecdsa-p256-sha256"
	case *rsa.PrivateKey:
		return "rsa-pss-sha512"
	}
	return "hmac-sha256"
}

// verify reports whether a signature fits. Algorithms are those of RFC 9421, 3.3, and of draft-cavage-12, appendix E.2, of which
// hs2019 is whatever the key is for, with SHA-512.
func (k sigKey) verify(algorithm, message, signature string) bool {
	if k.secret != nil {
		switch algorithm {
		case "hmac-sha256":
			return same(digest(hmac.New(sha256.New, k.secret), message), signature)
		case "hs2019":
			return same(digest(hmac.New(sha512.New, k.secret), message), signature)
		}
		return false
	}
	switch private := readKey(k.private).(type) {
	case ed25519.PrivateKey:
		return (algorithm == "ed25519" || algorithm == "hs2019") && len(signature) == ed25519.SignatureSize &&
			ed25519.Verify(private.Public().(ed25519.PublicKey), []byte(message), []byte(signature))
	case *rsa.PrivateKey:
		if algorithm == "rsa-v1_5-sha256" || algorithm == "rsa-sha256" {
			sum := sha256.Sum256([]byte(message))
			return rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, sum[:], []byte(signature)) == nil
		}
		sum := sha512.Sum512([]byte(message))
		return (algorithm == "rsa-pss-sha512" || algorithm == "hs2019") &&
			rsa.VerifyPSS(&private.PublicKey, crypto.SHA512, sum[:], []byte(signature), &rsa.PSSOptions{SaltLength: 64}) == nil
	case *ecdsa.PrivateKey:
		if algorithm == "hs2019" {
			sum := sha512.Sum512([]byte(message))
			return ecdsa.VerifyASN1(&private.PublicKey, sum[:], []byte(signature))
		}
		if algorithm != "ecdsa-p256-sha256" || len(signature) != 64 {
			return false
		}
		sum := sha256.Sum256([]byte(message))
		r, s := new(big.Int).SetBytes([]byte(signature[:32])), new(big.Int).SetBytes([]byte(signature[32:]))
		return ecdsa.Verify(&private.PublicKey, sum[:], r, s)
	}
	return false
}

// thumbprint is that of the public key (RFC 7638), by which sites that show their keys name them.
func (k sigKey) thumbprint() string {
	part := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	var members [][2]string // in the order of their names
	switch private := readKey(k.private).(type) {
	case ed25519.PrivateKey:
		members = [][2]string{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", part(private.Public().(ed25519.PublicKey))}}
	case *rsa.PrivateKey:
		members = [][2]string{{"e", part(big.NewInt(int64(private.E)).Bytes())}, {"kty", "RSA"}, {"n", part(private.N.Bytes())}}
	case *ecdsa.PrivateKey:
		x, y := private.X.FillBytes(make([]byte, 32)), private.Y.FillBytes(make([]byte, 32))
		members = [][2]string{{"crv", "P-256"}, {"kty", "EC"}, {"x", part(x)}, {"y", part(y)}}
	}
	var pairs []string
	for _, m := range members {
		value, _ := json.Marshal(m[1]) // base64 and names have nothing to escape
		pairs = append(pairs, `"`+m[0]+`":`+string(value))
	}
	sum := sha256.Sum256([]byte("{" + strings.Join(pairs, ",") + "}"))
	return part(sum[:])
}
