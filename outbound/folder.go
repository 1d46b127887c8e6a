//go:build go1.21

package outbound

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	lockStale = 15 * time.Second // a lock whose owner has not touched it for so long is a dead gateway's
	lockPoll  = 50 * time.Millisecond
	tempStale = time.Hour
)

// FolderStore shares tokens through the files of a folder, which may be on a network. It needs no process beside the
// gateways and no goroutine: a lock is a file that exists, and a dead gateway's one is put aside when it is old. How
// old it is tells the folder's own clock, since those of the gateways may differ.
func FolderStore(dir string) *Store {
	return &Store{
		Load: func(key string) ([]byte, error) { return loadFile(fileOf(dir, key) + ".token") },
		Save: func(key string, data []byte) error { return saveFile(dir, fileOf(dir, key)+".token", data) },
		Lock: func(key string, wait time.Duration) (func() error, func(), error) {
			return lockFile(dir, fileOf(dir, key)+".lock", wait)
		},
	}
}

func fileOf(dir, key string) string {
	return filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(key, "vendorsign/tokens/"), "/", "-"))
}

func loadFile(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would block the gateway
		return nil, errors.New("what stands in its place is no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSecretFile))
}

// saveFile leaves the old content or the new one, never half of it, whenever the gateway dies.
func saveFile(dir, path string, data []byte) error {
	f, err := os.CreateTemp(dir, ".vendorsign-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
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

// lockFile makes the file, which only one gateway can. It stays open, so that it can be told from any that somebody
// else makes in its place.
func lockFile(dir, path string, wait time.Duration) (keep func() error, unlock func(), err error) {
	deadline := time.Now().Add(wait)
	for try := 0; ; try++ {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() error { return keepLock(f, path) }, func() { dropLock(f, path) }, keepLock(f, path)
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, nil, err
		}
		if try%20 == 0 { // once a second
			if err := breakStale(dir, path); err != nil {
				return nil, nil, err
			}
		}
		if !time.Now().Before(deadline) {
			return nil, nil, ErrLocked
		}
		time.Sleep(lockPoll)
	}
}

// keepLock touches the lock by writing to it, which takes the folder's clock.
func keepLock(f *os.File, path string) error {
	if _, err := f.WriteAt([]byte(instance+" "+time.Now().UTC().Format(time.RFC3339)+"\n"), 0); err != nil {
		return err
	}
	if !ownsLock(f, path) {
		return errors.New("another gateway took the lock over")
	}
	return nil
}

func ownsLock(f *os.File, path string) bool {
	own, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(own, there)
}

func dropLock(f *os.File, path string) {
	if ownsLock(f, path) {
		os.Remove(path)
	}
	f.Close()
}

// breakStale puts the lock of a dead gateway aside. Only one gateway at a time may do that: another one could put aside
// the lock that the first has just made.
func breakStale(dir, path string) error {
	now, err := folderTime(dir)
	if err != nil || !staleAt(path, now) {
		return err
	}
	turn := path + ".break"
	f, err := os.OpenFile(turn, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		if staleAt(turn, now) { // that one died too
			os.Remove(turn)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer os.Remove(turn)
	f.Close()
	if staleAt(path, now) { // still
		aside := filepath.Join(dir, ".vendorsign-broken-"+strconv.FormatInt(now.UnixNano(), 36))
		if os.Rename(path, aside) == nil {
			os.Remove(aside)
		}
		removeTemps(dir, now)
	}
	return nil
}

// folderTime is what the clock says that dates the folder's files.
func folderTime(dir string) (time.Time, error) {
	f, err := os.CreateTemp(dir, ".vendorsign-*")
	if err != nil {
		return time.Time{}, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

func staleAt(path string, now time.Time) bool {
	info, err := os.Stat(path)
	return err == nil && now.Sub(info.ModTime()) > lockStale
}

// removeTemps removes what gateways left that died while they wrote.
func removeTemps(dir string, now time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.HasPrefix(entry.Name(), ".vendorsign-") && now.Sub(info.ModTime()) > tempStale {
			os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// folder checks a token_cache and returns its real path: a label must not make the gateway write anywhere.
func (r References) folder(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", errors.New("it must be a path that begins at the root")
	}
	if r.Confined && r.TokenDir == "" {
		return "", errors.New("tokens are kept only below the folder that VENDORSIGN_TOKEN_DIR names, and it is not set")
	}
	resolved, err := filepath.EvalSymlinks(path)
	if r.Confined {
		dir, fault := filepath.EvalSymlinks(r.TokenDir)
		if fault != nil {
			return "", errors.New("the folder that VENDORSIGN_TOKEN_DIR names is not there")
		}
		if err != nil && !below(filepath.Clean(path), dir) && !below(filepath.Clean(path), filepath.Clean(r.TokenDir)) || err == nil && resolved != dir && !below(resolved, dir) {
			return "", errors.New("it is not below VENDORSIGN_TOKEN_DIR")
		}
	}
	if err != nil {
		return "", errors.New("the folder is not there")
	}
	f, err := os.CreateTemp(resolved, ".vendorsign-*")
	if err != nil {
		return "", fmt.Errorf("the gateway cannot write to the folder")
	}
	f.Close()
	return resolved, os.Remove(f.Name())
}
