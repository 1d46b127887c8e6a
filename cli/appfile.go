package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// readApps reads an apps_file as a gateway does, so that a mistake in it is an error here, too.
func readApps(path string) (*apps.File, error) {
	if path == "" {
		return nil, usagef("--file is required: the file that the gateway has as apps_file")
	}
	data, err := config.ReadFile(path)
	if err != nil {
		return nil, usagef("--file: %w", err)
	}
	if len(data) > apps.MaxFile {
		return nil, failf("--file: %s is larger than %d bytes", path, apps.MaxFile)
	}
	f, err := apps.ParseFile(string(data))
	if err != nil {
		return nil, failf("--file: %s: %w", path, err)
	}
	return f, nil
}

// changeApps has change alter an apps_file, which nobody else changes at the same time. create makes
// one if there is none; nil: that is an error. The new text is read as a gateway would before it
// replaces the old one, so that a mistake leaves the file as it was.
func changeApps(path string, create func() (*apps.File, error), change func(f *apps.File) error) error {
	if path == "" {
		return usagef("--file is required: the file that the gateway has as apps_file")
	}
	// Renaming over a link would replace the link, and leave the file that it leads to as it was.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // so that a link stays one
	} else if _, err := os.Lstat(path); err == nil {
		return usagef("--file: %s is a link to a file that is not there", path)
	}
	unlock, err := lockApps(path)
	if err != nil {
		return err
	}
	defer unlock()
	there, err := exists(path)
	if err != nil {
		return failf("--file: %w", err)
	}
	read := func() (*apps.File, error) { return readApps(path) }
	if !there && create != nil {
		read = create
	}
	f, err := read()
	if err != nil {
		return err
	}
	if err := change(f); err != nil {
		return err
	}
	// Written and read again, as a gateway will read it.
	text := formatApps(f)
	if _, err := apps.ParseFile(text); err != nil { // a gateway would refuse it
		return failf("%w; the file is unchanged", err)
	}
	return replaceFile(path, text)
}

// lockWait is how long a command waits for another one.
const lockWait = 5 * time.Second

// lockApps keeps others from changing the file at the same time: one of two would lose what it wrote.
// The lock is a file next to it, made with O_EXCL, which works on every platform; a command that is
// killed leaves it behind, and the error says to delete it. It has the process's number in it, for
// whoever finds it.
func lockApps(path string) (unlock func(), err error) {
	lock := path + ".lock"
	for deadline := time.Now().Add(lockWait); ; time.Sleep(20 * time.Millisecond) {
		f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			fmt.Fprintln(f, os.Getpid())
			f.Close()
			return func() { os.Remove(lock) }, nil
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil, usagef("--file: there is no folder %s", filepath.Dir(path))
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, usagef("--file: %w", err)
		}
		if time.Now().After(deadline) {
			return nil, failf("--file: %s is there: another vendorsign changes the file; if none runs, delete it", lock)
		}
	}
}

// replaceFile puts a text into the place of a file in one step, so that a gateway never reads a half:
// it writes another file in the same folder, and renames it. The mode and the owner stay.
func replaceFile(path, text string) error {
	mode := os.FileMode(0o644) // it holds no secrets, and the gateway may be another user
	before, err := os.Stat(path)
	if err == nil {
		mode = before.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".apps-*")
	if err != nil {
		return failf("--file: %w", err)
	}
	defer os.Remove(f.Name()) // it has another name if all went well
	if before != nil {
		err = keepOwner(f, before)
	}
	_, wrote := f.WriteString(text)
	err = errors.Join(err, wrote)
	// Sync before the rename: after a crash there is the old file or the new one, and not an empty one.
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return failf("--file: %w", err)
	}
	return nil
}

// keepOwner gives f to the user and the group of the file that it replaces: a gateway that reads the
// file by these could not read it any more, so that a revocation would take effect ten minutes later,
// and for all apps. Only root can change the user; others can choose one of their own groups.
func keepOwner(f *os.File, before os.FileInfo) error {
	uid, gid, known := ownerOf(before)
	if !known || f.Chown(uid, gid) == nil || f.Chown(-1, gid) == nil || before.Mode().Perm()&0o004 != 0 {
		return nil
	}
	return errors.New("the file is unchanged: it belongs to a group that could not read it any more; run the command as root")
}

// formatApps writes a file with one line for each app, so that a change is one line in a diff.
//
//	{
//	  "version": 1,
//	  "vendor": "jamf",
//	  "gateway": "g.internal",
//	  "apps": [
//	    {"name": "billing", "key_id": "K1", "generation": 1, "created": "2026-01-02"}
//	  ]
//	}
func formatApps(f *apps.File) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"version\": %d,\n  \"vendor\": %s,\n  \"gateway\": %s,\n", apps.FileVersion, quoted(f.Vendor), quoted(f.Gateway))
	if len(f.Policies) > 0 {
		var names, lines []string
		for name := range f.Policies {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			lines = append(lines, "    "+quoted(name)+": "+listOf(f.Policies[name]))
		}
		b.WriteString("  \"policies\": {\n" + strings.Join(lines, ",\n") + "\n  },\n")
	}
	var lines []string
	for i := range f.Apps {
		lines = append(lines, "    "+formatApp(&f.Apps[i]))
	}
	if len(lines) == 0 {
		b.WriteString("  \"apps\": []\n}\n")
		return b.String()
	}
	b.WriteString("  \"apps\": [\n" + strings.Join(lines, ",\n") + "\n  ]\n}\n")
	return b.String()
}

// listOf is a list of strings in one line.
func listOf(texts []string) string {
	quotedTexts := make([]string, len(texts))
	for i, text := range texts {
		quotedTexts[i] = quoted(text)
	}
	return "[" + strings.Join(quotedTexts, ", ") + "]"
}

// formatApp is an app in one line, with its keys in the order of apps.EntryOptions. A key of that list
// that has no case here would be lost, so a new one needs a case.
func formatApp(a *apps.FileApp) string {
	values := map[string]string{"name": a.Name, "key_id": a.KeyID, "overlap": a.Overlap, "secret": a.Secret, "previous": a.Previous,
		"policy": a.Policy, "rate": a.Rate, "expires": a.Expires, "created": a.Created}
	var pairs []string
	for _, o := range apps.EntryOptions {
		switch {
		case o.Name == "generation" && a.Generation > 0:
			pairs = append(pairs, fmt.Sprintf("%q: %d", o.Name, a.Generation))
		case o.Name == "allow" && len(a.Allow) > 0:
			pairs = append(pairs, fmt.Sprintf("%q: %s", o.Name, listOf(a.Allow)))
		case o.Name == "revoked" && a.Revoked:
			pairs = append(pairs, fmt.Sprintf("%q: true", o.Name))
		case values[o.Name] != "":
			pairs = append(pairs, fmt.Sprintf("%q: %s", o.Name, quoted(values[o.Name])))
		}
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}
