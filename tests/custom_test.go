package tests

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

const acmePreset = `{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"access_id"},{"name":"secret_key","secret":true}],
	"operations":["header X-Acme-Id = [[opt.access_id]]","header X-Acme-Proof = [[target|hmac_sha256:opt.secret_key|hex]]"],
	"guards":["* /keys"],"hides":["X-Acme-Session"]}`

// In Traefik a scheme of one's own is a file of the operator's, which labels name.
func TestALabelNamesAPresetOfTheOperators(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"acme_api.json": acmePreset,
		"duo.json":      strings.Replace(acmePreset, "acme_api", "duo", 1),
		"broken.json":   strings.Replace(acmePreset, "|hex]]", "|hax]]", 1),
		"big.json":      acmePreset + strings.Repeat(" ", 64<<10),
		"bound.json":    strings.NewReplacer("acme_api", "bound", `"title"`, `"hosts":["*.acme.example"],"hosts_only":true,"title"`).Replace(acmePreset),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "acme_api.json"), filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_PRESETS_DIR", dir)
	t.Setenv("VENDORSIGN_ACME", "canary")
	block := func(more ...string) map[string]any {
		custom := map[string]any{"preset": "acme_api", "host": "acme.example", "options": map[string]any{"accessId": "AB12"},
			"secrets": map[string]any{"SECRETKEY": "env:VENDORSIGN_ACME"}}
		for i := 0; i < len(more); i += 2 {
			custom[more[i]] = more[i+1]
		}
		return map[string]any{"custom": custom}
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		middleware, err := p.New(block(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Acme-Session", "s")
			fmt.Fprint(w, r.Header["X-Acme-Id"], r.Header["X-Acme-Proof"], r.Host)
		}))
		if err != nil {
			t.Fatal(err)
		}
		ask := func(target string) (int, string, http.Header) {
			r, w := httptest.NewRequest("GET", target, nil), httptest.NewRecorder()
			r.Header["X-Acme-Proof"] = []string{"mine"}
			middleware.ServeHTTP(w, r)
			return w.Code, w.Body.String(), w.Header()
		}
		// HMAC-SHA256 of "/things?a=1" with the key "canary", by openssl.
		const want = "[AB12] [f3ebb8b38fc3d40e2c7cadad212aadef66cecb32400da8d3f8eb6f27377223ba]acme.example"
		if code, got, header := ask("/things?a=1"); got != want || code != 200 || header.Get("X-Acme-Session") != "" {
			t.Errorf("%d %s, want %s; the client gets %v", code, got, want, header)
		}
		if code, _, _ := ask("/keys/1"); code != http.StatusForbidden {
			t.Errorf("a guard of the file lets a request through: %d", code)
		}
		for name, test := range map[string]struct {
			config map[string]any
			says   string
		}{
			"operations in a label":     {block("operations", "header X-A = [[opt.access_id]]"), "operations is for the operator's files only"},
			"a path in a label":         {block("presetFile", filepath.Join(dir, "acme_api.json")), "presetFile is for the operator's files only"},
			"a name that is a path":     {block("preset", "../"+filepath.Base(dir)+"/acme_api"), "must be the name of a preset file"},
			"a file that is not there":  {block("preset", "absent"), "does not exist, or is not a regular file"},
			"another host":              {block("preset", "bound"), "host is not one of the vendor's: they are *.acme.example"},
			"a link":                    {block("preset", "link"), "is not a regular file"},
			"a file that is too large":  {block("preset", "big"), "64 KiB"},
			"the name of a vendor":      {block("preset", "duo"), "is the name of a built-in vendor"},
			"a file with a fault":       {block("preset", "broken"), "operations line 2: header X-Acme-Proof: unknown filter hax"},
			"no file":                   {map[string]any{"custom": map[string]any{"host": "h"}}, "operations are required"},
			"a secret among options":    {map[string]any{"custom": map[string]any{"preset": "acme_api", "host": "h", "options": map[string]any{"secretKey": "x", "accessId": "y"}}}, "secret_key belongs into the other one"},
			"an option that it has not": {map[string]any{"custom": map[string]any{"preset": "acme_api", "host": "h", "options": map[string]any{"accesId": "y"}}}, "did you mean access_id?"},
			"a missing secret":          {map[string]any{"custom": map[string]any{"preset": "acme_api", "host": "h", "options": map[string]any{"accessId": "y"}}}, "secret_key is required"},
		} {
			if _, err := p.New(test.config, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v, want %q", name, err, test.says)
			} else if strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: the error shows the secret: %v", name, err)
			}
		}
	})
}

// An option of several values has them as a list, by indexes of labels, or in one text with commas, as any other option of Traefik.
func TestLabelsGiveAnOptionOfAPresetFileSeveralValues(t *testing.T) {
	dir := t.TempDir()
	const preset = `{"preset":1,"name":"acme_list","title":"Acme","options":[{"name":"signed_headers","list":true},
		{"name":"keys","lines":true,"secret":true},{"name":"id"}],
		"operations":["header X-Id = [[opt.id]]","header X-Lines = [[header_list:opt.signed_headers:'; ']]","header X-Keys = [[opt.keys|json|reveal]]"],"guards":[]}`
	if err := os.WriteFile(filepath.Join(dir, "acme_list.json"), []byte(preset), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_PRESETS_DIR", dir)
	t.Setenv("VENDORSIGN_NEW", "canary,new")
	t.Setenv("VENDORSIGN_OLD", "old")
	const both = "[a,b] [x-b:2; x-a:1]"
	tests := []struct {
		name          string
		id, list, key any
		want          string // the headers, or a part of the error
	}{
		{"a text with a comma", "a,b", "X-B,X-A", "k", both + ` ["k"]`},
		{"labels with indexes", "a,b", []any{"X-B", "X-A"}, "k", both + ` ["k"]`},
		{"a list of one", "a,b", []any{"X-A"}, []any{"k"}, `[a,b] [x-a:1] ["k"]`},
		{"secrets with indexes", "a,b", "X-B,X-A", []any{"env:VENDORSIGN_NEW", "env:VENDORSIGN_OLD"}, both + ` ["canary,new\nold"]`},
		{"a secret with a comma", "a,b", "X-B,X-A", []any{"env:VENDORSIGN_NEW"}, both + ` ["canary,new"]`},
		{"a list for one value", []any{"a", "b"}, "X-B", "k", "id"},
		{"a list in a list", "a", []any{[]any{"X-B"}}, "k", "signedHeaders must be a string or a list of strings"},
		{"no entry", "a", []any{}, "k", "signed_headers is required"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			middleware, err := p.New(map[string]any{"custom": map[string]any{"preset": "acme_list", "host": "acme.example",
				"options": map[string]any{"id": test.id, "signedHeaders": test.list}, "secrets": map[string]any{"keys": test.key}}},
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					fmt.Fprint(w, r.Header["X-Id"], r.Header["X-Lines"], r.Header["X-Keys"])
				}))
			if err != nil {
				if !strings.Contains(err.Error(), test.want) || strings.HasPrefix(test.want, "[") || strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: %v, want %q", test.name, err, test.want)
				}
				continue
			}
			r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
			r.Header["X-A"], r.Header["X-B"] = []string{"1"}, []string{"2"}
			middleware.ServeHTTP(w, r)
			if w.Body.String() != test.want {
				t.Errorf("%s: %s, want %s", test.name, w.Body, test.want)
			}
		}
	})
}

// Endpoints that do everything are closed in a scheme of one's own as in a built-in preset, by a switch of their own.
func TestAPresetOfTheOperatorsClosesWhatDoesEverything(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VENDORSIGN_PRESETS_DIR", dir)
	for name, more := range map[string]string{
		"some":  `"multiplexed":true,"multiplexed_paths":["/graphql","/v*/batch"],`,
		"whole": `"multiplexed":true,`,
	} {
		text := strings.Replace(strings.Replace(acmePreset, "acme_api", name, 1), `"guards"`, more+`"guards"`, 1)
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range []struct {
			preset, opened string
			passes         string // of GET /things, POST /graphql, POST /v1/batch/x, GET /keys
		}{
			{"some", "", "yes no no no"},
			{"some", "allowCredentialEndpoints", "yes no no yes"},
			{"some", "allowMultiplexed", "yes yes yes no"},
			{"whole", "", "no no no no"},
			{"whole", "allowCredentialEndpoints", "no no no no"},
			{"whole", "allowMultiplexed", "yes yes yes no"},
		} {
			custom := map[string]any{"preset": test.preset, "host": "acme.example", "options": map[string]any{"accessId": "AB12"},
				"secrets": map[string]any{"secretKey": "canary"}}
			if test.opened != "" {
				custom[test.opened] = true
			}
			middleware, err := p.New(map[string]any{"custom": custom}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			if err != nil {
				t.Fatal(err)
			}
			var passes []string
			for _, request := range []string{"GET /things", "POST /graphql", "POST /v1/batch/x", "GET /keys"} {
				method, target, _ := strings.Cut(request, " ")
				w := httptest.NewRecorder()
				middleware.ServeHTTP(w, httptest.NewRequest(method, target, nil))
				passes = append(passes, map[int]string{http.StatusOK: "yes", http.StatusForbidden: "no"}[w.Code])
			}
			if got := strings.Join(passes, " "); got != test.passes {
				t.Errorf("%s with %q: %s, want %s", test.preset, test.opened, got, test.passes)
			}
		}
	})
}
