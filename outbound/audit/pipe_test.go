//go:build unix

package audit

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// within fails the test if f does not return soon, and then has somebody read the pipe, so that the test ends.
func within(t *testing.T, pipe string, f func()) {
	t.Helper()
	done := make(chan bool)
	go func() { f(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("it waits for a reader of the pipe")
		reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		<-done
		reader.Close()
	}
}

func TestANamedPipeIsNoFileAndKeepsNobodyWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.json")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody replaces the file, and nobody reads the pipe.
	if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		within(t, path, func() {
			if err := Append(f, []byte("lost\n")); !errors.Is(err, ErrPipe) {
				t.Errorf("error %v", err)
			}
		})
	}
	// Or it is one from the beginning, also by another name.
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	within(t, path, func() {
		if _, err := Open(link); !errors.Is(err, ErrPipe) {
			t.Errorf("error %v", err)
		}
	})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := Append(f, []byte("kept\n")); err != nil {
		t.Error(err)
	}
}
