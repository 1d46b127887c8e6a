package caddyplugin

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
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

func TestEveryCaddyfileInTheDocumentationAdapts(t *testing.T) {
	block := regexp.MustCompile("(?s)```caddyfile\n(.*?)```")
	found := 0
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(data, -1) {
			found++
			if _, err := adapt(string(m[1])); err != nil {
				t.Errorf("%s: %v in\n%s", page, err, m[1])
			}
		}
	}
	if found < 7 {
		t.Errorf("%d blocks found", found)
	}
}
