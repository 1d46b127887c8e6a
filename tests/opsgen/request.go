package opsgen

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// request makes a request that a client could send, and some that no friendly one does.
func (g *generator) request() {
	g.Method = g.pick("GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "M-SEARCH")
	g.Host = g.pick("api.example.com", "API.Example.COM", "api.example.com:8443", "[::1]:443", "a")
	g.Target = g.target()
	g.Header = http.Header{}
	for _, name := range []string{"Accept", "Content-Type", "X-One", "X-Two", "X-Many", "X_one", "X-Out-1", "X-Last", "X-Other",
		"Authorization"} {
		for range []int{0, 1, 1, 1, 2, 3}[g.IntN(6)] {
			g.Header[name] = append(g.Header[name], g.headerValue())
		}
	}
	g.Body = g.body()
	g.Now = time.Unix(1500000000+g.Int64N(500000000), g.Int64N(1000)*int64(time.Millisecond)+g.Int64N(1000000)).UTC()
	g.NonceValue = g.nonce()
}

func (g *generator) target() string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString("/" + g.piece())
	}
	switch g.IntN(8) {
	case 0, 1:
	case 2:
		b.WriteString("?")
	default:
		b.WriteString("?" + g.parameters())
	}
	return b.String()
}

func (g *generator) piece() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(g.pick("a", "B", "z9", "-", ".", "_", "~", "%2F", "%2f", "%20", "%7E", "%c3%a4", "%E2%82%AC", "!", "*", "'",
			"(", ")", ":", "@", ",", "%25", "%26", "%3D", "%", "%4", "%zz", "ä", "\xff"))
	}
	return b.String()
}

func (g *generator) parameters() string {
	var b strings.Builder
	for i := range 1 + g.IntN(6) {
		if i > 0 {
			b.WriteString(g.pick("&", "&", "&", "&", "&&", ";"))
		}
		name := g.pick("a", "b", "A", "drop", "DROP", "dr%6fp", "sig1", "Key2", "x", "x", g.piece(), g.piece(), "a-b", "")
		b.WriteString(name)
		if !g.chance(5) {
			b.WriteString("=" + g.piece() + g.pick("", "", "+", "=", "%2B", "/", "?", "%0a", "%00", "1", "2"))
		}
	}
	return b.String()
}

func (g *generator) headerValue() string {
	return g.pick("one", "two words", "  blanks  inside  ", "", "a, b", "tab\there", "ü", "\xff\xfe", `"quoted"`,
		"application/json", "text/plain; charset=UTF-8", "x-www", "0a0b", "QUJD", "a=b&c=d", "%20")
}

func (g *generator) body() []byte {
	switch g.IntN(6) {
	case 0, 1:
		return nil
	case 2:
		return []byte(`{"name":"` + g.piece() + `"}`)
	case 3:
		return []byte(g.parameters())
	case 4:
		return []byte("\x00\xff\xfe\n\r bytes")
	}
	return []byte(strings.Repeat("0123456789", g.IntN(40)))
}

func (g *generator) nonce() string {
	characters := "0123456789"
	switch kind, _, _ := strings.Cut(g.Case.Nonce, ":"); kind {
	case "alnum":
		characters += "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	case "hex":
		characters += "abcdef"
	case "base64":
		return strings.Repeat("QUJD", 21) + g.pick("AA==", "+/+/")
	case "uuid":
		return g.pick("2f6a1c1e-0000-4000-8000-000000000001", "5c6f8b1e-7a90-4d4f-9f7e-0a3a5b2c9d11")
	}
	size := map[string]int{"alnum:64": 64, "hex:16": 32, "digits:19": 19}[g.Case.Nonce]
	b := make([]byte, size)
	for i := range b {
		b[i] = characters[g.IntN(len(characters))]
	}
	return string(b)
}

// edKey is the private key of RFC 8037, appendix A.1.
const edKey = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",` +
	`"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`

// RSAKey is a private key of 2048 bits in PEM, the same in every run: made from a seed, and good for nothing but tests.
var RSAKey = sync.OnceValue(func() string {
	random := rand.New(rand.NewPCG(1, 2))
	prime := func() *big.Int {
		b := make([]byte, 128)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		b[0] |= 0xc0
		p := new(big.Int).SetBytes(b)
		p.SetBit(p, 0, 1)
		for !p.ProbablyPrime(20) || new(big.Int).Mod(p, big.NewInt(65537)).Cmp(big.NewInt(1)) == 0 {
			p.Add(p, big.NewInt(2))
		}
		return p
	}
	p, q := prime(), prime()
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D: new(big.Int).ModInverse(big.NewInt(65537), phi), Primes: []*big.Int{p, q}}
	k.Precompute()
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}))
})
