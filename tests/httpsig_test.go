package tests

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// publicKey verifies what a randomised algorithm signed.
type publicKey struct {
	Algorithm string
	PublicKey string            `json:"public_key"`
	PublicJWK map[string]string `json:"public_jwk"`
	Headers   []string
}

func (k *publicKey) key() (any, error) {
	if k.PublicKey != "" {
		block, _ := pem.Decode([]byte(k.PublicKey))
		return x509.ParsePKIXPublicKey(block.Bytes)
	}
	integer := func(name string) *big.Int {
		raw, _ := base64.RawURLEncoding.DecodeString(k.PublicJWK[name])
		return new(big.Int).SetBytes(raw)
	}
	return &rsa.PublicKey{N: integer("n"), E: int(integer("e").Int64())}, nil
}

// verify checks the header Signature of one signature over a text.
func (k *publicKey) verify(text, header string) error {
	_, encoded, _ := strings.Cut(header, "=:")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(encoded, ":"))
	if err != nil {
		return err
	}
	switch k.Algorithm {
	case "hmac-sha256":
		secret, _ := base64.StdEncoding.DecodeString(k.PublicJWK["k"])
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		if !hmac.Equal(mac.Sum(nil), raw) {
			return errors.New("it does not verify")
		}
		return nil
	case "ed25519":
		x, _ := base64.RawURLEncoding.DecodeString(k.PublicJWK["x"])
		if !ed25519.Verify(x, []byte(text), raw) {
			return errors.New("it does not verify")
		}
		return nil
	}
	key, err := k.key()
	if err != nil {
		return err
	}
	switch k.Algorithm {
	case "rsa-pss-sha512":
		sum := sha512.Sum512([]byte(text))
		return rsa.VerifyPSS(key.(*rsa.PublicKey), crypto.SHA512, sum[:], raw, &rsa.PSSOptions{SaltLength: 64})
	case "rsa-v1_5-sha256":
		sum := sha256.Sum256([]byte(text))
		return rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA256, sum[:], raw)
	case "ecdsa-p256-sha256":
		sum := sha256.Sum256([]byte(text))
		if len(raw) != 64 {
			return fmt.Errorf("%d bytes", len(raw))
		}
		if !ecdsa.Verify(key.(*ecdsa.PublicKey), sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) {
			return errors.New("it does not verify")
		}
		return nil
	}
	return errors.New("the test does not know the algorithm " + k.Algorithm)
}
