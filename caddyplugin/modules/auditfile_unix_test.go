//go:build unix

package modules

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestAnAuditFileThatIsGoneIsMadeAgainOrNothingIsSent(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "audit")
	output := filepath.Join(folder, "audit.json")
	var asked atomic.Int32
	vendor := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	caddyfile, _ := logging(t, "\tdarktrace_sign "+auditing("audit required\n\t\taudit_output file "+output)+"\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, vendor)
	for _, step := range []struct {
		name       string
		change     func() error
		want, sent int
	}{
		{"as it was opened", func() error { return nil }, http.StatusOK, 1},
		{"removed", func() error { return os.Remove(output) }, http.StatusOK, 2},
		{"renamed", func() error { return os.Rename(output, output+".1") }, http.StatusOK, 3},
		{"renamed, and made by somebody else", func() error {
			return errors.Join(os.Rename(output, output+".2"), os.WriteFile(output, nil, 0o600))
		}, http.StatusOK, 4},
		{"a named pipe that nobody reads", func() error {
			return errors.Join(os.Remove(output), syscall.Mkfifo(output, 0o600))
		}, http.StatusServiceUnavailable, 4},
		{"in a folder that is a file now", func() error {
			return errors.Join(os.Rename(folder, folder+".old"), os.WriteFile(folder, nil, 0o600))
		}, http.StatusServiceUnavailable, 4},
		{"in a folder that is gone", func() error { return os.Remove(folder) }, http.StatusOK, 5},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		request, _ := http.NewRequest("GET", "http://"+c.site+"/devices", nil)
		if response, _ := ask(t, request); response.StatusCode != step.want || int(asked.Load()) != step.sent {
			t.Errorf("%s: answered %d, and %d were sent", step.name, response.StatusCode, asked.Load())
		}
		if info, err := os.Stat(output); err == nil && !info.Mode().IsRegular() {
			continue
		}
		data, _ := os.ReadFile(output)
		if has := strings.Contains(string(data), `"event":"request"`); has != (step.want == http.StatusOK) {
			t.Errorf("%s: the file has %q", step.name, data)
		}
	}
}
