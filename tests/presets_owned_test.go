package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// paramSpellings are ways to write a parameter's name that some server takes for the same.
func paramSpellings(name string) []string {
	all := []string{name, strings.ToUpper(name), strings.ToLower(name)}
	for i := range name {
		all = append(all, fmt.Sprintf("%s%%%02x%s", name[:i], name[i], name[i+1:]), fmt.Sprintf("%s%%%02X%s", name[:i], strings.ToUpper(name)[i], name[i+1:]))
	}
	return all
}

// plainly reads a name as the most careless server does: letters and digits count.
func plainly(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// What a preset sets or takes away is read from its operations here, and not asked of the program.
func TestAClientsCopiesOfWhatAPresetOwnsNeverPass(t *testing.T) {
	const evil = "evil-71c4"
	both(t, func(t *testing.T, d drive) {
		headers, params := 0, 0
		for _, p := range allPresets(t) {
			if p.needsToken() {
				continue
			}
			gate, err := d.Gate(p.name, []byte(p.config), []byte(everyPolicy), atNoon)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			plain := tryGate(t, d, gate, attempt{method: p.method, target: p.target})
			if plain.verdict() != signedVerdict {
				t.Errorf("%s: %s %s: %s %s", p.name, p.method, p.target, plain.verdict(), plain.detail)
				continue
			}
			for _, name := range p.headers {
				headers++
				example := strings.Replace(name, "*", "Anything", 1)
				spellings := lookAlikes(example)
				if example == name {
					spellings = append(spellings, strings.ReplaceAll(name, "-", ""))
				}
				for _, spelling := range spellings {
					o := tryGate(t, d, gate, attempt{method: p.method, target: p.target, header: raw(t, spelling+": "+evil, "Accept: */*", spelling+": "+evil)})
					if o.verdict() != signedVerdict {
						t.Errorf("%s: with %s: %s", p.name, spelling, o.verdict())
						continue
					}
					for got, values := range o.r.Header {
						if strings.Contains(strings.Join(values, " "), evil) {
							t.Errorf("%s: the client's %s goes out as %s: %s", p.name, spelling, got, values)
						}
						if plainly(got) == plainly(example) && (len(values) != 1 || len(plain.r.Header[got]) != 1) {
							t.Errorf("%s: with %s, %s is %q", p.name, spelling, got, values)
						}
					}
				}
			}
			path, _, _ := strings.Cut(p.target, "?")
			bare := tryGate(t, d, gate, attempt{method: p.method, target: path})
			tail := strings.TrimPrefix(strings.TrimPrefix(bare.sent, path), "?") // what the signer adds
			for _, name := range p.params {
				params++
				for _, spelling := range paramSpellings(name) {
					for _, in := range []struct{ query, out string }{
						{spelling + "=" + evil, ""},
						{spelling, ""},
						{"b=2&" + spelling + "=" + evil + "&a=%41+&&c", "b=2&a=%41+&&c"},
						{"b=%7E&" + spelling + "=" + evil + "&" + spelling + "=" + evil, "b=%7E"},
						{"b=2;" + spelling + "=" + evil, "b=2"},
						{spelling + "=" + evil + ";b=2", "b=2"},
					} {
						asked, want := path+"?"+in.query, path+"?"+in.out
						o := tryGate(t, d, gate, attempt{method: p.method, target: asked})
						if o.verdict() != signedVerdict {
							t.Errorf("%s: %s: %s", p.name, asked, o.verdict())
							continue
						}
						rest := strings.TrimRight(strings.TrimSuffix(o.sent, tail), "?&;")
						if strings.Contains(o.sent, evil) || rest != strings.TrimRight(want, "?&;") {
							t.Errorf("%s: %s goes out as %s, want %s and %q", p.name, asked, o.sent, want, tail)
						}
					}
				}
			}
		}
		if headers < 60 || params < 5 {
			t.Errorf("only %d headers and %d parameters were tried", headers, params)
		}
	})
}

// A secret is where the preset says reveal, and nowhere else in what leaves.
func TestASecretLeavesOnlyWhereAPresetRevealsIt(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		revealing, hiding := 0, 0
		for _, p := range allPresets(t) {
			if p.needsToken() {
				continue
			}
			gate, err := d.Gate(p.name, []byte(p.config), []byte(everyPolicy), atNoon)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			shown := 0
			for _, method := range []string{p.method, "GET", "POST", "PUT"} {
				target := p.target
				o := tryGate(t, d, gate, attempt{method: method, target: target, header: http.Header{"Accept": {"*/*"}}})
				if o.verdict() != signedVerdict && o.verdict() != credentialProbe {
					t.Errorf("%s: %s %s: %s", p.name, method, target, o.verdict())
				}
				for option, secret := range p.secrets {
					for name, values := range o.r.Header {
						for _, value := range values {
							if !holds(value, secret) {
								continue
							}
							shown++
							if !revealedIn(p, name) {
								t.Errorf("%s: %s is in the header %s", p.name, option, name)
							}
						}
					}
					if holds(o.sent, secret) {
						shown++
						if len(p.params) == 0 || !revealedIn(p, p.params[0]) {
							t.Errorf("%s: %s is in the target", p.name, option)
						}
					}
				}
			}
			switch {
			case len(p.revealed) > 0 && shown == 0:
				t.Errorf("%s reveals, and its secret is found nowhere: this test would find none", p.name)
			case len(p.revealed) > 0:
				revealing++
			default:
				hiding++
			}
		}
		if revealing < 20 || hiding < 10 {
			t.Errorf("%d presets reveal, %d do not", revealing, hiding)
		}
	})
}

func revealedIn(p everyPreset, name string) bool {
	for _, revealed := range p.revealed {
		if strings.EqualFold(revealed, name) {
			return true
		}
	}
	return false
}

// What makes a preset's secret leave is the word alone: without it, the operations do not load.
func TestAPresetWithoutItsRevealDoesNotLoad(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		tried := 0
		for _, p := range allPresets(t) {
			if p.file == nil || len(p.revealed) == 0 {
				continue
			}
			for _, word := range []string{"|reveal", ""} {
				var operations []string
				for _, operation := range p.file.Operations {
					if word != "" {
						operation = strings.ReplaceAll(operation, word, "")
					}
					operations = append(operations, operation)
				}
				config, err := json.Marshal(map[string]any{"options": definitions(t, p.name), "operations": operations})
				if err != nil {
					t.Fatal(err)
				}
				_, loaded, err := d.Custom(config)
				switch {
				case !loaded:
					t.Errorf("%s was not loaded: %v", p.name, err)
				case word == "" && err != nil:
					t.Errorf("%s as it is: %v", p.name, err)
				case word != "" && (err == nil || !strings.Contains(err.Error(), "reveal") || !strings.Contains(err.Error(), "line")):
					t.Errorf("%s without reveal: the error is %v, and should name the line and reveal", p.name, err)
				}
			}
			tried++
		}
		if tried < 20 {
			t.Errorf("only %d presets reveal", tried)
		}
	})
}

// definitions are a preset's options as its file has them.
func definitions(t testing.TB, name string) json.RawMessage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../signers/presets", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Options json.RawMessage }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Options
}
