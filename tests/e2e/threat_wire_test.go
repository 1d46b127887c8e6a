package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each line of docs/wire.md stands on a test, which must be there, and every threat has a line.
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
	for _, page := range []string{"wire.md", "fuzzing.md"} {
		data, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(string(data), -1)
		if len(names) == 0 {
			t.Errorf("docs/%s names no test", page)
		}
		for _, name := range names {
			if !exists[name] {
				t.Errorf("docs/%s names %s, which does not exist", page, name)
			}
		}
		if page != "wire.md" {
			continue
		}
		for n := 1; n <= 22; n++ {
			line := regexp.MustCompile(fmt.Sprintf(`(?m)^\| T%d .*$`, n)).FindString(string(data))
			if !strings.Contains(line, "Test") {
				t.Errorf("docs/wire.md has no test for T%d", n)
			}
		}
	}
}
