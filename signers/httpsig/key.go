//go:build go1.21

package httpsig

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// key is what signs: a private key, or a shared secret. It never changes, and may be used
// concurrently.
type key struct {
	// n is the number of wire.Signature, or isMAC.
	n int
	// private is a key of wire.PrivateKey; nil: there are macs, from wire.NewMAC.
	private interface{}
	macs    *sync.Pool
}

// sign returns the signature of text in base64, in the standard alphabet with padding, as both RFC
// 9421 and the draft write it. An error means that the private key could not sign. It was tried
// when the configuration loaded, so that is rare.
func sign(k *key, text string) (string, error) {
	if k.macs != nil {
		return base64.StdEncoding.EncodeToString(wire.MAC(k.macs, []byte(text))), nil
	}
	raw, err := wire.Signature(k.n, k.private, []byte(text))
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString([]byte(raw)), nil
}

// anySignature and isMAC take the place of a number of wire.Signature: the signature that fits the
// key, and an HMAC.
const (
	anySignature = -1 // that of the key
	isMAC        = -2
)

// keyOptions are those of every scheme with a choice of keys. In JSON a JWK may be an object;
// private_jwk is for configurations that have it so, and private_key takes either form as a text.
var keyOptions = []signers.Option{
	{Name: "private_key", Kind: signers.Document, Secret: true, Sample: wire.SampleKey, Also: []string{"key", "private_key_pem"},
		Doc: "The private key, in PEM (PKCS #8, PKCS #1 or SEC 1) or as a JSON Web Key."},
	{Name: "private_jwk", Kind: signers.Document, Secret: true, Sample: wire.SampleKey, Also: []string{"jwk"},
		Doc: "The private key as a JSON Web Key, in place of private_key: a text, or an object."},
}

// secretOption is the shared secret. It is base64 and not a text, because keys may be random bytes,
// as that of RFC 9421's vectors is (appendix B.1.5).
var secretOption = signers.Option{Name: "shared_secret", Secret: true, Sample: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
	Also: []string{"secret", "hmac_key"}, Doc: "With an algorithm of HMAC: the secret that the vendor knows too, in base64."}

// privateText returns which of private_key and private_jwk is set, and its value. At most one may
// be. With neither the value is empty and the name private_key, for errors.
func privateText(v signers.Values) (string, string, []signers.Fault) {
	text, jwk := v.Text("private_key"), v.Text("private_jwk")
	if text != "" && jwk != "" {
		return "", "", []signers.Fault{fault("private_jwk", "private_key and private_jwk are the same key in two forms; set one of them")}
	}
	if jwk != "" {
		return "private_jwk", jwk, nil
	}
	return "private_key", text, nil
}

// newKey makes the key for a signature, which may be anySignature or isMAC: newHash is then the
// hash of a MAC. Faults name the option, and the algorithm as the option has it. The texts are
// warnings, such as that a key is weak. A key that the system refuses to use, as in FIPS mode, is a
// fault now and not an error of the first request.
func newKey(v signers.Values, n int, newHash func() hash.Hash, algorithm string) (*key, []string, []signers.Fault) {
	option, text, faults := privateText(v)
	secret := v.Text("shared_secret")
	switch {
	case len(faults) > 0:
		return nil, nil, faults
	case n == isMAC && text != "":
		return nil, nil, []signers.Fault{fault(option, option+" is of no use with algorithm "+algorithm+", which takes shared_secret")}
	case n == isMAC && secret == "":
		return nil, nil, []signers.Fault{fault("shared_secret", "shared_secret is required with algorithm "+algorithm)}
	case n != isMAC && n != anySignature && secret != "":
		return nil, nil, []signers.Fault{fault("shared_secret", "shared_secret is of no use with algorithm "+algorithm+
			", which takes private_key")}
	case text == "" && secret == "":
		return nil, nil, []signers.Fault{fault("private_key", "private_key is required")}
	case text != "" && secret != "":
		return nil, nil, []signers.Fault{fault("shared_secret", "private_key and shared_secret cannot be used together")}
	}
	if secret != "" {
		return newMACKey(secret, newHash)
	}
	private, why := wire.PrivateKey(n, text)
	// The key tells the signature: a gateway's operator chooses a key, and an algorithm only where
	// the API has an unusual one.
	if why == "" && n == anySignature {
		n = signatureFor(private)
	}
	if why == "" {
		why = wire.KeyFault(n, private)
	}
	if why == "" {
		why = wire.SignatureFault(n, private)
	}
	if why != "" {
		return nil, nil, []signers.Fault{fault(option, option+" "+why)}
	}
	var warnings []string
	if weak := wire.KeyWeakness(private); weak != "" {
		warnings = append(warnings, option+" "+weak)
	}
	return &key{n: n, private: private}, warnings, nil
}

// newMACKey reads a shared secret. HMAC takes a key of any length (RFC 2104, section 3); a short
// one only gets a warning, since the API has chosen it.
func newMACKey(secret string, newHash func() hash.Hash) (*key, []string, []signers.Fault) {
	raw, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return nil, nil, []signers.Fault{fault("shared_secret", "shared_secret must be base64 with its padding")}
	}
	if len(raw) == 0 {
		return nil, nil, []signers.Fault{fault("shared_secret", "shared_secret is required")}
	}
	k := &key{n: isMAC, macs: wire.NewMAC(newHash, string(raw))}
	if why := wire.MACFault(k.macs); why != "" {
		return nil, nil, []signers.Fault{fault("shared_secret", why)}
	}
	var warnings []string
	if len(raw) < 16 {
		warnings = append(warnings, "shared_secret has fewer than 128 bits, which can be guessed")
	}
	return k, warnings, nil
}

// signatureFor is the signature that a key of a kind makes where nothing else is said. The names
// are those of RFC 9421, section 3.3. For RSA it is PSS: PKCS #1 v1.5 is there for APIs that know
// nothing else.
func signatureFor(private interface{}) int {
	switch private.(type) {
	case ed25519.PrivateKey:
		return wire.Ed25519
	case *ecdsa.PrivateKey:
		return wire.ECDSAP256SHA256
	}
	return wire.RSAPSSSHA512
}

// newSHA256 and newSHA512 give hashes the type that wire.NewMAC takes.
func newSHA256() hash.Hash { return sha256.New() }

func newSHA512() hash.Hash { return sha512.New() }

// fault is what is wrong with an option. The text names the option and never its value.
func fault(option, text string) signers.Fault { return signers.Fault{Option: option, Text: text} }

// howSigned says in words how the text is signed, for the command explain: "Ed25519 with the
// private key".
func howSigned(k *key) string {
	switch k.n {
	case isMAC:
		return "HMAC with shared_secret, decoded from base64,"
	case wire.Ed25519:
		return "Ed25519 with the private key"
	case wire.RSASHA256:
		return "RSASSA-PKCS1-v1_5 with SHA-256 and the private key"
	case wire.RSAPSSSHA512:
		return "RSASSA-PSS with SHA-512 and the private key"
	}
	return "ECDSA on P-256 with the private key"
}
