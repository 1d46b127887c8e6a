package modules

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// torn writes half of what it gets, as a disk does that becomes full.
type torn struct {
	io.Writer
	full bool
}

func (w *torn) Write(p []byte) (int, error) {
	if w.full {
		n, _ := w.Writer.Write(p[:len(p)/2])
		return n, errors.New("no space left on device")
	}
	return w.Writer.Write(p)
}

func (*torn) Close() error { return nil }

func TestALineAfterABrokenOneIsALineOfItsOwn(t *testing.T) {
	var text strings.Builder
	disk := &torn{Writer: &text, full: true}
	path := filepath.Join(t.TempDir(), "audit.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f := &namedFile{file: disk, path: path, info: info}
	if n, err := f.Write([]byte("first\n")); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	disk.full = false
	for _, line := range []string{"second\n", "third\n"} {
		if n, err := f.Write([]byte(line)); n != len(line) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if text.String() != "fir\nsecond\nthird\n" {
		t.Errorf("%q", text.String())
	}
}

// fileOpener opens a file as Caddy's writer does, and keeps what it has opened.
type fileOpener struct {
	path   string
	opened []*os.File
}

func (o *fileOpener) String() string    { return o.path }
func (o *fileOpener) WriterKey() string { return "file:" + o.path }
func (o *fileOpener) OpenWriter() (io.WriteCloser, error) {
	file, err := os.OpenFile(o.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	o.opened = append(o.opened, file)
	return file, err
}

// Requests of a configuration outlive it: their events come after the file was closed.
func TestAnEventThatComesAfterTheEndLeavesNoFileOpen(t *testing.T) {
	opener := &fileOpener{path: filepath.Join(t.TempDir(), "audit.json")}
	output, err := openOutput(opener)
	if err != nil {
		t.Fatal(err)
	}
	if err := output.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := io.WriteString(output, "late\n"); err != nil {
			t.Error(err)
		}
	}
	for _, file := range opener.opened {
		if file.Close() == nil {
			t.Error("a file is open for ever")
		}
	}
	if text, _ := os.ReadFile(opener.path); string(text) != "late\nlate\n" {
		t.Errorf("%q", text)
	}
}
