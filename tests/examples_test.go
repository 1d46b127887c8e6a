package tests

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// kubernetesMiddlewares are the configurations of the plugin in docs/examples/kubernetes, by name.
func kubernetesMiddlewares(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(interpret.Root(t), "docs/examples/kubernetes/traefik/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]map[string]any)
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for d := yaml.NewDecoder(f); ; {
			var o struct {
				Kind     string
				Metadata struct{ Name string }
				Spec     struct{ Plugin map[string]map[string]any }
			}
			if err := d.Decode(&o); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if o.Kind == "Middleware" {
				found[o.Metadata.Name] = o.Spec.Plugin["vendorsign"]
			}
		}
	}
	return found
}

// dockerMiddlewares are those in the labels of docs/examples/docker/traefik.
func dockerMiddlewares(t *testing.T) map[string]map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), "docs/examples/docker/traefik/compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct{ Labels map[string]string }
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]map[string]any)
	for _, s := range file.Services {
		for label, value := range s.Labels {
			rest, ok := strings.CutPrefix(label, "traefik.http.middlewares.")
			if !ok {
				continue
			}
			parts := strings.Split(rest, ".") // NAME.plugin.vendorsign.VENDOR.OPTION
			if len(parts) != 5 || parts[1] != "plugin" || parts[2] != "vendorsign" {
				t.Errorf("the label %s", label)
				continue
			}
			if found[parts[0]] == nil {
				found[parts[0]] = map[string]any{parts[3]: map[string]any{}}
			}
			found[parts[0]][parts[3]].(map[string]any)[parts[4]] = value
		}
	}
	return found
}

// composeEnvironment is that of Traefik in docs/examples/docker/traefik.
func composeEnvironment(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), "docs/examples/docker/traefik/compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services struct {
			Traefik struct{ Environment map[string]string }
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services.Traefik.Environment
}

// kubernetesHosts are those that Traefik's Deployment permits in docs/examples/kubernetes.
func kubernetesHosts(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), "docs/examples/kubernetes/traefik/traefik.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "- name: VENDORSIGN_ALLOWED_HOSTS\n              value: ")
	hosts, _, ends := strings.Cut(rest, "\n")
	if !found || !ends {
		t.Fatal("the Deployment lists no hosts")
	}
	return hosts
}

func TestEveryMiddlewareOfTheExamplesLoads(t *testing.T) {
	// As it is mounted: a folder of links into another one.
	secrets := t.TempDir()
	if err := os.Mkdir(filepath.Join(secrets, "..data"), 0o755); err != nil {
		t.Fatal(err)
	}
	vendors := []string{"carbonblack", "cortex", "darktrace", "duo", "threatconnect"}
	for _, vendor := range vendors {
		if err := os.WriteFile(filepath.Join(secrets, "..data", vendor), []byte("0123456789abcdef"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("..data/"+vendor, filepath.Join(secrets, vendor)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("VENDORSIGN_SECRETS_DIR", secrets)
	// What the examples say of the hosts, those of Kubernetes and those of Docker.
	docker := composeEnvironment(t)
	t.Setenv("VENDORSIGN_ALLOWED_HOSTS", kubernetesHosts(t)+","+docker["VENDORSIGN_ALLOWED_HOSTS"])
	t.Setenv("VENDORSIGN_INSECURE_UPSTREAM", docker["VENDORSIGN_INSECURE_UPSTREAM"])
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for folder, configs := range map[string]map[string]map[string]any{
			"file:/etc/vendorsign/secrets/": kubernetesMiddlewares(t),
			"file:/run/secrets/":            dockerMiddlewares(t),
		} {
			for _, vendor := range vendors {
				config := configs[vendor]
				files := 0
				options, _ := config[vendor].(map[string]any)
				for name, value := range options {
					if text, ok := value.(string); ok && strings.HasPrefix(text, folder) {
						options[name] = "file:" + secrets + "/" + strings.TrimPrefix(text, folder)
						files++
					}
				}
				if _, err := p.New(config, next); err != nil || files != 1 {
					t.Errorf("%s from %s, with %d files: %v", vendor, folder, files, err)
				}
			}
			if len(configs) != len(vendors) {
				t.Errorf("%d middlewares", len(configs))
			}
		}
	})
}
