package tests

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// everyPreset is a preset with a configuration whose secrets are found wherever they show, and a request that it signs.
type everyPreset struct {
	name     string
	file     *presets.Preset
	config   string            // JSON
	options  map[string]any    // the same
	secrets  map[string]string // by option
	method   string
	target   string
	headers  []string // names that operations set or take away, and those of owns
	params   []string
	revealed []string // headers and parameters that hold a secret
}

var (
	setsName = regexp.MustCompile(`^(header|query|delheader|delquery)\??\s+(\S+)`)
	hexText  = regexp.MustCompile(`^(?:[0-9a-f]{2}){8,}$`)
	prefixed = regexp.MustCompile(`^(whsec_)?(.*)$`)
)

// allPresets are all of the register, and the scheme api_key, which is none but sends a secret like one.
func allPresets(t testing.TB) (all []everyPreset) {
	t.Helper()
	for _, name := range append(signers.Presets(), presets.APIKeyName) {
		if name == "api_key" {
			secret := canaryFor("apikey", 0)
			all = append(all, everyPreset{name: name, config: fmt.Sprintf(`{"key":%q,"header":"X-Own-Key"}`, secret), options: map[string]any{"key": secret, "header": "X-Own-Key"},
				secrets: map[string]string{"key": secret}, method: "GET", target: "/x", headers: []string{"X-Own-Key"}, revealed: []string{"X-Own-Key"}})
			continue
		}
		all = append(all, readPreset(t, name))
	}
	if len(all) < 40 {
		t.Fatalf("there are only %d presets", len(all))
	}
	return all
}

// needsToken reports whether a token has to be fetched first, which gates of tests do not.
func (p everyPreset) needsToken() bool {
	return p.file != nil && len(p.file.Token) > 0 && string(p.file.Token) != "null"
}

func canaryFor(name string, n int) string { return fmt.Sprintf("canary%d7q%sXk2m9Vd8Tz", n, name) }

func readPreset(t testing.TB, name string) everyPreset {
	t.Helper()
	file, err := presets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	v := file.Vectors[0]
	p := everyPreset{name: name, file: file, options: map[string]any{}, secrets: map[string]string{}, method: v.Request.Method}
	u, err := url.Parse(v.Request.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.target = u.RequestURI()
	for option, value := range v.Config {
		var decoded any
		if err := json.Unmarshal(value, &decoded); err != nil {
			t.Fatal(err)
		}
		if option != "host" {
			p.options[option] = decoded
		}
	}
	for i, o := range file.Options {
		if !o.Secret || o.List {
			continue
		}
		old, _ := p.options[o.Name].(string)
		if o.Key != "" { // no other text is a key: a line of the vector's own is looked for
			if lines := strings.Split(old, "\n"); len(lines) > 4 {
				p.secrets[o.Name] = lines[len(lines)/2]
			}
			continue
		}
		canary := canaryFor(strings.ReplaceAll(name, "_", ""), i)
		parts := prefixed.FindStringSubmatch(old)
		_, err := base64.StdEncoding.DecodeString(parts[2])
		switch {
		case o.Check == "hex" || hexText.MatchString(old):
			canary = hex.EncodeToString([]byte(canary))
		case o.Check == "base64" || name == "standard_webhooks" || len(old) >= 24 && err == nil:
			canary = base64.StdEncoding.EncodeToString([]byte(strings.Repeat(canary, 3)[:48]))
		}
		p.options[o.Name], p.secrets[o.Name] = parts[1]+canary, canary
	}
	text, err := json.Marshal(p.options)
	if err != nil {
		t.Fatal(err)
	}
	p.config = string(text)
	p.headers = append(p.headers, file.Owns...)
	for _, operation := range file.Operations {
		m := setsName.FindStringSubmatch(operation)
		if m == nil {
			continue
		}
		if strings.HasSuffix(m[1], "header") {
			p.headers = append(p.headers, m[2])
		} else {
			p.params = append(p.params, m[2])
		}
		if strings.Contains(operation, "reveal") {
			p.revealed = append(p.revealed, m[2])
		}
	}
	return p
}

// forms are the texts that a secret may be hidden in.
func forms(secret string) []string {
	all := []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), url.PathEscape(secret)}
	for _, decode := range []func(string) ([]byte, error){base64.StdEncoding.DecodeString, hex.DecodeString} {
		if raw, err := decode(secret); err == nil {
			all = append(all, string(raw), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw))
		}
	}
	return all
}

// base64Run finds what may be a text in Base64.
var base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`)

// holds reports whether a text has a secret in it, in any of its forms, also behind one more Base64.
func holds(text, secret string) bool {
	for _, run := range base64Run.FindAllString(text, -1) {
		if raw, err := base64.StdEncoding.DecodeString(run); err == nil {
			text += "\n" + string(raw)
		}
	}
	for _, form := range forms(secret) {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// everyPolicy is one that lets the preset sign everything that no guard holds.
const everyPolicy = `{"host":"vendor.example","allow_multiplexed":true}`
