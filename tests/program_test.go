package tests

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// program builds vendorsign, for tests that run it as its users do.
func program(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vendorsign")
	build := exec.Command("go", "build", "-o", path, "./cmd/vendorsign")
	build.Dir = interpret.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
