package tests

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// forbiddenByCatalog are the paths that Traefik's plugin catalog refuses anywhere in a go.mod, required directly,
// indirectly or as a tool (piceus, pkg/core/yaegi.go).
var forbiddenByCatalog = regexp.MustCompile(`(?i)github\.com/(traefik|containous)/`)

func TestTheRootModuleIsOneThatTheTraefikCatalogTakes(t *testing.T) {
	root := interpret.Root(t)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(mod), "module github.com/vendorsign/vendorsign\n") {
		t.Error("the module's name is not the repository's")
	}
	for i, line := range strings.Split(string(mod), "\n") {
		if forbiddenByCatalog.MatchString(line) {
			t.Errorf("go.mod:%d: %s", i+1, strings.TrimSpace(line))
		}
		if strings.HasPrefix(line, "replace") || strings.Contains(line, "=>") {
			t.Errorf("go.mod:%d: a replacement does not count for those who require this module", i+1)
		}
	}
	for _, path := range []string{"go.work", "vendor", "signers/go.mod", "outbound/go.mod", "traefikplugin/go.mod", "caddyplugin/go.mod"} {
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			t.Errorf("%s exists: xcaddy or the catalog would trip over it", path)
		}
	}
}

// ours are the folders whose imports of each other are laid down, with what they may import.
var ours = map[string][]string{
	"signers":        {},
	"outbound":       {"signers"},
	"traefikplugin":  {"outbound", "signers"},
	"caddyplugin":    {"outbound", "signers", "cli"},
	"vendorsim":      {},
	"cli":            {"diagnose", "outbound", "signers", "vendorsim"},
	"diagnose":       {"signers"},
	"cmd/caddy":      {"caddyplugin"},
	"cmd/vendorsign": {"cli"},
}

// stdlibOnly also runs interpreted.
var stdlibOnly = []string{"signers", "outbound", "traefikplugin"}

// source is a parsed file.
type source struct {
	path string // below the root
	file *ast.File
	set  *token.FileSet
}

func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.set.Position(n.Pos()).Line)
}

// sources parses the files of a folder and those below it, without tests. A folder that does not exist has none.
func sources(t testing.TB, dir string) []source {
	t.Helper()
	root := interpret.Root(t)
	var all []source
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, source{name, file, set})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestImportsRunOneWay(t *testing.T) {
	const module = interpret.Module + "/"
	for dir, allowed := range ours {
		for _, s := range sources(t, dir) {
			for _, imported := range s.file.Imports {
				path, _ := strconv.Unquote(imported.Path.Value)
				if !strings.HasPrefix(path, module) {
					continue
				}
				to, _, _ := strings.Cut(strings.TrimPrefix(path, module), "/")
				ok := to == dir
				for _, a := range allowed {
					ok = ok || to == a
				}
				if !ok {
					t.Errorf("%s imports %s", s.at(imported), to)
				}
			}
		}
	}
}

// Who runs no Caddy gets a command without it.
func TestTheCommandImportsNothingOfCaddy(t *testing.T) {
	for _, dir := range []string{"cli", "cmd/vendorsign", "signers", "outbound", "vendorsim"} {
		for _, s := range sources(t, dir) {
			for _, imported := range s.file.Imports {
				if strings.Contains(imported.Path.Value, "caddy") {
					t.Errorf("%s imports %s", s.at(imported), imported.Path.Value)
				}
			}
		}
	}
}

// Who wants only the signers in a Caddy gets no simulator, no diagnosis and no commands with them; the whole plugin has all.
func TestTheModulesOfCaddyComeWithoutTheCommands(t *testing.T) {
	for plugin, whole := range map[string]bool{"caddyplugin/modules": false, "caddyplugin": true} {
		list := exec.Command("go", "list", "-deps", "./"+plugin)
		list.Dir = interpret.Root(t)
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		packages := strings.Fields(string(out))
		for _, folder := range []string{"diagnose", "vendorsim", "cli", "cli/demo", "cli/capture"} {
			if slices.Contains(packages, interpret.Module+"/"+folder) != whole {
				t.Errorf("%s imports %s: %v", plugin, folder, !whole)
			}
		}
	}
}

// What reads requests and configurations knows no command line.
func TestReadersImportNoCobra(t *testing.T) {
	for _, dir := range []string{"cli/capture", "cli/config"} {
		files := sources(t, dir)
		if len(files) == 0 {
			t.Errorf("%s has no files", dir)
		}
		for _, s := range files {
			for _, imported := range s.file.Imports {
				if strings.Contains(imported.Path.Value, "spf13") {
					t.Errorf("%s imports %s", s.at(imported), imported.Path.Value)
				}
			}
		}
	}
}

func TestInterpretedFilesImportTheStandardLibraryOnly(t *testing.T) {
	never := map[string]bool{"unsafe": true, "syscall": true, "C": true, "embed": true, "plugin": true,
		"iter": true, "unique": true, "weak": true, "os/exec": true}
	for _, dir := range stdlibOnly {
		files := sources(t, dir)
		if len(files) == 0 {
			t.Errorf("%s has no files", dir)
		}
		for _, s := range files {
			for _, imported := range s.file.Imports {
				path, _ := strconv.Unquote(imported.Path.Value)
				first, _, _ := strings.Cut(path, "/")
				if never[path] || strings.Contains(first, ".") && !strings.HasPrefix(path, interpret.Module+"/") {
					t.Errorf("%s imports %s", s.at(imported), path)
				}
			}
		}
	}
}

// The line makes the compiler give loop variables the meaning that they have interpreted, and refuse what only later
// versions know.
func TestInterpretedFilesBeginWithTheirLanguageVersion(t *testing.T) {
	root := interpret.Root(t)
	for _, dir := range append([]string{"tests/driver"}, stdlibOnly...) {
		for _, s := range sources(t, dir) {
			text, err := os.ReadFile(filepath.Join(root, s.path))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitN(string(text), "\n", 3)
			want := []string{"//go:build go1.21", ""}
			switch filepath.Base(s.path) {
			case "compiled.go": // yaegi obeys the second kind of line alone, and the compiler the first
				want = []string{"//go:build go1.21 && gc", "// +build go1.21,gc"}
			case "interpreted.go":
				want = []string{"//go:build go1.21 && !gc", "// +build go1.21,!gc"}
			}
			if lines[0] != want[0] || lines[1] != want[1] {
				t.Errorf("%s begins with %q, want %q", s.path, lines[:2], want)
			}
		}
	}
}

// A runtime's own helper has a twin for the other runtime, with the same functions.
func TestWhatOneRuntimeHasToItselfTheOtherHasToo(t *testing.T) {
	pairs := 0
	for _, dir := range stdlibOnly {
		functions := map[string]map[string]string{"compiled.go": {}, "interpreted.go": {}}
		folders := make(map[string]bool)
		for _, s := range sources(t, dir) {
			base := filepath.Base(s.path)
			if functions[base] == nil {
				continue
			}
			folders[filepath.Dir(s.path)] = true
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() {
					var shape bytes.Buffer
					if err := format.Node(&shape, s.set, f.Type); err != nil {
						t.Fatal(err)
					}
					functions[base][filepath.Dir(s.path)+" "+f.Name.Name] = shape.String()
				}
			}
		}
		if !reflect.DeepEqual(functions["compiled.go"], functions["interpreted.go"]) {
			t.Errorf("%s: compiled are %v, interpreted %v", dir, functions["compiled.go"], functions["interpreted.go"])
		}
		pairs += len(folders)
	}
	if pairs == 0 {
		t.Error("no pair was found")
	}
}

// Lines fit a screen, but for texts that are data or shown as they are.
func TestLinesHaveAtMost140Characters(t *testing.T) {
	root := interpret.Root(t)
	for _, dir := range []string{"signers", "outbound", "traefikplugin", "caddyplugin", "vendorsim", "diagnose", "cli", "cmd"} {
		for _, s := range sources(t, dir) {
			text, err := os.ReadFile(filepath.Join(root, s.path))
			if err != nil {
				t.Fatal(err)
			}
			raw := false
			for i, line := range strings.Split(string(text), "\n") {
				before := raw
				if strings.Count(line, "`")%2 == 1 {
					raw = !raw
				}
				if utf8.RuneCountInString(line) > 140 && !before && !raw {
					t.Errorf("%s:%d has %d characters", s.path, i+1, utf8.RuneCountInString(line))
				}
			}
		}
	}
}

// vendorNames finds the name of a vendor that is built in, in any letter case.
var vendorNames = regexp.MustCompile(`(?i)\b(duo|darktrace|threatconnect|carbonblack|cortex)`)

// A vendor is data: outside of the folders that are about vendors, only these files name one.
func TestFewFilesNameAVendor(t *testing.T) {
	root := interpret.Root(t)
	allowed := map[string]string{
		"caddyplugin/modules/names.go": "modules with the vendors' own names",
		"cli/demo/demo.go":             "an example to try",
		"cli/demo/requests.go":         "what the demo sends",
		"cli/demo/vendors.go":          "and to whom",
		"cli/examples.go":              "what the help shows",
		"outbound/clienthost.go":       "an example in an error",
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch name {
			case "signers", "vendorsim", "docs", "tests", ".git":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found := vendorNames.Find(text)
		if (found != nil) != (allowed[name] != "") {
			t.Errorf("%s names a vendor (%q), and is listed: %v", name, found, allowed[name] != "")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(allowed) > 9 {
		t.Errorf("%d files name a vendor", len(allowed))
	}
}

// noGo finds what yaegi 0.16.1 does not load, or loads and runs wrongly.
func noGo(s source, report func(n ast.Node, what string)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if n.TypeParams != nil {
				report(n, "a generic type")
			}
		case *ast.FuncDecl:
			if n.Type.TypeParams != nil {
				report(n, "a generic function")
			}
			if n.Recv != nil && (n.Name.Name == "Unwrap" || n.Name.Name == "As" || n.Name.Name == "Is" && len(n.Type.Params.List) == 1 && isIdent(n.Type.Params.List[0].Type, "error")) {
				report(n, "an error type's "+n.Name.Name+", which errors.Is does not find")
			}
			if n.Recv != nil && n.Name.Name == "Error" && n.Type.Params.NumFields() == 0 {
				report(n, "an error type, which errors.As cannot target")
			}
			if n.Recv != nil && (n.Name.Name == "MarshalJSON" || n.Name.Name == "UnmarshalJSON" || n.Name.Name == "MarshalText" || n.Name.Name == "UnmarshalText" || n.Name.Name == "String") {
				report(n, n.Name.Name+", which is only called for the top-level value")
			}
		case *ast.RangeStmt:
			if lit, ok := n.X.(*ast.BasicLit); ok && lit.Kind == token.INT {
				report(n, "a range over an integer")
			}
			if _, ok := n.X.(*ast.FuncLit); ok {
				report(n, "a range over a function")
			}
			if call, ok := n.X.(*ast.CallExpr); ok && isIdent(call.Fun, "len") {
				report(n, "a range over an integer")
			}
		case *ast.CallExpr:
			for _, name := range []string{"min", "max", "clear"} {
				if isIdent(n.Fun, name) {
					report(n, "the builtin "+name)
				}
			}
			if index, ok := n.Fun.(*ast.IndexExpr); ok {
				if _, selector := index.X.(*ast.SelectorExpr); selector {
					report(n, "a generic call")
				}
			}
			if selector, ok := n.Fun.(*ast.SelectorExpr); ok {
				if paren, ok := selector.X.(*ast.ParenExpr); ok {
					if _, star := paren.X.(*ast.StarExpr); star {
						report(n, "a method expression")
					}
				}
			}
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if selector, ok := field.Type.(*ast.SelectorExpr); ok && len(field.Names) == 0 && isIdent(selector.X, "io") {
					report(n, "a struct that embeds io."+selector.Sel.Name+", of which the wrong one may be read")
				}
			}
		case *ast.SelectorExpr:
			what := ""
			if x, ok := n.X.(*ast.Ident); ok {
				what = x.Name + "." + n.Sel.Name
			}
			switch what {
			case "atomic.Pointer", "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues", "slices.Sort", "slices.SortFunc", "slices.SortStableFunc",
				"slices.Sorted", "slices.Collect", "maps.Clone", "maps.Keys", "maps.Values", "rand.Text", "strings.SplitSeq", "strings.Lines",
				"strings.FieldsSeq", "errors.AsType":
				report(n, what)
			}
		case *ast.AssignStmt:
			if mixesCalls(n) {
				report(n, "a call beside other values in one assignment, which are lost")
			}
		case *ast.GoStmt:
			report(n, "a goroutine, which outlives the configuration")
		}
		return true
	})
}

// mixesCalls reports whether an assignment of several values has a call or a composite literal among them, and something else: yaegi
// assigns what these make, and nothing to the other variables. Definitions (:=) and conversions are right.
func mixesCalls(n *ast.AssignStmt) bool {
	made := 0
	for _, value := range n.Rhs {
		switch value := value.(type) {
		case *ast.CallExpr:
			name, ok := value.Fun.(*ast.Ident)
			if ok {
				_, ok = types.Universe.Lookup(name.Name).(*types.TypeName)
			}
			if !ok {
				made++
			}
		case *ast.CompositeLit:
			made++
		}
	}
	return n.Tok == token.ASSIGN && made > 0 && made < len(n.Rhs)
}

func isIdent(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

func TestInterpretedFilesUseNothingThatYaegiGetsWrong(t *testing.T) {
	for _, dir := range stdlibOnly {
		for _, s := range sources(t, dir) {
			noGo(s, func(n ast.Node, what string) { t.Errorf("%s: %s", s.at(n), what) })
		}
	}
}

func TestTheGuardAgainstYaegisMistakesFindsThem(t *testing.T) {
	tests := []struct{ code, want string }{
		{`type T[V any] struct{}`, "a generic type"},
		{`func f[V any](v V) {}`, "a generic function"},
		{`func (e *myErr) Error() string { return "" }`, "an error type, which errors.As cannot target"},
		{`func (e *myErr) Unwrap() error { return nil }`, "an error type's Unwrap, which errors.Is does not find"},
		{`func (t T) MarshalJSON() ([]byte, error) { return nil, nil }`, "MarshalJSON, which is only called for the top-level value"},
		{`func f() { for range 10 {} }`, "a range over an integer"},
		{`func f(s []int) { for i := range len(s) { _ = i } }`, "a range over an integer"},
		{`func f() { for range func(func() bool) {} {} }`, "a range over a function"},
		{`func f() int { return min(1, 2) }`, "the builtin min"},
		{`func f(m map[int]int) { clear(m) }`, "the builtin clear"},
		{`var b io.ReadCloser = struct{ io.Reader; io.Closer }{}`, "a struct that embeds io.Reader, of which the wrong one may be read"},
		{`var p atomic.Pointer[int]`, "atomic.Pointer"},
		{`func f(b *bytes.Buffer) { (*bytes.Buffer).Reset(b) }`, "a method expression"},
		{`func f(a, b int) { a, b = 1, g() }`, "a call beside other values in one assignment, which are lost"},
		{`func f(t T) { t.a, t.b = append(t.a, 1), t.c }`, "a call beside other values in one assignment, which are lost"},
		{`func f(a, b int) { a, b = 1, len(s) }`, "a call beside other values in one assignment, which are lost"},
		{`func f(a int, b []int) { a, b = 1, []int{2} }`, "a call beside other values in one assignment, which are lost"},
		{`func f(a, b int) { a, b = g(), g() }`, ""},
		{`func f(a, b int) { a, b = b, int(a) }`, ""},
		{`func f() { a, b := 1, g(); _, _ = a, b }`, ""},
		{`func f() { go f() }`, "a goroutine, which outlives the configuration"},
		{`func (r References) Is(value string) bool { for i := 0; i < 3; i++ {}; return false }`, ""},
	}
	for _, test := range tests {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x.go", "package x\n"+test.code, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		noGo(source{"x.go", file, set}, func(n ast.Node, what string) {
			if got == "" {
				got = what
			}
		})
		if got != test.want {
			t.Errorf("%s: found %q, want %q", test.code, got, test.want)
		}
	}
}

// tags lists the JSON names of a struct's fields, of embedded ones in their place.
func tags(t reflect.Type) []string {
	var names []string
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			names = append(names, tags(f.Type)...)
			continue
		}
		if f.IsExported() {
			names = append(names, f.Tag.Get("json"))
		}
	}
	return names
}

// byVendor lists the options of all vendors, and under "policy" those that they share.
func byVendor(t *testing.T) map[string][]signers.Option {
	all := map[string][]signers.Option{"policy": outbound.PolicyOptions}
	for _, vendor := range signers.Names() {
		scheme, err := signers.Lookup(vendor)
		if err != nil {
			t.Fatal(err)
		}
		all[vendor] = scheme.Options
	}
	return all
}

func TestEveryOptionHasANameAndADescription(t *testing.T) {
	for vendor, options := range byVendor(t) {
		seen := make(map[string]bool)
		for _, o := range options {
			if seen[o.Name] || o.Name != strings.ToLower(o.Name) || strings.ContainsAny(o.Name, "- .") {
				t.Errorf("%s: the name %q appears twice or is not in snake_case", vendor, o.Name)
			}
			seen[o.Name] = true
			if vendor != "policy" && o.Doc == "" {
				t.Errorf("%s: %s is not described", vendor, o.Name)
			}
		}
	}
}

func TestThePolicyHasAFieldForEveryOptionThatAllShare(t *testing.T) {
	var want []string
	v := make(signers.Values)
	for _, o := range outbound.PolicyOptions {
		want = append(want, o.Name+",omitempty")
		switch o.Kind {
		case signers.Flag:
			v[o.Name] = []string{"true"}
		case signers.Block:
			v[o.Name+".key"] = []string{o.Name}
		default:
			v[o.Name] = []string{o.Name}
		}
	}
	if got := tags(reflect.TypeOf(outbound.Policy{})); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the JSON names are\n%q, the options\n%q", got, want)
	}
	policy := reflect.ValueOf(outbound.PolicyOf(v))
	for i, o := range outbound.PolicyOptions {
		switch field := policy.Field(i).Interface().(type) {
		case string:
			if field != o.Name {
				t.Errorf("%s fills another field", o.Name)
			}
		case []string:
			if len(field) != 1 || field[0] != o.Name {
				t.Errorf("%s fills another field", o.Name)
			}
		case bool:
			if !field {
				t.Errorf("%s fills no field", o.Name)
			}
		case map[string]string:
			if field["key"] != o.Name {
				t.Errorf("%s fills no field", o.Name)
			}
		}
	}
}

// No option's own name and no vendor's word may lead to another option, within what one block accepts.
func TestVendorsWordsLeadToOneOption(t *testing.T) {
	for _, vendor := range signers.Names() {
		all, err := outbound.Options(vendor)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, s := range all {
			for _, word := range s.Also {
				words = append(words, word)
				if text := signers.Unknown(all, word).Text; !strings.HasSuffix(text, "did you mean "+s.Name+"?") {
					t.Errorf("%s: the hint for %s is %q, want one to %s", vendor, word, text, s.Name)
				}
			}
		}
		sort.Strings(words)
		for i := 1; i < len(words); i++ {
			if words[i] == words[i-1] {
				t.Errorf("%s: the word %s is listed twice", vendor, words[i])
			}
		}
	}
}

// The SDK of AWS is for Caddy: the Traefik plugin, and everything that runs interpreted, has the standard library alone.
func TestTheSDKOfAWSIsInCaddyAlone(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "./traefikplugin", "./signers/...", "./outbound/...", "./cli/...", "./cmd/vendorsign")
	list.Dir = interpret.Root(t)
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), interpret.Module+"/traefikplugin\n") {
		t.Fatal("the list does not even contain the plugin")
	}
	for _, path := range strings.Fields(string(out)) {
		if strings.HasPrefix(path, "github.com/aws/") {
			t.Errorf("contains %s", path)
		}
	}
}
