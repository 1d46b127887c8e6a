package tests

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// Opening a pipe waits until somebody reads it: without a look at it first, every request would hang.
func TestAnAuditFileThatBecomesAPipeIsALostEvent(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		os.Remove(filepath.Join(folder, "audit.json"))
		os.Remove(filepath.Join(folder, "pipe.json"))
		send, asked := audited(t, p, folder, map[string]any{"audit": "required"})
		file := filepath.Join(folder, "audit.json")
		if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600)); err != nil {
			t.Fatal(err)
		}
		answered := make(chan int, 1)
		go func() { answered <- send(httptest.NewRequest("GET", "/a", nil)) }()
		select {
		case status := <-answered:
			if status != 503 || *asked != 0 {
				t.Errorf("answered %d, and %d were sent", status, *asked)
			}
		case <-time.After(time.Minute):
			t.Error("the request waits for a reader of the pipe")
			reader, err := os.OpenFile(file, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			<-answered
		}
		pipe := filepath.Join(folder, "pipe.json")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
			"audit": "required", "auditFile": "pipe.json"}}, nil)
		if err == nil || !strings.Contains(err.Error(), "auditFile: it is a named pipe") {
			t.Errorf("error %v", err)
		}
	})
}
