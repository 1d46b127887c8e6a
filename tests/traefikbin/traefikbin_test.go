package traefikbin

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheVersionChoosesTheModFile(t *testing.T) {
	module := t.TempDir()
	for _, name := range []string{"go.mod", "v3.7.13.mod", "v3.8.0.mod", "v3.7.13.sum"} {
		if err := os.WriteFile(filepath.Join(module, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ wanted, file, err string }{
		{"", "go.mod", ""},
		{"v3.6.12", "go.mod", ""},
		{"3.6.12", "go.mod", ""},
		{"v3.7.13", "v3.7.13.mod", ""},
		{"3.7.13", "v3.7.13.mod", ""},
		{"v3.7.12", "", "TRAEFIK_VERSION is none of v3.6.12, v3.7.13, v3.8.0, which tests/traefik can build"},
		{"3.7", "", "TRAEFIK_VERSION is none of v3.6.12, v3.7.13, v3.8.0, which tests/traefik can build"},
		{"../x", "", "TRAEFIK_VERSION is none of v3.6.12, v3.7.13, v3.8.0, which tests/traefik can build"},
	} {
		file, err := modFile(module, "v3.6.12", tt.wanted)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%q: %s, %v", tt.wanted, file, err)
			}
			continue
		}
		if err != nil || file != filepath.Join(module, tt.file) {
			t.Errorf("%q: %s, %v", tt.wanted, file, err)
		}
	}
}

// A .mod file whose name says another version than it requires would build that one under the wrong name.
func TestEachModFileRequiresTheVersionOfItsName(t *testing.T) {
	module, err := moduleDir()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(module, "v*.mod"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		version, err := run(module, nil, "go", "list", "-m", "-modfile="+file, "-f", "{{.Version}}", traefik)
		if err != nil || version+".mod" != filepath.Base(file) {
			t.Errorf("%s requires %s, %v", filepath.Base(file), version, err)
		}
	}
}
