//go:build go1.21

package tokens

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A lock is a file that exists. That of a dead gateway is removed when it is old: its age is measured by the clock of the folder's
// file system, since the gateways' clocks may differ.
const (
	lockStale = 15 * time.Second // a lock that was not touched for this long belongs to a dead gateway
	lockPoll  = 50 * time.Millisecond
	tempStale = time.Hour
)

// lockFile creates the file, which only one gateway can do (O_EXCL). It stays open, so that it can be distinguished from one
// that somebody else creates in its place. While another one holds it, it looks again every 50 milliseconds until wait is
// over, and then fails with ErrLocked. keep and unlock are nil after any error but that of the first keepLock.
func lockFile(dir, path, holder string, wait time.Duration) (keep func() error, unlock func(), fault error) {
	deadline := time.Now().Add(wait)
	for try := 0; ; try++ {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() error { return keepLock(f, path, holder) }, func() { dropLock(f, path) }, keepLock(f, path, holder)
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, nil, err
		}
		if try%20 == 0 { // once a second
			// A lock that stays for long belongs to a gateway that died, or renews slowly: only the folder's clock tells.
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

// keepLock touches the lock by writing to it, which uses the folder's clock. The text is for people who look at it. It fails
// if the lock was lost: this gateway was taken for dead.
func keepLock(f *os.File, path, holder string) error {
	if _, err := f.WriteAt([]byte(holder+" "+time.Now().UTC().Format(time.RFC3339)+"\n"), 0); err != nil {
		return err
	}
	if !ownsLock(f, path) {
		return errors.New("another gateway took over the lock")
	}
	return nil
}

// ownsLock reports whether the path still is the open file, and no other gateway's.
func ownsLock(f *os.File, path string) bool {
	own, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(own, there)
}

// dropLock removes the lock, unless another gateway has taken it over meanwhile. Between the look and the removal there is a
// gap, which the announcements cover (announce).
func dropLock(f *os.File, path string) {
	if ownsLock(f, path) {
		os.Remove(path)
	}
	f.Close()
}

// breakStale removes the lock of a dead gateway. Only one gateway at a time may do that: another one could remove the
// lock that the first has just created.
func breakStale(dir, path string) error {
	now, err := folderTime(dir)
	if err != nil || !staleAt(path, now) {
		return err
	}
	// A second lock, for the moment of removing the first.
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
		// Renaming is atomic: of two gateways that break the same lock, one gets the file and the other an error.
		aside := filepath.Join(dir, ".vendorsign-broken-"+strconv.FormatInt(now.UnixNano(), 36))
		if os.Rename(path, aside) == nil {
			os.Remove(aside)
		}
		removeTemps(dir, now)
	}
	return nil
}

// folderTime is the time of the clock that sets the modification times of the folder's files, found by making one. On a
// network that is the server's.
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

// staleAt reports whether a file was not written for lockStale, by the clock of its folder. One that is not there is not stale.
func staleAt(path string, now time.Time) bool {
	info, err := os.Stat(path)
	return err == nil && now.Sub(info.ModTime()) > lockStale
}

// removeTemps removes what gateways that died while writing left behind. Files of an hour are nobody's any more: a save takes
// seconds.
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
