//go:build go1.21

package program

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
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
