package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileWithoutAnEndIsNotReadForEver(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := ReadFile("/dev/zero"); err == nil || err.Error() != "/dev/zero is larger than 256 MiB" {
			t.Errorf("/dev/zero: %v", err)
		}
	}
	for text, want := range map[string]string{"": "", "1234": "", "12345": "x is larger than 0 MiB"} {
		data, err := read(strings.NewReader(text), "x", 4)
		if err == nil && string(data) != text || err != nil && err.Error() != want || err == nil && want != "" {
			t.Errorf("%q: %q, %v", text, data, err)
		}
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Error(err)
	}
	if _, err := ReadFile(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}
