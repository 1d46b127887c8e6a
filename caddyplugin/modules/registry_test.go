package modules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// caddyserver.com reads modules from the source (github.com/caddyserver/moduledoc): a registration of anything but T{} or
// new(T), or of a T that does not name its ID in one text, keeps the package off its download page and `caddy
// add-package`, or the module out of its documentation.
func TestTheRegistryOfCaddyFindsEveryModuleInTheSource(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	registered, ids := map[string]bool{}, map[string]string{} // by type
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "RegisterModule" {
					typ := literalType(n.Args[0])
					if typ == "" {
						t.Errorf("%s registers something else than T{} or new(T)", name)
					}
					registered[typ] = true
				}
			case *ast.FuncDecl:
				if n.Name.Name == "CaddyModule" {
					typ, id := moduleOf(n)
					ids[typ] = id
				}
			}
			return true
		})
	}
	want := []string{`"admin.api.vendorsign"`, `"http.handlers.vendorsign"`, `"http.handlers.vendorsign_verify"`, `"http.reverse_proxy.transport.vendorsign"`, `"http.handlers.vendorsign_survey"`, `"http.reverse_proxy.transport.vendorsign_guard"`, `"vendorsign"`}
	for _, vendor := range namedVendors {
		want = append(want, `"`+handlerID(vendor)+`"`, `"`+transportID(vendor)+`"`)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Values(ids)); !slices.Equal(got, want) {
		t.Errorf("the source names %s, want %s", got, want)
	}
	if !slices.Equal(slices.Sorted(maps.Keys(ids)), slices.Sorted(maps.Keys(registered))) {
		t.Errorf("registered are %v, modules are %v", registered, ids)
	}
}

// literalType is the T of T{} or new(T).
func literalType(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.CompositeLit:
		return e.Type.(*ast.Ident).Name
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.Ident); ok && f.Name == "new" {
			return e.Args[0].(*ast.Ident).Name
		}
	}
	return ""
}

// moduleOf returns the receiver of a CaddyModule method, and the text of the ID that it returns.
func moduleOf(method *ast.FuncDecl) (typ, id string) {
	receiver := method.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	info, ok := method.Body.List[len(method.Body.List)-1].(*ast.ReturnStmt).Results[0].(*ast.CompositeLit)
	if ok {
		for _, e := range info.Elts {
			pair := e.(*ast.KeyValueExpr)
			if text, ok := pair.Value.(*ast.BasicLit); ok && pair.Key.(*ast.Ident).Name == "ID" {
				id = text.Value
			}
		}
	}
	return receiver.(*ast.Ident).Name, id
}
