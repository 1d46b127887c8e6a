//go:build go1.21

package audit

import (
	"errors"
	"os"
	"strings"
	"sync"
)

// File appends lines to a file. Each is one write, so that several processes may share the file, and a reader never sees the
// lines of two of them mixed. After the file was renamed or removed, as logrotate does it, a new one is made for the next line.
// It is safe for concurrent use, and is never closed: a line may come at any time.
type File struct {
	mu   sync.Mutex
	path string
	file *os.File
	torn bool // the file ends in a part of a line, because the disk was full
}

// files are those of the process, by their path: a thousand middlewares with one file need one descriptor.
var (
	filesMu sync.Mutex
	files   = make(map[string]*File)
)

// Open opens a file for the process, or makes it, for its owner alone (mode 0600): events say who did what. A file that
// exists keeps its mode. The same path always gives the same File.
func Open(path string) (*File, error) {
	filesMu.Lock()
	defer filesMu.Unlock()
	if f := files[path]; f != nil {
		return f, nil
	}
	f := &File{path: path}
	if err := reopen(f); err != nil {
		return nil, err
	}
	files[path] = f
	return f, nil
}

// Append writes a line, which ends in a line break. It looks the name up first, since with audit required no request
// may pass whose event goes into a file that is gone. With an error the line may be there in part; the next one begins on a
// line of its own. It does not wait for the disk (fsync): a crash of the machine may lose the last lines.
func Append(f *File, line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := followName(f); err != nil {
		return err
	}
	// The rest of a broken line would make the next one unreadable, too.
	if f.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := f.file.Write(line)
	if err != nil {
		f.torn = f.torn || n > 0
		return err
	}
	f.torn = false
	return nil
}

// followName opens the file again if another one, or none, has its name. The caller holds the lock. After an error there is
// no file, and the next line tries again.
func followName(f *File) error {
	if f.file != nil {
		named, err := os.Stat(f.path)
		if err == nil {
			open, fault := f.file.Stat()
			if fault == nil && os.SameFile(named, open) {
				return nil
			}
		}
		f.file.Close()
		f.file = nil
	}
	return reopen(f)
}

// reopen opens the file at the path, or makes it. O_APPEND is what keeps the lines of several processes apart: the system moves to the
// end and writes in one step (POSIX, write).
func reopen(f *File) error {
	if err := OnlyFile(f.path); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	f.file = file
	f.torn = false
	return nil
}

// ErrPipe is the error of a path that is a named pipe (FIFO).
var ErrPipe = errors.New("it is a named pipe, which nobody may read; name a file")

// OnlyFile refuses a named pipe. Opening one waits until somebody reads it, and writing waits while nobody does: every request of the
// gateway would hang. O_NONBLOCK would say so, but it is only in package syscall, which Traefik gives no plugin. The path is looked at
// first, so a pipe that takes its name in the same moment is not seen. What is below /dev, such as /dev/stdout, is the system's.
func OnlyFile(path string) error {
	if strings.HasPrefix(path, "/dev/") {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return ErrPipe
	}
	return nil
}
