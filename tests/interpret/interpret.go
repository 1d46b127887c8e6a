// Package interpret runs the project's own files in yaegi, in the same way as Traefik runs a plugin.
package interpret

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"
)

// Module is the path of the root module.
const Module = "github.com/vendorsign/vendorsign"

// interpreted are the folders whose files run interpreted: the three packages of the plugin, and the tests' driver.
var interpreted = []string{"signers", "outbound", "traefikplugin", "tests/driver"}

// Root is the folder of the root module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		file, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(file, []byte("module "+Module+"\n")) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the test does not run below the root module")
		}
		dir = filepath.Dir(dir)
	}
}

// GoPath makes a folder in which the interpreted packages lie as Traefik unpacks them. They are links: what is
// tested are the files themselves.
func GoPath(t testing.TB) string {
	t.Helper()
	root, goPath := Root(t), t.TempDir()
	for _, dir := range interpreted {
		if _, err := os.Stat(filepath.Join(root, dir)); os.IsNotExist(err) {
			continue
		}
		link := filepath.Join(goPath, "src", Module, dir)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, dir), link); err != nil {
			t.Fatal(err)
		}
	}
	return goPath
}

// Import is an interpreter with a package of the root module, such as "traefikplugin". The options are those of Traefik's
// pkg/plugins/middlewareyaegi.go: the standard library's symbols without unsafe and syscall, and a copy of the environment as it
// is now. Tests that change neither the environment nor where logs go share one, as all middlewares of a Traefik do, since to
// start it takes seconds under the race detector. A test that changes them shares the last one with itself.
func Import(t testing.TB, dir string) *interp.Interpreter {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	now := surroundings{dir: dir, env: strings.Join(os.Environ(), "\n"), log: os.Stderr}
	if now.env != shared.env || now.log != shared.log {
		now.test, _, _ = strings.Cut(t.Name(), "/")
		maps.DeleteFunc(shared.by, func(other surroundings, _ *interp.Interpreter) bool {
			return other.dir == dir && other.test != "" && other != now
		})
	}
	i := shared.by[now]
	if i == nil {
		i = ImportFrom(t, GoPath(t), os.Environ(), dir)
		shared.by[now] = i
	}
	return i
}

// surroundings are what an interpreter was started with.
type surroundings struct {
	dir, env string
	log      *os.File
	test     string // whose they are, unless the tests were started in them
}

// shared are the interpreters that may be used again.
var shared = struct {
	sync.Mutex
	env string
	log *os.File
	by  map[surroundings]*interp.Interpreter
}{env: strings.Join(os.Environ(), "\n"), log: os.Stderr, by: make(map[surroundings]*interp.Interpreter)}

// ImportFrom is Import from any folder that has packages as a GOPATH has them, with any environment.
func ImportFrom(t testing.TB, goPath string, env []string, dir string) *interp.Interpreter {
	t.Helper()
	i := interp.New(interp.Options{GoPath: goPath, Env: env})
	if err := i.Use(stdlib.Symbols); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Eval(`import "` + Module + "/" + dir + `"`); err != nil {
		t.Fatalf("importing %s: %v", dir, err)
	}
	return i
}

// Symbol returns the value of name, such as "driver.Sign", which must have the type F.
func Symbol[F any](t testing.TB, i *interp.Interpreter, name string) F {
	t.Helper()
	v, err := i.Eval(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	f, ok := v.Interface().(F)
	if !ok {
		t.Fatalf("%s is a %s, not a %T", name, v.Type(), f)
	}
	return f
}
