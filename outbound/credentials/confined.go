//go:build go1.21

package credentials

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// open opens a file that a configuration names; what is what errors call it, as in "secret file". The checks apply to what was
// opened: between checking the path and opening it, somebody may put a link or folder in its place. The caller closes the file. An
// error that is os.ErrNotExist means that it may come yet.
//
//	confine: where the path leads, all links resolved   -> outside: refused
//	Stat:    a regular file?                            -> a pipe would block os.Open
//	open, then inspect: is what was opened below the folder, and has it no other name there?
func (r References) open(what, path string) (*os.File, error) {
	resolved, err := r.confine(what, path)
	if err != nil {
		return nil, err
	}
	// A pipe or device would block the gateway or never end.
	if info, err := os.Stat(resolved); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s %q is not a regular file", what, path)
	}
	f, err := os.Open(resolved)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	if err := r.inspect(f, what, path); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// inspect refuses an open file that may be outside the folder, or the operator's own. what and path are for messages. Where the
// operator writes the configuration (not Confined), any regular file is permitted.
func (r References) inspect(f *os.File, what, path string) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%s %q is not a regular file", what, path)
	}
	if !r.Confined {
		return nil
	}
	// Whoever may write in the folder could give another file a name there (ln), which shows nothing of where it belongs.
	if links(info) > 1 {
		return errors.New(what + " has another name (a hard link), which may be outside of VENDORSIGN_SECRETS_DIR; copy it instead")
	}
	if r.Operator != nil && r.Operator.Bindings != "" {
		if own, err := os.Stat(r.Operator.Bindings); err == nil && os.SameFile(own, info) {
			return errors.New(what + " is the file of " + VarBindings + ", not a secret")
		}
	}
	if !r.inDir(f, info, path) {
		return outside(what)
	}
	return nil
}

// outside is the error for all files outside, whether they exist or not.
func outside(what string) error { return errors.New(what + " is not below VENDORSIGN_SECRETS_DIR") }

// inDir reports whether an open file is below the folder. On Linux the kernel says where it is (/proc/self/fd); elsewhere its
// path is resolved again, and compared with what was opened. In doubt it is not.
func (r References) inDir(f *os.File, info os.FileInfo, path string) bool {
	dir, err := filepath.EvalSymlinks(r.Dir)
	if err != nil {
		return false
	}
	if place, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd()))); err == nil {
		return below(place, dir)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil || !below(resolved, dir) {
		return false
	}
	there, err := os.Lstat(resolved)
	return err == nil && os.SameFile(there, info)
}

// links is the number of a file's names, 1 where the system does not say. It uses reflection, since interpreted plugins have
// no package syscall: on Unix info.Sys() is a *syscall.Stat_t, whose field Nlink has another type on each system.
func links(info os.FileInfo) uint64 {
	v := reflect.ValueOf(info.Sys())
	if v.Kind() != reflect.Ptr || v.Elem().Kind() != reflect.Struct {
		return 1
	}
	n := v.Elem().FieldByName("Nlink")
	if n.IsValid() && n.CanUint() {
		return n.Uint()
	}
	return 1
}

// confine resolves every link of path and refuses what lies outside the folder. The answer is the same for what is outside,
// whether it exists or not, so that labels cannot be used to look around. What is missing below the folder is os.ErrNotExist,
// so that the gateway waits for it.
func (r References) confine(what, path string) (string, error) {
	if !r.Confined {
		return path, nil
	}
	if r.Dir == "" {
		return "", fmt.Errorf("files are read only below the folder that VENDORSIGN_SECRETS_DIR names, and it is not set")
	}
	if !filepath.IsAbs(r.Dir) {
		return "", fmt.Errorf("VENDORSIGN_SECRETS_DIR must be an absolute path, and is %q", r.Dir)
	}
	dir, err := filepath.EvalSymlinks(r.Dir)
	if err != nil {
		return "", fmt.Errorf("the folder %q that VENDORSIGN_SECRETS_DIR names cannot be read", r.Dir)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err == nil && filepath.IsAbs(path) && below(resolved, dir) {
		return resolved, nil
	}
	if !filepath.IsAbs(path) {
		return "", fmt.Errorf("%s is not below VENDORSIGN_SECRETS_DIR, which is %q: its path must be absolute", what, r.Dir)
	}
	// The answer must not reveal whether a file outside exists.
	if clean := filepath.Clean(path); err != nil && (below(clean, dir) || below(clean, filepath.Clean(r.Dir))) {
		if errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("%s cannot be read below VENDORSIGN_SECRETS_DIR: %w", what, os.ErrNotExist)
		}
		return "", errors.New(what + " cannot be read below VENDORSIGN_SECRETS_DIR")
	}
	return "", outside(what)
}

// below reports whether a clean path is inside a folder. The slash counts: /secrets-old is not below /secrets.
func below(path, dir string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}
