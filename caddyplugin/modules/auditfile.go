package modules

import (
	"io"
	"os"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound/audit"
)

// namedFile is an output to a file that is opened again once its name is gone or is that of another file. Caddy's writer goes on with a
// file that was removed, and its lines would be lost without an error. The name is looked up for each line, since with audit required
// no request may pass without its event.
type namedFile struct {
	opener caddy.WriterOpener
	path   string

	mu   sync.Mutex
	file io.WriteCloser // nil: it could not be opened again
	info os.FileInfo    // of file
	torn bool           // the file ends in a part of a line, because the disk was full
	// closed: the configuration has ended, and its last requests may still write.
	closed bool
}

// openOutput opens the writer of an output.
func openOutput(opener caddy.WriterOpener) (io.WriteCloser, error) {
	path, isFile := strings.CutPrefix(opener.WriterKey(), "file:")
	if !isFile {
		w, err := opener.OpenWriter()
		if err != nil {
			return nil, err
		}
		return &patient{WriteCloser: w, timeout: stallTimeout}, nil
	}
	f := &namedFile{opener: opener, path: path}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// open opens the file, or makes it. The caller holds the lock, if others can know f.
func (f *namedFile) open() error {
	if err := audit.OnlyFile(f.path); err != nil {
		return err
	}
	file, err := f.opener.OpenWriter()
	if err != nil {
		return err
	}
	info, err := os.Stat(f.path)
	if err != nil {
		_ = file.Close() // nothing was written
		return err
	}
	f.file, f.info, f.torn = file, info, false
	return nil
}

// Write writes a line.
func (f *namedFile) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		defer func() { _ = f.close() }() // what follow opens: nobody else will
	}
	if err := f.follow(); err != nil {
		return 0, err
	}
	whole := line
	if f.torn { // the rest of a broken line would make this one unreadable, too
		whole = append([]byte{'\n'}, line...)
	}
	n, err := f.file.Write(whole)
	if n < len(whole) {
		f.torn = f.torn || n > 0
		if err == nil {
			err = io.ErrShortWrite
		}
		return 0, err
	}
	f.torn = false
	return len(line), err
}

// follow opens the file again if another one, or none, has its name.
func (f *namedFile) follow() error {
	if f.file != nil {
		if named, err := os.Stat(f.path); err == nil && os.SameFile(named, f.info) {
			return nil
		}
		// All lines are written; after a roll, closing waits until the old file is compressed.
		go func(file io.Closer) { _ = file.Close() }(f.file)
		f.file = nil
	}
	return f.open()
}

// Close closes the file.
func (f *namedFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.close()
}

// close closes what is open. The caller holds the lock.
func (f *namedFile) close() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}
