//go:build go1.21

package tokens

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxFile is how much of a file is read at most. A longer one cannot be decrypted, and counts as none.
const maxFile = 64 << 10

// Folder is a store of files in a folder, which may be on a network. It needs no process other than the gateways, and no
// goroutine. The holder, which is written into a lock, identifies this gateway. The folder must exist.
//
//	/tokens/acme-c1277eb086712c1f44a6b902f81cb1c0.token   the record, encrypted
//	/tokens/acme-c1277eb086712c1f44a6b902f81cb1c0.lock    while a gateway renews
func Folder(dir, holder string) *Store {
	return &Store{
		Load: func(key string) ([]byte, error) { return loadFile(fileOf(dir, key) + ".token") },
		Save: func(key string, data []byte) error { return saveFile(dir, fileOf(dir, key)+".token", data) },
		Lock: func(key string, wait time.Duration) (func() error, func(), error) {
			return lockFile(dir, fileOf(dir, key)+".lock", holder, wait)
		},
	}
}

// fileOf is the path of a key without its ending. Keys consist of the vendor's name and hex digits: see NewShare.
func fileOf(dir, key string) string {
	return filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(key, "vendorsign/tokens/"), "/", "-"))
}

// loadFile reads a regular file of at most maxFile bytes; the error is os.ErrNotExist where there is none.
func loadFile(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would block the gateway
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// saveFile leaves the old content or the new one, never a part, whenever the gateway dies: it writes another file and renames
// it, which a file system does in one step.
func saveFile(dir, path string, data []byte) error {
	f, err := os.CreateTemp(dir, ".vendorsign-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		// Without it, a crash of the machine could leave an empty file under the new name.
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
