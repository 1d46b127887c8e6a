//go:build unix

package cli

import (
	"os"
	"syscall"
	"testing"
)

// A gateway reads its apps_file as the file's owner or as one of its group. A revocation by root must not take the file from it.
func TestACommandOfRootLeavesTheFileToItsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a file to another user")
	}
	run := inApps(t)
	file := "apps.json"
	text := `{"version": 1, "vendor": "duo", "gateway": "duo.internal", "apps": [{"name": "billing", "key_id": "DIAPPBILLING00000000", "generation": 1}]}`
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(file, 1234, 5678); err != nil {
		t.Fatal(err)
	}
	run(0, "revoke", "billing", "--file", file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 1234 || s.Gid != 5678 || info.Mode().Perm() != 0o640 {
		t.Errorf("the file is of user %d and group %d with mode %o now", s.Uid, s.Gid, info.Mode().Perm())
	}
}
