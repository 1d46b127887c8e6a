package cli

import (
	"regexp"
	"strings"
	"testing"
)

var namedModule = regexp.MustCompile(`"(handler|protocol)": "([a-z]+)_sign"`)

// Of vendorsign NAME check says what it says of the module with the vendor's own name, in the same lines.
func TestCheckSaysOfVendorsignWhatItSaysOfTheVendorsOwnNames(t *testing.T) {
	runs, err := loadFormer(formerRuns)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	compared := 0
	for _, r := range runs {
		if len(r.Args) == 0 || r.Args[0] != "check" {
			continue
		}
		files := make(map[string]string)
		for name, text := range r.Files {
			if other := namedModule.ReplaceAllString(text, `"$1": "vendorsign", "vendor": "$2"`); other != text {
				files[name] = other
			}
		}
		if len(files) != len(r.Files) {
			continue
		}
		// What it says now, since some recorded answers were changed on purpose.
		want := regexp.MustCompile(`\b([a-z]+)_sign\b`).ReplaceAllString(repeatFormer(t, dir, r).answer(), "vendorsign $1")
		r.Files = files
		got := repeatFormer(t, dir, r).answer()
		// A field of JSON is called what the module is called there.
		got, want = strings.ReplaceAll(got, "vendorsign (line", "vendorsign NAME (line"), regexp.MustCompile(`vendorsign [a-z]+ \(line`).ReplaceAllString(want, "vendorsign NAME (line")
		if got != want {
			t.Errorf("%s: %s\nanswers\n%s\nwant\n%s", r.Name, r.input(), got, want)
		}
		compared++
	}
	if compared < 29 {
		t.Errorf("only %d runs were compared", compared)
	}
}

func TestCheckWarnsOfWhatIsDoubtfulInTheUseOfAPreset(t *testing.T) {
	for _, tt := range []struct{ name, options, want string }{
		{"nothing", `"vendor": "veracode", "api_id": "a", "api_key": "{env.A}", "host": ["api.veracode.com"]`, ""},
		{"another host", `"vendor": "veracode", "api_id": "a", "api_key": "{env.A}", "host": ["api.veracode.example"]`,
			"caddy.json:1: warning: host: veracode: Veracode REST and XML APIs is at api.veracode.com, api.veracode.eu, api.veracode.us, analysiscenter.veracode.com, analysiscenter.veracode.us, and host is not; this is right only for a proxy or a simulated vendor\n"},
		{"a secret in the query", `"vendor": "shodan", "api_key": "{env.A}", "host": ["api.shodan.io"]`,
			"caddy.json:1: warning: shodan: operations line 1: query key contains a secret, which access logs show\n"},
		{"this machine", `"vendor": "veracode", "api_id": "a", "api_key": "{env.A}", "host": ["127.0.0.1:9101"]`, ""},
		{"a fault comes alone", `"vendor": "veracode", "api_id": "a", "api_key": "zz", "host": ["api.veracode.example"]`, "caddy.json:1: api_key: api_key must be hexadecimal\n"},
	} {
		r := formerRun{Args: []string{"check", "caddy.json"}, Files: map[string]string{"caddy.json": `{"handler": "vendorsign", ` + tt.options + `}`}}
		t.Chdir(t.TempDir())
		got := repeatFormer(t, t.TempDir(), r)
		if !strings.Contains(tt.want, "warning: ") && strings.Contains(got.Stdout, "warning: ") || !strings.Contains(got.Stdout, tt.want) {
			t.Errorf("%s: %s", tt.name, got.answer())
		}
	}
}

// Only the vendors that were there before vendorsign NAME have modules of their own names.
func TestCheckKnowsNoModuleWithTheNameOfAPreset(t *testing.T) {
	r := formerRun{Args: []string{"check", "caddy.json"}, Files: map[string]string{"caddy.json": `{"handler": "veracode_sign", "host": ["h"]}`}}
	t.Chdir(t.TempDir())
	if got := repeatFormer(t, t.TempDir(), r); got.Status != 1 || !strings.Contains(got.Stderr, "no signer in it") {
		t.Error(got.answer())
	}
}

func TestCheckRefusesVendorsignWithoutAVendorItKnows(t *testing.T) {
	for vendor, want := range map[string]string{
		``:                    "vendor: unknown vendor \"\"; known are ",
		`, "vendor": "acme"`:  "vendor: unknown vendor acme; known are ",
		`, "vendor": "duoo"`:  "vendor: unknown vendor duoo; did you mean duo?",
		`, "vendor": ["duo"]`: "vendor: unknown vendor \"\"; known are ",
	} {
		r := formerRun{Args: []string{"check", "caddy.json"}, Files: map[string]string{"caddy.json": `{"handler": "vendorsign"` + vendor + `, "host": ["h"]}`}}
		dir := t.TempDir()
		t.Chdir(dir)
		if got := repeatFormer(t, dir, r); got.Status != 1 || !strings.Contains(got.Stdout, want) {
			t.Errorf("%s: %s", vendor, got.answer())
		}
	}
}
