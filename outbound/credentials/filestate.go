//go:build go1.21

package credentials

import (
	"os"
	"path/filepath"
	"time"
)

// FileState is what a file looked like at one time, to see whether it is still the one that was read: nothing is read for it.
// A file and its folder are looked at with stat, once a second at most, and neither inotify nor a goroutine is needed, which
// an interpreted plugin cannot have.
type FileState struct {
	// Option is for messages: the option that names the file.
	Option, Path string
	Info         os.FileInfo // nil: it is not there
	renamed      time.Time   // when a name in its folder changed last
}

// StateOf looks at the file of an option, and at its folder: a file that is renamed into its place keeps its modification
// time. It follows links, so that a Kubernetes secret, whose folder is a link that is exchanged, changes with it.
func StateOf(option, path string) FileState {
	info, err := os.Stat(path)
	if err != nil {
		info = nil
	}
	s := FileState{Option: option, Path: path, Info: info}
	if folder, err := os.Stat(filepath.Dir(path)); err == nil {
		s.renamed = folder.ModTime()
	}
	return s
}

// SameFiles reports whether the files are the same, and have not been written to since. Both lists must have the same order.
// A file that is missing in both is the same.
func SameFiles(a, b []FileState) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i].Info, b[i].Info
		if a[i].Path != b[i].Path || (x == nil) != (y == nil) {
			return false
		}
		// A file may be replaced within the resolution of its time, so its identity and size count as well, and its mode for warnings.
		if x != nil && !(os.SameFile(x, y) && x.Size() == y.Size() && x.ModTime().Equal(y.ModTime()) && x.Mode() == y.Mode()) {
			return false
		}
	}
	return true
}

// settled is how long files must have been left alone before they are read: a half-written file, or an id whose secret
// follows a moment later, must not be used. Editors and scripts are done within less.
const settled = 2 * time.Second

// Unchanged reports whether the files have been left alone long enough: by their own time, or by how long they have been seen
// as they are. since is when they were first seen in this state; the same as now, if that is not known. Files whose time is
// in the future have to be seen for so long: their clock is not ours.
func Unchanged(stamps []FileState, since, now time.Time) bool {
	if now.Sub(since) >= settled {
		return true
	}
	for _, s := range stamps {
		if s.Info != nil && now.Sub(s.Info.ModTime()) < settled {
			return false
		}
		if s.Info == nil || now.Sub(s.renamed) < settled { // a file that was renamed keeps its time
			return false
		}
	}
	return true
}
