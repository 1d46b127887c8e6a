//go:build go1.21

package outbound

import (
	"os"
	"path/filepath"
	"time"
)

// fileState tells whether a file is still the one that was read.
type fileState struct {
	option, path string
	info         os.FileInfo // nil: it is not there
	renamed      time.Time   // when a name in its folder changed last
}

func fileStateOf(option, path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		info = nil
	}
	s := fileState{option: option, path: path, info: info}
	if folder, err := os.Stat(filepath.Dir(path)); err == nil {
		s.renamed = folder.ModTime()
	}
	return s
}

func sameFiles(a, b []fileState) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i].info, b[i].info
		if a[i].path != b[i].path || (x == nil) != (y == nil) {
			return false
		}
		if x != nil && !(os.SameFile(x, y) && x.Size() == y.Size() && x.ModTime().Equal(y.ModTime()) && x.Mode() == y.Mode()) {
			return false
		}
	}
	return true
}

// settled is how long files must have been left alone before they are read: a file that is being written, or an id
// whose secret comes a moment later, is not to be used by half.
const settled = 2 * time.Second

// unchangedFor reports whether the files have been left alone long enough: by their own time, or by how long they have
// been seen as they are.
func unchangedFor(stamps []fileState, since, now time.Time) bool {
	if now.Sub(since) >= settled {
		return true
	}
	for _, s := range stamps {
		if s.info != nil && now.Sub(s.info.ModTime()) < settled {
			return false
		}
		if s.info == nil || now.Sub(s.renamed) < settled { // a file that was renamed keeps its time
			return false
		}
	}
	return true
}
