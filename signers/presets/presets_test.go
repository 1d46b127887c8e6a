package presets

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestEveryBuiltInPresetIsWholeAndPassesItsOwnTest(t *testing.T) {
	if len(files()) < 2 {
		t.Fatal("there are no presets")
	}
	for name, file := range files() {
		p, err := Parse([]byte(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Name != name {
			t.Errorf("%s calls itself %s", name, p.Name)
		}
		if err := Load(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(p.Vectors) < 2 || p.Page == "" || p.Evidence == "" || p.Docs == "" || len(p.Sources) == 0 {
			t.Errorf("%s: it has fewer than two vectors, or no page, evidence, docs or sources", name)
		}
		if p.Proof != "published" && p.Proof != "client" && p.Proof != "derived" {
			t.Errorf("%s: its proof is %q", name, p.Proof)
		}
		closed := strings.Join(p.ClosedPaths(), " ")
		if len(p.GuardVectors.Passed) == 0 && closed != "/**" && closed != "/" && !(p.Multiplexed && p.Probe == "unknown") {
			t.Errorf("%s: guard_vectors has no request that must pass", name)
		}
		if len(p.GuardVectors.Refused) == 0 && (len(p.Guards) > 0 || closed != "") {
			t.Errorf("%s: guard_vectors has no request that must be refused", name)
		}
		ids := make(map[string]bool)
		for _, v := range p.Vectors {
			if v.ID == "" || ids[v.ID] || v.Source == "" {
				t.Errorf("%s: the vector %q appears twice, or has no source", name, v.ID)
			}
			ids[v.ID] = true
		}
		for _, o := range p.Options {
			if o.Doc == "" {
				t.Errorf("%s: %s has no doc", name, o.Name)
			}
		}
		if _, err := signers.Lookup(name); err != nil {
			t.Error(err)
		}
	}
}

// A vendor that takes the hash of the body from a header would take it from the client's SDK, which says UNSIGNED-PAYLOAD; the gateway
// signs the hash of the body.
func TestAClientsHashOfTheBodyGoesToNoVendor(t *testing.T) {
	for name, header := range map[string]string{"huawei": "X-Sdk-Content-Sha256", "tencent": "X-TC-Content-SHA256", "alibaba": "x-acs-content-sha256"} {
		p, err := Parse([]byte(files()[name]))
		if err != nil {
			t.Fatal(err)
		}
		owned := strings.Join(append(p.Owns, p.Operations...), "\n")
		if !strings.Contains(owned, header) {
			t.Errorf("%s: a client's %s goes out", name, header)
		}
	}
}

// changed is the preset veracode with another text in it.
func changed(t *testing.T, old, new string) (*Preset, error) {
	t.Helper()
	file := files()["veracode"]
	if !strings.Contains(file, old) {
		t.Fatalf("the file has no %s", old)
	}
	return Parse([]byte(strings.Replace(file, old, new, 1)))
}

func TestAPresetWhoseVectorsDoNotComeOutMakesNoSigner(t *testing.T) {
	for name, change := range map[string][2]string{
		"another operation":      {"[[method|upper]]", "[[method|lower]]"},
		"another key":            {`"api_key":"38611f3f651c9009`, `"api_key":"48611f3f651c9009`},
		"another header":         {"ts=1528471895699", "ts=1528471895698"},
		"another canonical text": {`&host=analysiscenter.veracode.com&url=/api/5.0/getapplist.do&method=GET"`, `&host=api.veracode.eu&url=/api/5.0/getapplist.do&method=GET"`},
	} {
		p, err := changed(t, change[0], change[1])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s, faults := p.Scheme().Signer(signers.Values{"api_id": {"a"}, "api_key": {"00"}})
		if s != nil || len(faults) != 1 || !strings.HasPrefix(faults[0].Text, "the preset fails its own test traced-shell-example") {
			t.Errorf("%s: %v", name, faults)
		}
		for _, f := range faults {
			if strings.Contains(f.Text, "8611f3f651c9009") {
				t.Errorf("%s: the fault shows a value: %s", name, f.Text)
			}
		}
	}
}

func TestAPresetFileIsReadStrictly(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{`"preset":1`, `"preset":2`, "preset must be 1"},
		{`"preset":1`, `"preset":1,"colour":"red"`, `unknown field "colour"`},
		{`"secret":true`, `"secret":true,"hidden":true`, `unknown field "hidden"`},
		{`"name":"veracode"`, `"name":"Veracode"`, "name must be"},
		{`"title":"Veracode REST and XML APIs"`, `"title":""`, "title is required"},
		{`"nonce":"hex:16"`, `"nonce":"hex"`, "nonce must be"},
		{`"engine":"operations"`, `"engine":"aws"`, "engine must be"},
		{`"window":"unknown"`, `"window":"soon"`, "window must be"},
		{`"probe":"GET /api`, `"probe":"/api`, "probe must be"},
		{`"means":"rights"`, `"means":"right"`, "refusals: means must be"},
		{`"name":"api_key"`, `"name":"api_id"`, "options: api_id: there are two of this name"},
		{`"variable":"VERACODE_API_KEY_SECRET"`, `"check":"hexx"`, "check must be one of"},
		{`"variable":"VERACODE_API_KEY_SECRET"`, `"apart":":","apart_if":"api_id raw"`, "apart_if must be an option and one of its values"},
	} {
		if _, err := changed(t, test.old, test.new); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.new, err, test.want)
		}
	}
	if _, err := Parse([]byte(files()["veracode"] + "{}")); err == nil {
		t.Error("what follows a preset is passed over")
	}
	if _, err := Parse([]byte(`{"docs":"` + strings.Repeat("a", maxFile) + `"}`)); err == nil || !strings.Contains(err.Error(), "64 KiB") {
		t.Errorf("a large file: %v", err)
	}
}

func TestAPresetWithoutVectorsSaysThatNothingProvesIt(t *testing.T) {
	p, err := changed(t, `"revision":1`, `"ended":"2026-01-01"`)
	if err != nil {
		t.Fatal(err)
	}
	p.Vectors = nil
	s, faults := p.Scheme().Signer(signers.Values{"api_id": {"a"}, "api_key": {"00"}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	warnings := strings.Join(s.Traits().Warnings, "\n")
	if !strings.Contains(warnings, "nothing proves") || !strings.Contains(warnings, "ended this on 2026-01-01") {
		t.Errorf("the warnings are %q", warnings)
	}
}

func TestOptionsOfAPresetAreThoseOfItsScheme(t *testing.T) {
	var options []Option
	if err := json.Unmarshal([]byte(`[
		{"name":"id"},{"name":"key","secret":true,"check":"hex"},{"name":"names","list":true,"required":false},{"name":"life","number":true,"default":"60"},
		{"name":"mode","values":["a","b"],"default":"b"},{"name":"on","flag":true},{"name":"pem","key":"ed25519","secret":true,"required":false},
		{"name":"tenant","check":"dns_label","required":false}]`), &options); err != nil {
		t.Fatal(err)
	}
	p := &Preset{Preset: 1, Name: "acme", Title: "Acme", Options: options, Operations: []string{
		"header X-Id = [[opt.id]]", "header X-Life = [[now|add:opt.life|unix]]", "header X-Mode = [[opt.mode]]", "header? X-On = [['1'|if:opt.on:true]]",
		"header X-Sum = [[body|hmac_sha256:opt.key|hex]]",
	}}
	scheme := p.Scheme()
	for _, test := range []struct {
		name   string
		values signers.Values
		want   string
	}{
		{"nothing", signers.Values{}, "id is required; key is required"},
		{"no hexadecimal", signers.Values{"id": {"a"}, "key": {"xyz"}}, "key must be hexadecimal"},
		{"no choice", signers.Values{"id": {"a"}, "key": {"00"}, "mode": {"c"}}, "mode must be one of b, a"},
		{"no label", signers.Values{"id": {"a"}, "key": {"00"}, "tenant": {"a.b"}}, "tenant must be one DNS label: lower-case letters, digits and hyphens"},
		{"no number", signers.Values{"id": {"a"}, "key": {"00"}, "life": {"x"}}, "life must be a whole number"},
	} {
		_, faults := scheme.Signer(test.values)
		if err := signers.FaultsError("acme", faults); err == nil || err.Error() != "acme: "+test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	if _, faults := scheme.Signer(signers.Values{"id": {"a"}, "key": {"00"}}); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestRefusalsAreJudgedByTheFirstEntryThatFits(t *testing.T) {
	refusal := refusalOf([]Refusal{{Status: 401, Contains: "Expired", Means: "clock"}, {Contains: "quota", Means: "rate"}, {Status: 401, Means: "key"}})
	for _, test := range []struct {
		status int
		body   string
		want   signers.Refusal
	}{
		{401, "token EXPIRED", signers.RefusedClock}, {401, "no", signers.RefusedKey}, {400, "over quota", signers.RefusedRate},
		{403, "expired", signers.RefusedRights}, {200, "", signers.Unrefused},
	} {
		if got := refusal(signers.Answer{Status: test.status, Body: []byte(test.body)}); got != test.want {
			t.Errorf("%d %s means %q, want %q", test.status, test.body, got, test.want)
		}
	}
}
