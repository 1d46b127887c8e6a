// Package checkout copies the project, for tests of what users get from it.
package checkout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Copy copies the files that a commit of everything would have, so that nothing else in the checkout can make a test
// pass.
func Copy(root, to string) error {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil { // no git, or no repository: an unpacked release holds nothing else
		return os.CopyFS(to, os.DirFS(root))
	}
	for _, name := range strings.Split(strings.TrimRight(string(names), "\x00"), "\x00") {
		if err := copyFile(filepath.Join(root, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if os.IsNotExist(err) { // removed, but not yet in a commit
		return nil
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode().Perm())
}
