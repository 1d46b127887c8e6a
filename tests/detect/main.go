// Detect prints the packages of the module in its folder that the race detector can find something in: those whose tests run
// goroutines, which they start themselves or which a package of the module does that they use. With -others it prints the rest,
// which the detector would only make ten times as slow. Packages without tests are in neither.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// starters call what they are given in a goroutine, or serve, which does.
var starters = []string{"Go", "AfterFunc", "Parallel", "RunParallel", "NewServer", "NewTLSServer", "NewUnstartedServer",
	"Serve", "ServeTLS", "ListenAndServe", "ListenAndServeTLS"}

// pack is what go list -json says of a package.
type pack struct {
	ImportPath, Dir                                                               string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles, Deps, TestImports, XTestImports []string
}

func main() {
	others := slices.Equal(os.Args[1:], []string{"-others"})
	if len(os.Args) > 1 && !others {
		fmt.Fprintln(os.Stderr, "usage: detect [-others]")
		os.Exit(2)
	}
	packs, err := list()
	if err == nil {
		err = show(os.Stdout, packs, others)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(2)
	}
}

// list asks go for the packages below the current folder.
func list() (packs []pack, err error) {
	const fields = "ImportPath,Dir,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Deps,TestImports,XTestImports"
	command := exec.Command("go", "list", "-json="+fields, "./...")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, err
	}
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pack
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			return packs, nil
		} else if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
}

// show prints the packages whose tests run goroutines, or the others.
func show(out io.Writer, packs []pack, others bool) error {
	by, concurrent := make(map[string]pack), make(map[string]bool)
	for _, p := range packs {
		starts, err := anyStarts(p.Dir, slices.Concat(p.GoFiles, p.CgoFiles))
		if err != nil {
			return err
		}
		by[p.ImportPath], concurrent[p.ImportPath] = p, starts
	}
	for _, p := range packs {
		tests := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		if len(tests) == 0 {
			continue
		}
		starts, err := anyStarts(p.Dir, tests)
		if err != nil {
			return err
		}
		used := slices.Concat([]string{p.ImportPath}, p.Deps)
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			used = append(append(used, path), by[path].Deps...)
		}
		if starts = starts || slices.ContainsFunc(used, func(path string) bool { return concurrent[path] }); starts != others {
			fmt.Fprintln(out, p.ImportPath)
		}
	}
	return nil
}

func anyStarts(dir string, files []string) (bool, error) {
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return false, err
		}
		if starts(file) {
			return true, nil
		}
	}
	return false, nil
}

// starts tells whether a file starts a goroutine, itself or by one of the starters, which it may also pass on.
func starts(file *ast.File) (found bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.SelectorExpr:
			found = found || slices.Contains(starters, n.Sel.Name)
		}
		return !found
	})
	return found
}
