package vendorsim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"testing"
	"time"
)

// The example of RFC 8037, appendix A.4.
func TestEd25519IsThatOfTheRFC(t *testing.T) {
	const key = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`
	data := keyPreset(t, "[[header.X-Text|ed25519:opt.key|base64url]]")
	r := &Request{Method: "GET", Target: "/", Header: http.Header{"X-Text": {"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"}}}
	s, err := evaluate(data, map[string]string{"key": key}, r, time.Now(), "")
	if err != nil {
		t.Fatal(err)
	}
	const want = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
	if got := s.Header[0][1]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func keyPreset(t *testing.T, template string) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"preset": 1, "name": "x", "operations": []string{"header X-Sig = " + template},
		"options": []map[string]any{{"name": "key", "secret": true, "key": "any"}}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A randomised signature is another one each time, so the vendor verifies the one that arrived.
func TestEveryKindOfSignatureIsVerified(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	for name, key := range map[string]string{"rsa_sha256": pkcs8(rsaKey), "rsa_pss_sha512": pkcs8(rsaKey), "ecdsa_p256_sha256": pkcs8(ec)} {
		t.Run(name, func(t *testing.T) {
			for _, template := range []string{"v1=[[body|" + name + ":opt.key|base64]]", "[[body|" + name + ":opt.key|hex]]"} {
				data, values := keyPreset(t, template), map[string]string{"key": key}
				p, err := ReadPreset(data)
				if err != nil {
					t.Fatal(err)
				}
				r := signedBy(t, p, values, &Request{Method: "POST", Target: "/", Header: http.Header{}, Body: []byte("{}")}, time.Now(), "")
				s := presetJudge(t, data, values, time.Now())
				if a := s.Check(r); !a.Accepted {
					t.Errorf("%s: %s", template, a.Reason)
				}
				r.Body = []byte("[]")
				if a := s.Check(r); a.Accepted {
					t.Errorf("%s: another body is accepted", template)
				}
			}
			other := keyPreset(t, "[[body|"+name+":opt.key|hex]]")
			if _, err := evaluate(other, map[string]string{"key": "no key"}, &Request{Target: "/"}, time.Now(), ""); err == nil {
				t.Error("a text that is no key is taken")
			}
		})
	}
}
