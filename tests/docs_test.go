package tests

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/tests/pages"
)

// document is what a YAML block of the documentation may be.
type document struct {
	APIVersion string `yaml:"apiVersion"` // of Kubernetes
	Kind       string
	Spec       struct {
		Plugin map[string]map[string]any
	}
	HTTP *struct { // Traefik's dynamic configuration
		Middlewares map[string]struct{ Plugin map[string]map[string]any }
	}
	TLS          any
	Services     map[string]struct{ Labels map[string]string } // of Compose
	EntryPoints  any                                           `yaml:"entryPoints"` // Traefik's static configuration
	Experimental any
	Jobs         any // of GitHub Actions
}

// middlewares finds every configuration of the plugin in a YAML text: in Traefik's file format, in labels, and in
// manifests of Kubernetes. A document that is none of these is an error.
func middlewares(text string) (found []map[string]any, err error) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var d document
		if err := decoder.Decode(&d); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		switch {
		case d.HTTP != nil:
			for _, m := range d.HTTP.Middlewares {
				for _, config := range m.Plugin {
					found = append(found, config)
				}
			}
		case d.Services != nil:
			for _, s := range d.Services {
				found = append(found, labelled(s.Labels)...)
			}
		case d.APIVersion != "" && d.Kind == "Middleware":
			for _, config := range d.Spec.Plugin {
				found = append(found, config)
			}
		case d.APIVersion == "" && d.EntryPoints == nil && d.Experimental == nil && d.TLS == nil && d.Jobs == nil:
			return nil, errors.New("it is no configuration that is known here")
		}
	}
}

// labelled puts the labels of each middleware together.
func labelled(labels map[string]string) (found []map[string]any) {
	label := regexp.MustCompile(`^traefik\.http\.middlewares\.([\w-]+)\.plugin\.vendorsign\.(\w+)\.(?:(\w+)(\[\d+\])?\.)?(\w+)(?:\[\d+\])?$`)
	all := make(map[string]map[string]any)
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		value := labels[name]
		m := label.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		if all[m[1]] == nil {
			all[m[1]] = map[string]any{m[2]: make(map[string]any)}
			found = append(found, all[m[1]])
		}
		options, ok := all[m[1]][m[2]].(map[string]any)
		if !ok {
			continue
		}
		if m[4] != "" { // a list of blocks, in their order
			list, _ := options[m[3]].([]any)
			if at, err := strconv.Atoi(strings.Trim(m[4], "[]")); err != nil || at > len(list) {
				continue
			} else if at == len(list) {
				list = append(list, make(map[string]any))
				options[m[3]] = list
			}
			options = list[len(list)-1].(map[string]any)
		} else if m[3] != "" { // a block in it
			block, ok := options[m[3]].(map[string]any)
			if !ok {
				block = make(map[string]any)
				options[m[3]] = block
			}
			options = block
		}
		if strings.HasSuffix(name, "]") {
			list, _ := options[m[5]].([]string)
			options[m[5]] = append(list, value)
		} else {
			options[m[5]] = value
		}
	}
	return found
}

func TestEveryTraefikConfigurationInTheDocumentationLoads(t *testing.T) {
	secrets := t.TempDir()
	t.Setenv("VENDORSIGN_SECRETS_DIR", secrets)
	tokens := t.TempDir()
	t.Setenv("VENDORSIGN_TOKEN_DIR", tokens)
	t.Setenv("VENDORSIGN_AWS_CREDENTIALS", "web_identity,container") // as docs/vendors/aws.md says
	presets := t.TempDir()                                           // that pages have
	t.Setenv("VENDORSIGN_PRESETS_DIR", presets)
	type block struct {
		place  string
		config map[string]any
	}
	var all []block
	for _, page := range pages.Read(t, interpret.Root(t)) {
		for _, b := range page.Blocks {
			if b.Lang == "json" && strings.HasPrefix(b.Text, "{\n  \"preset\": 1,") {
				if err := os.WriteFile(filepath.Join(presets, b.File), []byte(b.Text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if b.Lang != "yaml" {
				continue
			}
			text := pages.Rendered(b.Text)
			needs := pages.Refers(text)
			for _, name := range needs.Env {
				t.Setenv(name, pages.Variable(name))
			}
			own := filepath.Join(secrets, fmt.Sprint(b.Line)+strings.ReplaceAll(page.Name, "/", "-")) // duo is a file here, a folder there
			for _, name := range needs.Files {
				file := filepath.Join(own, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(pages.Secret(name)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			text = strings.ReplaceAll(pages.Moved(text, own), "/var/lib/vendorsign/tokens", tokens)
			configs, err := middlewares(text)
			if err != nil {
				t.Errorf("%s:%d: %v", page.Name, b.Line, err)
			}
			for _, config := range configs {
				all = append(all, block{page.Name, config})
			}
		}
	}
	for _, place := range []string{"README.md", "docs/start-traefik.md", "docs/security.md", "docs/vendors/aws.md", "docs/vendors/carbonblack.md", "docs/vendors/cortex.md",
		"docs/vendors/darktrace.md", "docs/vendors/duo.md", "docs/vendors/threatconnect.md"} {
		if !slices.ContainsFunc(all, func(b block) bool { return b.place == place }) {
			t.Errorf("%s has no configuration for Traefik", place)
		}
	}
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, b := range all {
			if _, err := p.New(b.config, next); err != nil {
				t.Errorf("%s: %v in %v", b.place, err, b.config)
			}
		}
	})
}
