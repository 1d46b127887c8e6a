package config

import (
	"fmt"
	"io"
	"os"
)

// MaxFile bounds what a command reads of one file, or of standard input: more is no configuration and no request, and a device such as
// /dev/zero has no end.
const MaxFile = 256 << 20

// ReadFile is os.ReadFile for up to MaxFile bytes. Pipes are read: a shell makes one of <(command).
func ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, name, MaxFile)
}

// ReadAll is io.ReadAll for up to MaxFile bytes of standard input.
func ReadAll(in io.Reader) ([]byte, error) { return read(in, "standard input", MaxFile) }

// read is an error for more than max bytes, and not a part: half a file would be read wrongly.
func read(in io.Reader, name string, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, most>>20)
	}
	return data, err
}
