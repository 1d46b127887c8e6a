package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatStartsAGoroutineIsFound(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       bool
	}{
		{"a go statement", "go f()", true},
		{"one within a function that is passed on", "f(func() { go g() })", true},
		{"a wait group's", "var all sync.WaitGroup; all.Go(f)", true},
		{"a test in parallel", "t.Parallel()", true},
		{"a function for later", "time.AfterFunc(time.Second, f)", true},
		{"a test's server", "httptest.NewServer(nil)", true},
		{"a server that is passed on", "serve := http.Serve; _ = serve", true},
		{"the word in a text", `f("go away; go f()")`, false},
		{"a comment", "// go f()\nf()", false},
		{"a lock and a pool", "var mu sync.Mutex; var pool sync.Pool; mu.Lock(); pool.Get()", false},
		{"a recorder", "httptest.NewRecorder()", false},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc x() {\n"+test.body+"\n}\n", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := starts(file); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// Goroutines are a package's own, its tests' or those of whatever either uses, but not those of the tests of what it uses.
func TestPackagesAreTakenWithWhatTheyUse(t *testing.T) {
	dir := t.TempDir()
	for name, code := range map[string]string{"starts.go": "package x\nfunc x() { go x() }\n", "calm.go": "package x\nfunc y() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	calm, starts := []string{"calm.go"}, []string{"starts.go"}
	packs := []pack{
		{ImportPath: "own", GoFiles: starts, TestGoFiles: calm},
		{ImportPath: "test", GoFiles: calm, TestGoFiles: starts},
		{ImportPath: "outer-test", GoFiles: calm, XTestGoFiles: starts},
		{ImportPath: "user", GoFiles: calm, TestGoFiles: calm, Deps: []string{"fmt", "own"}},
		{ImportPath: "test-user", GoFiles: calm, TestGoFiles: calm, TestImports: []string{"own"}},
		{ImportPath: "user-of-a-user", GoFiles: calm, XTestGoFiles: calm, XTestImports: []string{"user"}},
		{ImportPath: "user-of-a-test", GoFiles: calm, TestGoFiles: calm, Deps: []string{"test"}},
		{ImportPath: "calm", GoFiles: calm, TestGoFiles: calm, Deps: []string{"fmt"}, TestImports: []string{"testing"}},
		{ImportPath: "untested", GoFiles: starts},
		{ImportPath: "untested-and-calm", GoFiles: calm},
	}
	for i := range packs {
		packs[i].Dir = dir
	}
	for others, want := range map[bool]string{false: "own test outer-test user test-user user-of-a-user", true: "user-of-a-test calm"} {
		var out strings.Builder
		if err := show(&out, packs, others); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(out.String()), " "); got != want {
			t.Errorf("others %v: %s", others, got)
		}
	}
}
