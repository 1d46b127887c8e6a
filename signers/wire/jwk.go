//go:build go1.21

package wire

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
)

// readJWK reads a private key as a JSON Web Key (RFC 7517, 7518 and 8037): OKP with Ed25519, EC
// with P-256, or RSA with two primes. It returns nil if it is anything else, or damaged. Other
// members, such as kid and alg, are ignored: the configuration says how to sign. For Ed25519 and EC
// the public half is ignored, too, and computed from the private one, so the two cannot contradict
// each other.
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
		return ecdsaOf(d)
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

// ecdsaOf is the P-256 key with the scalar d (RFC 7518, 6.2.2.1), or nil if d is 0 or not below the order of the curve. Package ecdh
// computes the public point in constant time, and checks d.
func ecdsaOf(d []byte) interface{} {
	const size = 32
	scalar := new(big.Int).SetBytes(d)
	if scalar.BitLen() > 8*size {
		return nil
	}
	private, err := ecdh.P256().NewPrivateKey(scalar.FillBytes(make([]byte, size)))
	if err != nil {
		return nil
	}
	point := private.PublicKey().Bytes() // 4, then both coordinates (SEC 1, 2.3.3)
	key := &ecdsa.PrivateKey{D: scalar}
	key.Curve = elliptic.P256()
	key.X = new(big.Int).SetBytes(point[1 : 1+size])
	key.Y = new(big.Int).SetBytes(point[1+size:])
	return key
}

// number is an integer of a JWK: big-endian bytes in base64 without padding (RFC 7518, section
// 6.3). One that cannot be read is 0, with which no key is valid.
func number(text string) *big.Int {
	b, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(b)
}

// PublicJWK is the public half of a key of PrivateKey as a JSON Web Key with its required members alone, in the one spelling whose
// SHA-256 is the key's thumbprint (RFC 7638, 3.2; RFC 8037, A.3). It is empty for another kind of key.
// The members are in alphabetical order without blanks, which is that spelling. For the sample key
// of Ed25519:
//
//	{"crv":"Ed25519","kty":"OKP","x":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"}
func PublicJWK(key interface{}) string {
	encode := base64.RawURLEncoding.EncodeToString
	switch own := key.(type) {
	case ed25519.PrivateKey:
		return `{"crv":"Ed25519","kty":"OKP","x":"` + encode(own[ed25519.SeedSize:]) + `"}`
	case *ecdsa.PrivateKey:
		// RFC 7518, section 6.2.1.2: coordinates have the full size of the curve, leading zeros
		// included.
		size := (own.Params().BitSize + 7) / 8
		x := own.X.FillBytes(make([]byte, size))
		y := own.Y.FillBytes(make([]byte, size))
		return `{"crv":"` + own.Params().Name + `","kty":"EC","x":"` + encode(x) + `","y":"` + encode(y) + `"}`
	case *rsa.PrivateKey:
		return `{"e":"` + encode(big.NewInt(int64(own.E)).Bytes()) + `","kty":"RSA","n":"` + encode(own.N.Bytes()) + `"}`
	}
	return ""
}

// Thumbprint is the name of a key that anybody can compute from its public half, a text of
// PublicJWK: RFC 7638 with SHA-256, in base64url without padding. Web Bot Auth names keys so. That
// of the key above is 9ZP03Nu8GrXPAUkbKNxHOKBzxPX83SShgFkRNK-f2lw.
func Thumbprint(public string) string {
	sum := sha256.Sum256([]byte(public))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
