package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// listedPackage is what go list says of a package: its files, and the file with its types, from Go's own cache.
type listedPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// Caddy and Traefik are released for 32-bit ARM, too. There an int has 32 bits, and a constant that does not fit is an error of the
// compiler, which a test on a 64-bit machine never sees. The packages are checked here with the sizes of that processor.
func TestEveryPackageCompilesWhereAnIntHas32Bits(t *testing.T) {
	packages := listPackages(t)
	exports, own := make(map[string]string), 0
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range packages {
		if !strings.HasPrefix(p.ImportPath, "github.com/vendorsign/vendorsign/") {
			continue
		}
		own++
		var parsed []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, file)
		}
		narrow := types.Config{Importer: imports, Sizes: types.SizesFor("gc", "arm"), Error: func(err error) { t.Error(err) }}
		narrow.Check(p.ImportPath, files, parsed, nil) // Error has seen each error
	}
	if own < 20 {
		t.Fatalf("%d packages of ours were found", own)
	}
}

// listPackages are the packages of the root module and all that they import.
func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles", "./...")
	list.Dir, list.Stderr = "..", os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listedPackage
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
