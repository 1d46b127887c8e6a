package tests

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// middlewares finds every configuration of the plugin in a YAML text: in Traefik's file format and in labels.
func middlewares(t *testing.T, text string) (found []map[string]any) {
	t.Helper()
	var file struct {
		HTTP struct {
			Middlewares map[string]struct{ Plugin map[string]map[string]any }
		}
		Services map[string]struct{ Labels map[string]string }
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, m := range file.HTTP.Middlewares {
		for _, config := range m.Plugin {
			found = append(found, config)
		}
	}
	for _, s := range file.Services {
		config := make(map[string]any)
		for label, value := range s.Labels {
			option, ok := strings.CutPrefix(label, "traefik.http.middlewares.duo.plugin.vendorsign.")
			if !ok {
				continue
			}
			vendor, name, _ := strings.Cut(option, ".")
			if config[vendor] == nil {
				config[vendor] = make(map[string]any)
			}
			config[vendor].(map[string]any)[name] = value
		}
		if len(config) > 0 {
			found = append(found, config)
		}
	}
	return found
}

func TestEveryTraefikConfigurationInTheDocumentationLoads(t *testing.T) {
	secrets := t.TempDir()
	t.Setenv("VENDORSIGN_SECRETS_DIR", secrets)
	pages, err := filepath.Glob(filepath.Join(interpret.Root(t), "docs/vendors/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(interpret.Root(t), "README.md"))
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	reference := regexp.MustCompile(`(env:|file:/run/secrets/)(\w+)`)
	var configs []map[string]any
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(data), -1) {
			// What the text refers to exists.
			for _, r := range reference.FindAllStringSubmatch(m[1], -1) {
				if r[1] == "env:" {
					t.Setenv(r[2], "value")
				} else if err := os.WriteFile(filepath.Join(secrets, r[2]), []byte("secret\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			configs = append(configs, middlewares(t, strings.ReplaceAll(m[1], "file:/run/secrets/", "file:"+secrets+"/"))...)
		}
	}
	if len(configs) != 6 {
		t.Fatalf("%d configurations found", len(configs))
	}
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, config := range configs {
			if _, err := p.New(config, next); err != nil {
				t.Errorf("%v in %v", err, config)
			}
		}
	})
}
