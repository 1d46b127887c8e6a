package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// unfinished are presets that need what the engine does not have yet. To be emptied when it has.
var unfinished = map[string]bool{}

func TestTheListOfPresetsFitsATerminal(t *testing.T) {
	_, out, _ := runArgs("preset", "list")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	var names []string
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
		}
		names = append(names, strings.Fields(line)[0])
	}
	if strings.Join(names, " ") != strings.Join(signers.Presets(), " ") {
		t.Errorf("listed are\n%s\nwant\n%s", names, signers.Presets())
	}
	for _, want := range []string{
		"\nveracode              Veracode REST and XML APIs               signs   client\n",
		"\nshodan                Shodan API                               reveals client\n",
		"\nakamai                Akamai APIs (EdgeGrid)                   signs   published\n",
		"\nazure_communication   Azure Communication Services (access ... signs   derived\n",
	} {
		if !strings.Contains("\n"+out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// What a preset sends is in its list, its check and its signer alike.
func TestEveryPresetIsShownAndChecked(t *testing.T) {
	dir := t.TempDir()
	for _, name := range signers.Presets() {
		if unfinished[name] {
			if status, _, _ := runArgs("preset", "check", name); status == 0 {
				t.Errorf("%s loads now: take it out of unfinished", name)
			}
			continue
		}
		status, shown, errs := runArgs("preset", "show", name)
		if status != 0 || !json.Valid([]byte(shown)) {
			t.Errorf("show %s: %d %s", name, status, errs)
			continue
		}
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, []byte(shown), 0o600); err != nil {
			t.Fatal(err)
		}
		status, ofFile, errs := runArgs("preset", "check", file)
		if status != 0 || !strings.Contains(ofFile, "warning: name: "+name+" is a vendor that is built in") {
			t.Errorf("check %s: %d\n%s%s", file, status, ofFile, errs)
		}
		status, checked, errs := runArgs("preset", "check", name)
		p, err := presets.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		word := map[string]string{"signs": "  signs with ", "reveals": "  reveals    "}[sending(p)]
		if status != 0 || strings.Contains(checked, "name: ") || word == "" || !strings.Contains(checked, word) {
			t.Errorf("check %s: %d\n%s%s", name, status, checked, errs)
		}
		if status, out, errs := runArgs("preset", "test", name); status != 0 || strings.Count(out, ": the same\n") != len(p.Vectors) {
			t.Errorf("test %s: %d\n%s%s", name, status, out, errs)
		}
		if status, out, errs := runArgs("preset", "diff", name, file); status != 0 {
			t.Errorf("diff %s: %d\n%s%s", name, status, out, errs)
		}
	}
}

// acme writes the skeleton with some of it replaced, and returns the file.
func acme(t *testing.T, replace ...string) string {
	t.Helper()
	status, out, errs := runArgs("preset", "new", "acme")
	if status != 0 {
		t.Fatalf("%d %s", status, errs)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(out, replace[i]) {
			t.Fatalf("the skeleton has no %q", replace[i])
		}
		out = strings.Replace(out, replace[i], replace[i+1], 1)
	}
	file := filepath.Join(t.TempDir(), "acme.json")
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestANewPresetLoadsAndSaysWhatIsUnknown(t *testing.T) {
	status, out, errs := runArgs("preset", "check", acme(t))
	want := `acme, revision 1, SHA-256 8a0dd2c902ea3aba
  signs with secret_key
  sets       X-Acme-Key-Id, X-Acme-Time, X-Acme-Signature
  body       signed: it is read before it is sent
  hosts      api.acme.example
  guards     none
  probe      unknown
  window     unknown
warning: the preset has no vectors: nothing proves that this signs as the vendor wants
warning: guards: none, so clients may call endpoints that make or show credentials; docs should say why none is needed
warning: probe: unknown, so vendorsign probe needs --target
warning: window: unknown, so it is not known how far a clock may be off
warning: sources: signature is unknown
acme loads, 5 warnings
`
	if status != 0 || out != want || errs != "" {
		t.Errorf("%d\n%s%s\nwant\n%s", status, out, errs, want)
	}
}

func TestCheckSaysWhyAPresetDoesNotLoad(t *testing.T) {
	for _, tt := range []struct {
		name    string
		replace []string
		want    string
	}{
		{"another format", []string{`"preset": 1`, `"preset": 2`}, "preset must be 1: this version reads no other format"},
		{"an unknown key", []string{`"nonce"`, `"nonces"`}, "not a preset file: line 14: unknown key nonces; did you mean nonce?"},
		{"an unknown key of an object inside", []string{`"secret": true`, `"secrt": true`}, "not a preset file: line 12: unknown key secrt; did you mean secret?"},
		{"half a file", []string{`"operations": [`, `"operations": `}, "not a preset file: line 17: invalid character"},
		{"a text in place of a list", []string{`"guards": []`, `"guards": "* /keys"`}, "not a preset file: line 24: guards must be a list"},
		{"a number in quotes", []string{`"revision": 1`, `"revision": "1"`}, "not a preset file: line 3: revision must be a whole number"},
		{"a word for true", []string{`"secret": true`, `"secret": "yes"`}, "not a preset file: line 12: options.secret must be true or false"},
		{"a byte order mark", []string{"{\n  \"preset\"", "\ufeff{\n  \"preset\""}, "not a preset file: it begins with a byte order mark; save the file as UTF-8 without one"},
		{"a filter with a slip", []string{"sha256|hex", "sha265|hex"}, "operations line 2: let text: unknown filter sha265; did you mean sha256?"},
		{"a secret that leaves", []string{"[[opt.key_id]]", "[[opt.secret_key]]"}, "operations line 3: header X-Acme-Key-Id: would show a secret"},
		{"a vector that does not come out", []string{`"vectors": []`, `"vectors": [{"id": "v", "config": {"key_id": "a", "secret_key": "b"},
			"request": {"method": "GET", "url": "https://api.acme.example/"}, "time": "2026-01-02T03:04:05Z", "expect": {"headers": {"X-Acme-Signature": "00"}}}]`},
			"the preset fails its own test v: header X-Acme-Signature differs"},
		{"a guard that does not hold", []string{`"guards": []`, `"guards": ["* /keys"]`, `"refused": []`, `"refused": ["POST /v1/keys"]`},
			"guard_vectors: POST /v1/keys must be refused, and no guard closes it"},
		{"a guard that closes too much", []string{`"guards": []`, `"guards": ["* /v1"]`, `"passed": []`, `"passed": ["GET /v1/items"]`},
			"guard_vectors: GET /v1/items must pass, and a guard closes it"},
		{"a guard that cannot be read", []string{`"guards": []`, `"guards": ["keys"]`}, "guards: "},
		{"a probe that its own guard closes", []string{`"guards": []`, `"guards": ["* /keys"]`, `"probe": "unknown"`, `"probe": "GET /keys/me"`},
			"probe: GET /keys/me is closed by a guard of the preset"},
		{"no request for the guards", []string{`"refused": []`, `"refused": ["keys"]`}, `guard_vectors: "keys" is not a request such as POST /tokens`},
	} {
		file := acme(t, tt.replace...)
		status, _, errs := runArgs("preset", "check", file)
		if status != 1 || !strings.HasPrefix(errs, "vendorsign preset check: "+file+": "+tt.want) {
			t.Errorf("%s: %d %s", tt.name, status, errs)
		}
	}
}

func TestCheckSaysThatAFileIsNoPresetInTheTermsOfJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "it ends too early",
		`{"preset": 1`:         "it ends too early",
		"\n[]":                 "line 2: it must be an object",
		`{"preset":1,"nam":1}`: "line 1: unknown key nam; did you mean name?",
		"\xff\xfe{\x00}\x00":   "it begins with a byte order mark; save the file as UTF-8 without one",
	} {
		file := filepath.Join(t.TempDir(), "acme.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		status, _, errs := runArgs("preset", "check", file)
		if status != 1 || errs != "vendorsign preset check: "+file+": not a preset file: "+want+"\n" {
			t.Errorf("%q: %d %s", text, status, errs)
		}
		if strings.HasPrefix(text, "\xff") {
			continue // the simulator's reader knows no marks
		}
		status, _, errs = runArgs("simulate", "preset", file)
		if status != 2 || !strings.HasPrefix(errs, "vendorsign simulate preset: "+file+": not a preset file: "+want+"\n") {
			t.Errorf("simulate %q: %d %s", text, status, errs)
		}
	}
}

func TestCheckWarnsOfWhatAnOperatorShouldKnow(t *testing.T) {
	for _, tt := range []struct {
		name    string
		replace []string
		want    string
	}{
		{"a secret in the address", []string{`header X-Acme-Key-Id = [[opt.key_id]]`, `query key = [[opt.secret_key|reveal]]`},
			"\n  reveals    secret_key\n  sets       ?key, X-Acme-Time, X-Acme-Signature\n"},
		{"the same, as a warning", []string{`header X-Acme-Key-Id = [[opt.key_id]]`, `query key = [[opt.secret_key|reveal]]`},
			"warning: operations line 3: query key contains a secret, which access logs show\n"},
		{"a secret that signs nothing", []string{`[[text|hmac_sha256:opt.secret_key|hex]]`, `[[text|sha256|hex]]`},
			"warning: options: nothing uses the secret secret_key; in an operation it is opt.secret_key\n"},
		{"a vendor that ended it", []string{`"engine"`, `"ended": "2026-01-31", "engine"`}, "warning: the vendor has ended this on 2026-01-31\n"},
		{"no hosts", []string{`["api.acme.example"]`, `[]`}, "\n  hosts      any that host names\n"},
		{"a name that is taken", []string{`"name": "acme"`, `"name": "duo"`}, "warning: name: duo is a vendor that is built in; a file with it is refused by gateways\n"},
		{"guards that nothing tests", []string{`"guards": []`, `"guards": ["* /keys"]`},
			"warning: guard_vectors: refused has no request, so nothing shows that the guards close what they must\n"},
		{"guards of which nothing shows what they leave open", []string{`"guards": []`, `"guards": ["* /keys"]`},
			"warning: guard_vectors: passed has no request, so nothing shows that the guards leave anything open\n"},
		{"closed as multiplexed", []string{`"multiplexed": false`, `"multiplexed": true, "multiplexed_paths": ["/graphql"]`, `"refused": []`, `"refused": ["POST /graphql"]`},
			"\n             1 request for the guards, each as expected\n"},
	} {
		status, out, errs := runArgs("preset", "check", acme(t, tt.replace...))
		if status != 0 || !strings.Contains(out, tt.want) {
			t.Errorf("%s: %d\n%s%s", tt.name, status, out, errs)
		}
	}
}

func TestWrongUseOfPresetCommandsEndsWith2(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"show veracde", "vendorsign preset show: unknown preset veracde; did you mean veracode?\nSee 'vendorsign preset show --help'.\n"},
		{"show duo", "vendorsign preset show: duo is code, not a preset; docs/vendors/duo.md describes it\n"},
		{"check nobody_at_all", "vendorsign preset check: unknown preset nobody_at_all; vendorsign preset list has all names, and a file needs its path, as in ./nobody_at_all.json\n"},
		{"check ./no/such.json", "vendorsign preset check: open ./no/such.json: no such file or directory\n"},
		{"new Acme", "vendorsign preset new: NAME must begin with a lower-case letter"},
		{"new duo", "vendorsign preset new: duo is a vendor that is built in; choose another name\n"},
		{"new veracode", "vendorsign preset new: veracode is a vendor that is built in"},
		{"new custom", "vendorsign preset new: custom is a scheme in a gateway's configuration"},
		{"test veracode --against ./no/such.jsonl", "vendorsign preset test: --against: open ./no/such.jsonl: no such file or directory\n"},
		{"diff veracode", "vendorsign preset diff: NEW is missing; write vendorsign preset diff OLD NEW [flags]\n"},
		{"lst", "vendorsign preset: unknown command \"lst\"; did you mean list?\n"},
		{"chek --against x", "vendorsign preset: unknown command \"chek\"; did you mean check?\n"},
	} {
		if status, out, errs := runArgs(append([]string{"preset"}, strings.Fields(tt.args)...)...); status != 2 || !strings.HasPrefix(errs, tt.want) {
			t.Errorf("%s: %d\n%s%s", tt.args, status, out, errs)
		}
	}
}

// The page for schemes of one's own prints what the commands print.
func TestThePageForAnOwnSchemeIsRight(t *testing.T) {
	text, err := os.ReadFile("../docs/custom.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(before, language string) string {
		_, rest, found := strings.Cut(string(text), before+"\n\n```"+language+"\n")
		if !found {
			t.Fatalf("the page has no block of %s behind %q", language, before)
		}
		block, _, _ := strings.Cut(rest, "```")
		return block
	}
	t.Chdir(t.TempDir())
	save := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	printed := func(want string, args ...string) {
		status, out, errs := runArgs(append([]string{"preset"}, args...)...)
		for _, line := range strings.Split(strings.TrimSpace(want), "\n") {
			if status != 0 || !strings.Contains(out, line+"\n") {
				t.Errorf("%s: %d, no %q in\n%s%s", args, status, line, out, errs)
			}
		}
	}
	file := block("This is the whole file `binance.json`:", "json")
	save("binance.json", file)
	save("recorded.json", block("adds, the time, and the expected result. Save it as `recorded.json`:", "json"))
	printed(block("It prints what to review before you send the first request, and what is still doubtful:", "text"), "check", "./binance.json")
	printed("1 example-2: the same", "test", "./binance.json", "--against", "recorded.json")
	old, young, _ := strings.Cut(block("otherwise. In `binance.json`:", "diff"), "\n")
	with := strings.Replace(file, strings.TrimPrefix(old, "-"), strings.TrimPrefix(strings.TrimSpace(young), "+"), 1)
	if with == file {
		t.Fatal("the change of the page changes nothing")
	}
	save("binance.json", with)
	printed("  vectors    1 request, each signed as expected\nbinance loads, 0 warnings", "check", "./binance.json")
	if !strings.Contains(string(text), "  vectors    1 request, each signed as expected\nbinance loads, 0 warnings\n") {
		t.Error("the page prints something else")
	}
}
