package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// Interpreted, a named result is not zero at the beginning of a call: called again from the same place, it has the value of the
// call before. So who names a result to use it assigns it first.
func TestNamedResultsAreAssignedBeforeTheyAreUsed(t *testing.T) {
	eachInterpretedFile(t, func(path string) {
		for _, use := range unassignedResults(t, path, nil) {
			t.Error(use)
		}
	})
	bad := unassignedResults(t, "bad.go", `package p
		func a(b bool) (x int) { if b { x = 1 }; return x }
		func c() (x int, err error) { x = 2; return x, nil }
		func d() (x int, err error) { err = nil; x++; return }
		func e() (x, y int) { return 1, 2 }`)
	if len(bad) != 2 {
		t.Errorf("of the examples %q are found", bad)
	}
}

// Interpreted, a variable of a package that is one of the several results of a call is not initialised.
func TestNoVariableOfAPackageIsOneOfSeveralResults(t *testing.T) {
	eachInterpretedFile(t, func(path string) {
		for _, name := range oneOfSeveral(t, path, nil) {
			t.Error(name)
		}
	})
	bad := oneOfSeveral(t, "bad.go", `package p
		var a, _ = f()
		var (
			b, c = f()
			d, e = 1, 2
			g    = f()
		)
		func h() { var i, j = f(); _, _ = i, j }`)
	if len(bad) != 2 {
		t.Errorf("of the examples %q are found", bad)
	}
}

func parsed(t *testing.T, path string, source any) (*token.FileSet, *ast.File) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	return set, file
}

// oneOfSeveral are the variables of a package that are results of a call with more than one.
func oneOfSeveral(t *testing.T, path string, source any) []string {
	t.Helper()
	set, file := parsed(t, path, source)
	var found []string
	for _, declared := range file.Decls {
		g, ok := declared.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && len(v.Names) > 1 && len(v.Values) == 1 {
				found = append(found, set.Position(v.Pos()).String()+": "+v.Names[0].Name)
			}
		}
	}
	return found
}

// eachInterpretedFile calls look with the path of each file that yaegi reads.
func eachInterpretedFile(t *testing.T, look func(path string)) {
	t.Helper()
	root := interpret.Root(t)
	files := 0
	for _, dir := range []string{"signers", "outbound", "traefikplugin"} {
		filepath.Walk(filepath.Join(root, dir), func(path string, info os.FileInfo, err error) error {
			if err == nil && info.IsDir() && (info.Name() == "generate" || info.Name() == "pages") { // programs, which are compiled
				return filepath.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			look(path)
			return nil
		})
	}
	if files < 100 {
		t.Errorf("only %d files were read", files)
	}
}

// unassignedResults are the named results whose first occurrence in their function, outside of a branch, is no assignment.
func unassignedResults(t *testing.T, path string, source any) []string {
	t.Helper()
	set, file := parsed(t, path, source)
	var found []string
	for _, declared := range file.Decls {
		f, ok := declared.(*ast.FuncDecl)
		if !ok || f.Type.Results == nil || f.Body == nil {
			continue
		}
		for _, field := range f.Type.Results.List {
			for _, name := range field.Names {
				if name.Name != "_" && usedBeforeAssigned(f.Body, name.Name) {
					found = append(found, set.Position(f.Pos()).String()+": "+f.Name.Name+": "+name.Name)
				}
			}
		}
	}
	return found
}

func usedBeforeAssigned(body *ast.BlockStmt, name string) bool {
	for _, statement := range body.List {
		if a, ok := statement.(*ast.AssignStmt); ok && (a.Tok == token.ASSIGN || a.Tok == token.DEFINE) {
			for _, to := range a.Lhs {
				if id, ok := to.(*ast.Ident); ok && id.Name == name {
					return false
				}
			}
		}
		if occursIn(statement, name) {
			return true
		}
	}
	return false
}

// occursIn reports whether a statement assigns or reads the name, other than by a declaration in a block of its own.
func occursIn(statement ast.Stmt, name string) bool {
	found := false
	ast.Inspect(statement, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, to := range n.Lhs {
					if id, ok := to.(*ast.Ident); ok && id.Name == name {
						return false
					}
				}
			}
		case *ast.SelectorExpr, *ast.KeyValueExpr:
			return false
		case *ast.Ident:
			found = found || n.Name == name
		}
		return true
	})
	return found
}
