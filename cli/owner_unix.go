//go:build unix

package cli

import (
	"os"
	"syscall"
)

// ownerOf is the user and the group of a file.
func ownerOf(info os.FileInfo) (uid, gid int, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(s.Uid), int(s.Gid), true
}
