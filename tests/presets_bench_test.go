package tests

import (
	"testing"

	"github.com/vendorsign/vendorsign/tests/driver"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// BenchmarkSignInterpreted measures Sign of programs of different shape, with a native signer to compare with.
func BenchmarkSignInterpreted(b *testing.B) {
	i := interpret.Import(b, "tests/driver")
	repeat := interpret.Symbol[func(string, []byte, []byte) (func(int) error, error)](b, i, "driver.Repeat")
	const values = `"options":{"id":"0123456789abcdef"},"secrets":{"key":"0123456789abcdef0123456789abcdef"},`
	for _, shape := range []struct{ name, vendor, config string }{
		{"native", "darktrace", `{"public_token":"0123456789abcdef","private_token":"0123456789abcdef"}`},
		{"static", "custom", `{` + values + `"operations":["header X-Api-Key = [[opt.key|reveal]]"]}`},
		{"query", "custom", `{` + values + `"operations":["query key = [[opt.key|reveal]]"]}`},
		{"one", "custom", `{` + values + `"operations":["let ts = [[now|unix]]","let text = [[method|upper]]\\n[[target]]\\n[[ts]]",
			"header X-Date = [[ts]]","header Authorization = ACME [[opt.id]]:[[text|hmac_sha256:opt.key|hex]]"]}`},
		{"body", "custom", `{` + values + `"operations":["let ts = [[now|http_date]]",
			"let text = [[method|upper]]\\n[[path]]\\n[[query|canon_query]]\\n[[ts]]\\n[[body|sha256|hex]]",
			"header X-Date = [[ts]]","header Authorization = ACME [[opt.id]]:[[text|hmac_sha256:opt.key|base64]]"]}`},
		{"httpsig", "httpsig", `{` + edSigner + `}`},
		{"httpsig-hmac", "httpsig", `{"key_id":"k","shared_secret":"` + sharedKey + `"}`},
		{"web_bot_auth", "web_bot_auth", `{"private_key":"` + edKey + `","signature_agent":"https://bot.example"}`},
		{"cavage", "cavage", `{"key_id":"k","algorithm":"hmac-sha256","shared_secret":"` + sharedKey + `"}`},
		{"four", "veracode", `{"api_id":"0123456789abcdef","api_key":"0123456789abcdef0123456789abcdef"}`},
	} {
		for _, runtime := range []struct {
			name   string
			repeat func(string, []byte, []byte) (func(int) error, error)
		}{{"compiled", driver.Repeat}, {"interpreted", repeat}} {
			b.Run(shape.name+"/"+runtime.name, func(b *testing.B) {
				sign, err := runtime.repeat(shape.vendor, []byte(shape.config), []byte("{}"))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				if err := sign(b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
