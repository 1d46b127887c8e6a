package presets

import (
	"strings"
	"testing"
)

// small is a preset whose parts can be replaced.
const small = `{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"key","secret":true}],
	"operations":["let ts = [[now|unix]]","let text = [[ts]]-[[method]]","header X-Sum = [[text|hmac_sha256:opt.key|hex]]","header X-Ts = [[ts]]"],
	"guards":["* /keys"],"guard_vectors":{"refused":["GET /keys"],"passed":["GET /things"]},"vectors":[{"id":"a","config":{"key":"k"},
	"request":{"method":"GET","url":"https://acme.example/things"},"time":"2026-01-02T03:04:05Z","expect":EXPECT}]}`

func TestAVectorMustCompareSomething(t *testing.T) {
	for _, test := range []struct{ expect, want string }{
		{`{}`, `vectors: "a": expect compares nothing`},
		{`{"headers":{}}`, "compares nothing"},
		{`{"signature":"00","value":"00"}`, "compares nothing"},
		{`{"string_to_sign":"1767323045-POST"}`, "string_to_sign is none of the texts"},
		{`{"string_to_sign":"1767323045-GET"}`, ""},
		{`{"headers":{"X-Ts":"1767323045"}}`, ""},
	} {
		p, err := Parse([]byte(strings.Replace(small, "EXPECT", test.expect, 1)))
		if err == nil {
			err = Load(p)
		}
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.expect, err, test.want)
		}
	}
}

func TestVectorsThatCompareNoSecretProveNothing(t *testing.T) {
	for expect, proves := range map[string]bool{
		`{"headers":{"X-Ts":"1767323045"}}`:        false,
		`{"string_to_sign":"1767323045-GET"}`:      false,
		`{"headers":{"X-Sum":"SUM"},"target":"/"}`: true,
	} {
		p, err := Parse([]byte(strings.Replace(small, "EXPECT", expect, 1)))
		if err != nil {
			t.Fatal(err)
		}
		own, err := Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(strings.Join(own.Warnings, "\n"), "nothing proves"); warned == proves {
			t.Errorf("%s: %q", expect, own.Warnings)
		}
	}
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		own, err := Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(own.Warnings, "\n"), "nothing proves") {
			t.Errorf("%s: no vector compares a secret: %q", name, own.Warnings)
		}
	}
}
