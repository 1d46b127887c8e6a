//go:build go1.21

package wire

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
)

// readJWK reads a private key as a JSON Web Key (RFC 7517, 7518 and 8037): OKP with Ed25519, EC with P-256, or RSA with two
// primes. Nil if it is anything else, or damaged.
func readJWK(text []byte) interface{} {
	var k struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		D   string `json:"d"`
		N   string `json:"n"`
		E   string `json:"e"`
		P   string `json:"p"`
		Q   string `json:"q"`
	}
	if json.Unmarshal(text, &k) != nil {
		return nil
	}
	d, err := base64.RawURLEncoding.DecodeString(k.D)
	if err != nil || len(d) == 0 {
		return nil
	}
	switch k.Kty + " " + k.Crv {
	case "OKP Ed25519":
		if len(d) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(d)
		}
	case "EC P-256":
		key := &ecdsa.PrivateKey{D: new(big.Int).SetBytes(d)}
		key.Curve = elliptic.P256()
		if key.D.Sign() > 0 && key.D.Cmp(key.Curve.Params().N) < 0 {
			x, y := key.Curve.ScalarBaseMult(d)
			key.X = x
			key.Y = y
			return key
		}
	// Without p and q the library could not check the key, nor sign as quickly (RFC 7518, 6.3.2: they should be there).
	case "RSA ":
		key := &rsa.PrivateKey{D: new(big.Int).SetBytes(d), Primes: []*big.Int{number(k.P), number(k.Q)}}
		key.N = number(k.N)
		key.E = int(number(k.E).Int64())
		if key.Validate() == nil {
			key.Precompute()
			return key
		}
	}
	return nil
}

// number is an integer of a JWK; one that cannot be read is 0.
func number(text string) *big.Int {
	b, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(b)
}

// PublicJWK is the public half of a key of PrivateKey as a JSON Web Key with its required members alone, in the one spelling whose
// SHA-256 is the key's thumbprint (RFC 7638, 3.2; RFC 8037, A.3). It is empty for another kind of key.
func PublicJWK(key interface{}) string {
	encode := base64.RawURLEncoding.EncodeToString
	switch own := key.(type) {
	case ed25519.PrivateKey:
		return `{"crv":"Ed25519","kty":"OKP","x":"` + encode(own[ed25519.SeedSize:]) + `"}`
	case *ecdsa.PrivateKey:
		size := (own.Params().BitSize + 7) / 8
		x := own.X.FillBytes(make([]byte, size))
		y := own.Y.FillBytes(make([]byte, size))
		return `{"crv":"` + own.Params().Name + `","kty":"EC","x":"` + encode(x) + `","y":"` + encode(y) + `"}`
	case *rsa.PrivateKey:
		return `{"e":"` + encode(big.NewInt(int64(own.E)).Bytes()) + `","kty":"RSA","n":"` + encode(own.N.Bytes()) + `"}`
	}
	return ""
}

// Thumbprint is the name of a key that anybody can compute from its public half: RFC 7638 with SHA-256.
func Thumbprint(public string) string {
	sum := sha256.Sum256([]byte(public))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
