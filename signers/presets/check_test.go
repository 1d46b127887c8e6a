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
		{`{"string_to_sign":"1767323045-POST"}`, "string_to_sign is not one of the texts"},
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

func TestAPresetFileWithNonsenseDoesNotLoad(t *testing.T) {
	ok := strings.Replace(small, "EXPECT", `{"headers":{"X-Ts":"1767323045"}}`, 1)
	for _, test := range []struct{ old, new, want string }{
		{`"guards"`, `"owns":["Host"],"guards"`, "owns: Host belongs to the gateway"},
		{`"guards"`, `"owns":["content_length"],"guards"`, "owns: Content-Length belongs to the gateway"},
		{`"guards"`, `"owns":["Content-*"],"guards"`, "owns: Content-* would be Content-Length, too"},
		{`"guards"`, `"owns":["*"],"guards"`, "owns: * is not a header name"},
		{`"guards"`, `"owns":["X-*-Id"],"guards"`, "owns: X-*-Id is not a header name"},
		{`"guards"`, `"owns":["X-Acme-*","Authorization"],"guards"`, ""},
		{`"guards"`, `"hosts":["https://acme.example"],"guards"`, "hosts: "},
		{`"guards"`, `"hosts":["acme.example/api"],"guards"`, "hosts: "},
		{`"guards"`, `"hosts":["*"],"guards"`, "hosts: "},
		{`"guards"`, `"hosts":["*.acme.example","acme.example:8443"],"guards"`, ""},
		{`"guards"`, `"probe":"DELETE /things","guards"`, "probe must be a harmless request"},
		{`"guards"`, `"window":"-5m","guards"`, "window must be a duration"},
		{`"guards"`, `"window":"0s","guards"`, "window must be a duration"},
		{`"guards"`, `"proof":"sure","guards"`, "proof must be one of"},
		{`"guards"`, `"sources":[{"fact":"hosts","where":"x","sure":"very"}],"guards"`, "sources: sure must be one of"},
		{`"secret":true`, `"secret":true,"default":"k"`, "options: key: default: a secret has none"},
		{`"guards"`, `"body_first":-1,"guards"`, "body_first must be"},
		{`"guards"`, `"body_methods":["post"],"guards"`, "body_methods: "},
		{`"guards"`, `"hides":["Set Cookie"],"guards"`, "hides: "},
		{`"guards"`, `"refusals":[{"status":1000,"means":"key"}],"guards"`, "refusals: status must be"},
		{`"vectors":[`, `"vectors":[{"id":"a","expect":{"target":"/"}},`, `vectors: id: "a" is there twice`},
		{`"guards"`, `"title":"Other","guards"`, `the key "title" is there twice`},
		{`"guards"`, `"Probe":"GET /","guards"`, `unknown key "Probe"`},
		{`"config":{"key":"k"}`, `"config":{"key":"k","key":"l"}`, `the key "key" is there twice`},
	} {
		if !strings.Contains(ok, test.old) {
			t.Fatal(test.old)
		}
		p, err := Parse([]byte(strings.Replace(ok, test.old, test.new, 1)))
		if err == nil {
			err = Load(p)
		}
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.new, err, test.want)
		}
	}
	for _, name := range Names() {
		file, _ := File(name)
		if _, err := Parse([]byte(file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An operator would configure it without any effect.
func TestAnOptionThatNothingReadsIsSaid(t *testing.T) {
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if unused := unusedOptions(p); len(unused) > 0 {
			t.Errorf("%s: %q are used nowhere", name, unused)
		}
	}
	p := &Preset{Options: []Option{{Name: "id"}, {Name: "secret", Secret: true}, {Name: "secret_2", Secret: true}, {Name: "names", List: true}},
		Operations: []string{"let lines = [[header_list:opt.names:x]]", "header X-Sum = [[lines|hmac_sha256:opt.secret|hex]]"}}
	own, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	warnings := strings.Join(own.Warnings, "\n")
	if !strings.Contains(warnings, "options: id is used nowhere\noptions: secret_2 is used nowhere") || strings.Contains(warnings, "names") {
		t.Errorf("the warnings are %q", own.Warnings)
	}
}
