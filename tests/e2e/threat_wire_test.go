package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/pages"
)

// Every test that the documentation names must be there: each line of docs/wire.md stands on one, and every threat has a
// line.
func TestTheTestsThatTheDocumentationNamesExist(t *testing.T) {
	exists := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(data, -1) {
			exists[string(m[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages.Read(t, "../..") {
		if page.Name == "CHANGELOG.md" || page.Name == "CONTRIBUTING.md" {
			continue
		}
		names := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(page.Text, -1)
		for _, name := range names {
			if !exists[name] {
				t.Errorf("%s names %s, which does not exist", page.Name, name)
			}
		}
		if page.Name != "docs/wire.md" {
			continue
		}
		if len(names) == 0 {
			t.Errorf("%s names no test", page.Name)
		}
		for n := 1; n <= 22; n++ {
			line := regexp.MustCompile(fmt.Sprintf(`(?m)^\| T%d .*$`, n)).FindString(page.Text)
			if !strings.Contains(line, "Test") {
				t.Errorf("docs/wire.md has no test for T%d", n)
			}
		}
	}
}
