package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// What authors of clients write by a description of a scheme: each signature is made here by hand, in another way than the operations
// say.
func TestSchemesThatAreMisread(t *testing.T) {
	mac := func(key, text string) string {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	inner := sha256.Sum256([]byte("1772636767/v1/x"))
	const at = "let ts = [[now|unix]]\nheader X-Acme-Date = [[ts]]\n"
	const plain = at + "let text = [[ts]]\\n[[path]]\\n[[body]]\nheader X-Acme-Sign = [[text|hmac_sha256:opt.secret_key|hex]]"
	for _, tt := range []struct{ name, operations, date, given, cause string }{
		{"a line end behind the text, and no body", plain, "1772636767", mac("secretOfAcme0001", "1772636767\n/v1/x\n\n"), "text_layout"},
		{`\n in single quotes`, plain, "1772636767", mac("secretOfAcme0001", `1772636767\n/v1/x\n`), "text_layout"},
		{"the digits of an inner hash", at + "let row = [[ts]][[path]]\nlet hash = [[row|sha256]]\nlet text = [[path]][[hash]]\n" +
			"header X-Acme-Sign = [[text|hmac_sha256:opt.secret_key|hex]]", "1772636767",
			mac("secretOfAcme0001", "/v1/x"+hex.EncodeToString(inner[:])), "signature_encoding"},
		{"a key without its prefix", at + "let seed = ACME1-[[opt.secret_key]]\nlet day = [[now|date]]\nlet k = [[day|hmac_sha256:seed]]\n" +
			"let text = [[path]]\nheader X-Acme-Sign = [[text|hmac_sha256:k|hex]]", "1772636767",
			mac(string(rawMAC("secretOfAcme0001", "2026-03-04")), "/v1/x"), "secret_altered"},
		{"milliseconds that were read twice", "let ts = [[now|iso_ms]]\nheader X-Acme-Date = [[ts]]\nlet text = [[ts]][[path]]\n" +
			"header X-Acme-Sign = [[text|hmac_sha256:opt.secret_key|hex]]", "2026-03-04T15:06:07.123Z",
			mac("secretOfAcme0001", "2026-03-04T15:06:07.109Z/v1/x"), "date_changed"},
	} {
		f, err := Diagnose(&Case{
			Signer: "custom", Now: time.Unix(1772636767, 0), Response: &Response{Status: 401},
			Values: signers.Values{"operations": {tt.operations}, "secrets.secret_key": {"secretOfAcme0001"}},
			Request: signers.Message{Method: "GET", Host: "api.acme.example", Target: "/v1/x",
				Header: http.Header{"X-Acme-Date": {tt.date}, "X-Acme-Sign": {tt.given}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(f.Causes, []string{tt.cause}) || !f.Proved {
			t.Errorf("%s: %v, proved %v: %s", tt.name, f.Causes, f.Proved, f.Explanation)
		}
	}
}

func rawMAC(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}
