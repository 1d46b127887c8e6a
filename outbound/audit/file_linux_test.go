package audit

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A limit of the file's size stands for a full disk: both write a part of a line.
func TestALineAfterABrokenOneBeginsOnALineOfItsOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.json")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var whole syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &whole); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(size uint64) {
		t.Helper()
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: whole.Max}); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		limit(whole.Cur)
		signal.Reset(syscall.SIGXFSZ)
	}()
	limit(12)
	for i, fits := range []bool{true, false, false} { // 6 bytes, a part of the second line, nothing of the third
		if err := Append(f, []byte("first\n"+strings.Repeat("x", i*4))); (err == nil) != fits {
			t.Errorf("line %d: %v", i, err)
		}
	}
	limit(whole.Cur)
	for range 2 {
		if err := Append(f, []byte("last\n")); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "first\nfirst\n\nlast\nlast\n" {
		t.Errorf("the file has %q", got)
	}
}

func TestAFileThatWasRenamedIsClosed(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "audit.json")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := os.Rename(path, path+".1"); err != nil {
			t.Fatal(err)
		}
		if err := Append(f, []byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	var open []string
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range all {
		if name, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(name, folder) {
			open = append(open, name)
		}
	}
	if len(open) != 1 || open[0] != path {
		t.Errorf("open are %q", open)
	}
}
