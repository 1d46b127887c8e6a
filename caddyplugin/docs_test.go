package caddyplugin

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.yaml.in/yaml/v3"
)

// pages are the README and everything below docs.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../README.md", "../docs/*.md", "../docs/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	return all
}

func TestEveryCaddyfileInTheDocumentationAdaptsAndIsFormatted(t *testing.T) {
	block := regexp.MustCompile("(?s)```caddyfile\n(.*?)```")
	found := 0
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(data, -1) {
			found++
			if _, err := adapt("Caddyfile", m[1]); err != nil {
				t.Errorf("%s: %v in\n%s", page, err, m[1])
			}
			// Caddy warns of others when it starts.
			if !bytes.Equal(caddyfile.Format(m[1]), m[1]) {
				t.Errorf("%s: caddy fmt would change\n%s", page, m[1])
			}
		}
	}
	if found < 14 {
		t.Errorf("%d blocks found", found)
	}
}

func TestTheCaddyfilesOfTheExamplesAdapt(t *testing.T) {
	docker, err := os.ReadFile("../docs/examples/docker/caddy/conf/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile("../docs/examples/kubernetes/caddy/caddy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var kubernetes struct{ Data map[string]string } // the first document is the ConfigMap
	if err := yaml.Unmarshal(manifest, &kubernetes); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"docker": string(docker), "kubernetes": kubernetes.Data["Caddyfile"]} {
		config, err := adapt("Caddyfile", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, vendor := range []string{"carbonblack", "cortex", "darktrace", "duo", "threatconnect"} {
			if !strings.Contains(string(config), `"protocol":"`+vendor+`_sign"`) {
				t.Errorf("%s has no transport for %s", name, vendor)
			}
		}
	}
}
