package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/tests/opsgen"
)

// presetNames are the names of the preset files.
func presetNames(t testing.TB) (names []string) {
	t.Helper()
	paths, err := filepath.Glob("../signers/presets/*.json")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d preset files, %v", len(paths), err)
	}
	for _, path := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".json"))
	}
	return names
}

func loadPreset(t testing.TB, name string) *presets.Preset {
	t.Helper()
	p, err := presets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// equivalent are the changes that no vector tells, since they change no request that there can be: by preset and change. Each
// reason is tested below.
var equivalent = map[string]string{
	"akamai: [[method|upper]] without upper":              inCapitals,
	"alibaba: [[method|upper]] without upper":             inCapitals,
	"azure_appconfig: [[method|upper]] without upper":     inCapitals,
	"azure_communication: [[method|upper]] without upper": inCapitals,
	"azure_storage: [[method|upper]] without upper":       inCapitals,
	"huawei: [[method|upper]] without upper":              inCapitals,
	"logicmonitor: [[method|upper]] without upper":        inCapitals,
	"tencent: [[method|upper]] without upper":             inCapitals,
	"veracode: [[method|upper]] without upper":            inCapitals,

	"standard_webhooks: [[opt.secret|strip_prefix:'whsec_'|unbase64]] with after:'whsec_' for strip_prefix:'whsec_'":                       noOtherPlace,
	"standard_webhooks: [[opt.also|or:'bm90IHVzZWQ='|strip_prefix:'whsec_'|unbase64]] with after:'whsec_' for strip_prefix:'whsec_'":       noOtherPlace,
	"standard_webhooks: [[opt.also_older|or:'bm90IHVzZWQ='|strip_prefix:'whsec_'|unbase64]] with after:'whsec_' for strip_prefix:'whsec_'": noOtherPlace,
	"standard_webhooks: [[' v1,'|when:older]] with when:opt.also_older for when:older":                                                     bothOrNone,
	"standard_webhooks: [[' v1,'|when:old]] with when:opt.also for when:old":                                                               bothOrNone,
}

const (
	inCapitals   = "methods are in capitals, and with them upper changes nothing"
	noOtherPlace = "whsec_ has a character that base64 has not, so it can only be in front"
	bothOrNone   = "the second signature is empty if and only if the former secret is"
)

// A preset is as right as its vectors are sharp: whatever is changed in its operations must fail one of them.
func TestEachChangeOfAPresetsOperationsFailsOneOfItsVectors(t *testing.T) {
	total, unused := 0, maps.Clone(equivalent)
	for _, name := range presetNames(t) {
		p := loadPreset(t, name)
		own := 0
		for _, m := range opsgen.Mutants(p.Operations) {
			changed := *p
			changed.Operations = m.Operations
			program, err := presets.Compile(&changed)
			if err != nil {
				continue // nobody signs with it
			}
			own++
			if presets.SelfTest(&changed, program) != nil {
				continue
			}
			key := name + ": " + m.What
			if equivalent[key] == "" {
				t.Errorf("no vector of %s fails, operation %d: %s", key, m.Line, p.Operations[m.Line-1])
				continue
			}
			delete(unused, key)
			checkEquivalent(t, p, &changed, key)
		}
		if total += own; own == 0 {
			t.Errorf("%s: there is no change that loads", name)
		}
	}
	t.Logf("%d changes", total)
	if total < 800 {
		t.Errorf("there are %d changes", total)
	}
	for key := range unused {
		t.Errorf("a vector fails by now, so this is no exception: %s", key)
	}
}

// checkEquivalent holds two presets against each other on random requests, with the credentials of their vectors.
func checkEquivalent(t *testing.T, p, changed *presets.Preset, key string) {
	t.Helper()
	before, after := presetFile(t, p), presetFile(t, changed)
	differ := false
	for seed := range uint64(60) {
		c := opsgen.New(seed)
		config := vectorConfig(t, p.Vectors[seed%uint64(len(p.Vectors))].Config)
		c.Target = strings.Map(func(r rune) rune { return max(r, '!') }, c.Target)
		method := strings.ToUpper(c.Method)
		sign := func(file []byte, method string) string {
			_, header, sent, _, err := compiled().Program(file, config, method, "https", c.Host, c.Target, c.Header, c.Body, c.Now, nonceFor(p))
			return fmt.Sprintf("%q %q %v", header, sent, err)
		}
		if a, b := sign(before, method), sign(after, method); a != b {
			t.Errorf("%s: not equivalent:\n%s\n%s\n%s", key, a, b, c)
		}
		differ = differ || sign(before, strings.ToLower(method)) != sign(after, strings.ToLower(method))
	}
	if (equivalent[key] == inCapitals) != differ {
		t.Errorf("%s: that methods are in capitals is not the reason", key)
	}
	if equivalent[key] == noOtherPlace {
		for _, v := range p.Vectors[:1] {
			v.Config = maps.Clone(v.Config)
			v.Config["secret"] = json.RawMessage(`"AAAAwhsec_AAAA"`)
			if loaded, _, _, _, _ := compiled().Program(before, vectorConfig(t, v.Config), "GET", "https", "h", "/", nil, nil, opsgen.New(1).Now, "n"); loaded {
				t.Errorf("%s: a secret with whsec_ inside is taken", key)
			}
		}
	}
}

func presetFile(t testing.TB, p *presets.Preset) []byte {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// vectorConfig is the configuration of a vector without what only gateways read.
func vectorConfig(t testing.TB, config map[string]json.RawMessage) []byte {
	t.Helper()
	own := maps.Clone(config)
	delete(own, "host")
	data, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// nonceFor is a nonce of one of the preset's vectors: it has the preset's form.
func nonceFor(p *presets.Preset) string {
	i := slices.IndexFunc(p.Vectors, func(v presets.Vector) bool { return v.Nonce != "" })
	if i < 0 {
		return "00112233445566778899aabbccddeeff"
	}
	return p.Vectors[i].Nonce
}
