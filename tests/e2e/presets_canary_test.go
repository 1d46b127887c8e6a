package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// presetFile is what a canary needs to know of a preset's file.
type presetFile struct {
	Name    string
	Token   json.RawMessage
	Options []struct {
		Name, Check  string
		Secret, List bool
	}
	Vectors []struct {
		Config  map[string]any
		Request struct{ Method, URL string }
	}
}

func presetFiles(t *testing.T) (all []presetFile) {
	t.Helper()
	paths, err := filepath.Glob("../../signers/presets/*.json")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d presets, %v", len(paths), err)
	}
	for _, path := range paths {
		var file presetFile
		data, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(data, &file)
		}
		if err != nil {
			t.Fatal(path, err)
		}
		all = append(all, file)
	}
	return all
}

var hexSecret = regexp.MustCompile(`^(?:[0-9a-f]{2}){8,}$`)

// canaryOf is a secret in the form that an option wants, old being one that fits.
func canaryOf(preset, check, old string, n int) string {
	text := fmt.Sprintf("canary%d7q%sXk2m9Vd8TzRrA5", n, strings.ReplaceAll(preset, "_", ""))
	prefix := ""
	if strings.HasPrefix(old, "whsec_") || preset == "standard_webhooks" {
		prefix, check = "whsec_", "base64"
	}
	_, err := base64.StdEncoding.DecodeString(old)
	switch {
	case check == "hex" || hexSecret.MatchString(old):
		return hex.EncodeToString([]byte(text))
	case check == "base64" || len(old) >= 24 && err == nil:
		return prefix + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(text, 3)[:48]))
	}
	return text
}

// base64Run finds what may be a text in Base64.
var base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{12,}={0,2}`)

// showsInside is shows, but that it looks into texts in Base64, as Basic has them, and for what the secret is in bytes.
func showsInside(where, secret string) bool {
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_")); err == nil && shows(where, string(raw)) {
		return true
	}
	if raw, err := hex.DecodeString(secret); err == nil && shows(where, string(raw)) {
		return true
	}
	for _, run := range base64Run.FindAllString(where, -1) {
		if inner, err := base64.StdEncoding.DecodeString(run); err == nil && strings.Contains(string(inner), secret) {
			return true
		}
	}
	return shows(where, secret)
}

// newPresetAviary has a route for each preset, whose secrets are files, and for some one more whose upstream is not there.
func newPresetAviary(t *testing.T, f form) (a *aviary, targets map[string]string) {
	t.Helper()
	a, targets = &aviary{home: newHome(t), secrets: map[string]string{}}, map[string]string{}
	answers := func(r *vendorsim.Request) *vendorsim.Answer {
		if strings.Contains(r.Target, "refused=1") {
			return &vendorsim.Answer{Status: http.StatusUnauthorized, Body: []byte("no\n")}
		}
		return &vendorsim.Answer{Status: http.StatusOK, Body: []byte("yes\n"), Accepted: true}
	}
	for _, file := range presetFiles(t) {
		if len(file.Token) > 0 && string(file.Token) != "null" {
			continue
		}
		v := file.Vectors[0]
		given := options{"allow_multiplexed": true}
		for name, value := range v.Config {
			list, isList := value.([]any)
			if isList {
				texts := make([]string, len(list))
				for i := range list {
					texts[i] = list[i].(string)
				}
				value = texts
			}
			if name != "host" {
				given[name] = value
			}
		}
		for i, o := range file.Options {
			if o.Secret && !o.List {
				old, _ := given[o.Name].(string)
				name := file.Name + " " + o.Name
				a.secrets[name] = canaryOf(file.Name, o.Check, old, i)
				given[o.Name] = a.file(t, file.Name+"."+o.Name, name)
			}
		}
		name := strings.ReplaceAll(file.Name, "_", "-")
		if f == traefik {
			given["observe"] = "on"
		}
		r := keyRoute(t, f, "duo", name, answers, given)
		r.signer, r.literal = file.Name, true
		a.routes = append(a.routes, r)
		_, target, _ := strings.Cut(strings.SplitN(v.Request.URL, "://", 2)[1], "/")
		targets[name] = v.Request.Method + " /" + target
		switch file.Name {
		case "shodan", "tenable", "qualys", "veracode":
			gone := *r
			gone.name, gone.vendor = name+"-gone", &vendor{addr: "127.0.0.1:1"}
			a.routes = append(a.routes, &gone)
			targets[gone.name] = targets[name]
		}
	}
	return a, targets
}

// T7: whether it is revealed to the vendor or not, the secret of no preset shows on a surface of the gateway.
func TestTheSecretOfEveryPresetShowsNowhere(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		a, targets := newPresetAviary(t, f)
		g := a.start(t, f, "\tdebug\n")
		var pages strings.Builder
		for _, r := range a.routes {
			method, target, _ := strings.Cut(targets[r.name], " ")
			more := map[bool]string{true: "&", false: "?"}[strings.Contains(target, "?")]
			for i, in := range []request{
				{method: method, target: target, length: method != "GET"}, {method: "POST", target: target, header: []string{asForm}, body: []byte("a=1")},
				{method: "GET", target: target, header: []string{"Origin: https://evil.example"}}, {method: "GET", target: target + more + "a=%zz"},
				{method: "GET", target: target + more + "refused=1"}, {method: "GET", target: target, header: []string{"Authorization: Basic eDp5", "X-Large: " + strings.Repeat("x", 20000)}},
			} {
				got := g.send(t, r, in)
				fmt.Fprintln(&pages, r.name, got.status, got.header, string(got.body))
				if i == 0 && strings.HasSuffix(r.name, "-gone") != (got.status == http.StatusBadGateway) || i == 0 && r.vendor.listener != nil && got.status != http.StatusOK {
					t.Errorf("%s is answered %d %s: the canary does not sing", r.name, got.status, got.body)
				}
			}
			if r.vendor.listener != nil { // an answer that ends early
				raw, _ := exchange(g.addr, string(request{method: "GET", target: target, header: []string{behave + ": " + behaveShort, "Connection: close"}}.head(r.name+".test")))
				pages.WriteString(raw)
			}
		}
		routes := a.routes
		a.routes = nil // what explains each is run below, once
		places := a.places(t, g)
		places["what clients get"] = pages.String()
		config, suffix := "Caddyfile", ".test"
		if f == traefik {
			config, suffix = "dynamic.yml", ""
		}
		places["check"] = a.run(t, "vendorsign", "check", config)
		for i, r := range routes {
			if f == caddyHandler || i%10 == 0 { // the command is the same for all, and takes a second
				places["explain "+r.name] = a.run(t, "vendorsign", "explain", r.signer, "--config", config, "--signer", r.name+suffix, "--url", "http://127.0.0.1/api?a=1")
			}
		}
		g.stop()
		places["log"] = g.log.String()
		for where, text := range places {
			for what, secret := range a.secrets {
				if showsInside(text, secret) {
					t.Errorf("%s shows %s", where, what)
				}
			}
		}
		if !strings.Contains(places["explain veracode"], "VERACODE") && f == caddyHandler {
			t.Errorf("explain explains nothing: %s", places["explain veracode"])
		}
		t.Logf("%d secrets, %d places", len(a.secrets), len(places))
	})
}
