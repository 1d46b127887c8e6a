package program

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// shapes are programs as presets have them, with the MACs of a signature.
var shapes = []struct {
	name       string
	operations []string
	macs       int
}{
	{"static", []string{"header X-Api-Key = [[opt.key|reveal]]"}, 0},
	{"basic", []string{"let pair = [[opt.id]]:[[opt.key]]", "header Authorization = Basic [[pair|base64|reveal]]"}, 0},
	{"query", []string{"query key = [[opt.key|reveal]]"}, 0},
	{"one", []string{
		"let ts = [[now|unix]]",
		`let text = [[method|upper]]\n[[target]]\n[[ts]]`,
		"header X-Date = [[ts]]",
		"header Authorization = ACME [[opt.id]]:[[text|hmac_sha256:opt.key|hex]]",
	}, 1},
	{"body", []string{
		"let ts = [[now|http_date]]",
		`let text = [[method|upper]]\n[[path]]\n[[query|canon_query]]\n[[ts]]\n[[body|sha256|hex]]`,
		"header X-Date = [[ts]]",
		"header Authorization = ACME [[opt.id]]:[[text|hmac_sha256:opt.key|base64]]",
	}, 1},
	{"four", []string{
		"let ts = [[now|unix_ms]]",
		"let data = id=[[opt.id]]&host=[[host|lower]]&url=[[target]]&method=[[method|upper]]",
		"let nonce_key = [[nonce|unhex|hmac_sha256:opt.key]]",
		"let date_key = [[ts|hmac_sha256:nonce_key]]",
		"let signing_key = [['version_1'|hmac_sha256:date_key]]",
		"header Authorization = ACME id=[[opt.id]],ts=[[ts]],nonce=[[nonce]],sig=[[data|hmac_sha256:signing_key|hex]]",
	}, 4},
}

func shaped(t testing.TB, operations []string) (signers.Signer, *signers.Message, *signers.Moment) {
	t.Helper()
	p, err := Compile(operations, []Option{{Name: "id"}, {Name: "key", Secret: true}}, "hex:16", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, faults := Bind(p, map[string][]string{"id": {"0123456789abcdef"}, "key": {"0123456789abcdef0123456789abcdef"}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s := NewSigner(b, Scheme{})
	m := &signers.Message{Method: "GET", Host: "api.acme.example", Target: "/api/v1/devices?limit=100&offset=0", Header: make(http.Header, 8)}
	at := &signers.Moment{Time: time.Unix(1e9, 0), Nonce: "00112233445566778899aabbccddeeff"}
	at.Date = s.Date(at.Time)
	return s, m, at
}

// BenchmarkSign is to be held against BenchmarkBareMAC of the same run.
func BenchmarkSign(b *testing.B) {
	for _, shape := range shapes {
		b.Run(shape.name, func(b *testing.B) {
			s, m, at := shaped(b, shape.operations)
			target := m.Target
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				m.Target = target
				if err := s.Sign(m, at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBareMAC(b *testing.B) {
	mac, text := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef")), []byte("GET\n/api/v1/devices?limit=100&offset=0\n1000000000")
	sum := make([]byte, 0, 32)
	for i := 0; i < b.N; i++ {
		mac.Reset()
		mac.Write(text)
		sum = mac.Sum(sum[:0])
	}
}

func BenchmarkBind(b *testing.B) {
	p, err := Compile(shapes[5].operations, []Option{{Name: "id"}, {Name: "key", Secret: true}}, "hex:16", nil)
	if err != nil {
		b.Fatal(err)
	}
	values := map[string][]string{"id": {"0123456789abcdef"}, "key": {"0123456789abcdef0123456789abcdef"}}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, faults := Bind(p, values); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}
