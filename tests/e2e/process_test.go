package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/ports"
)

// patience bounds every wait for another process. Nothing waits longer than it must; this only ends what hangs.
const patience = time.Minute

// process is a gateway that runs.
type process struct {
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{} // closed when it has ended
}

type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// withTest ends a process with the test, where the system can do that.
var withTest *syscall.SysProcAttr

// startProcess runs a program in a folder of its own, with no environment but env: what a developer has in theirs
// must not decide a test.
func startProcess(dir string, env []string, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), log: new(logBuffer), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir, "TMPDIR=" + dir}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = withTest
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // its exit status is in ProcessState
		close(p.done)
	}()
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks the process to end, and ends it if it does not.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// end asks the process to end, and waits until it has done so in its own time.
func (p *process) end(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("it has not ended after %v", patience)
	}
}

// still lets change do several things as one: the process sees none of it before all of it, however long the system keeps
// this one from going on in between.
func (p *process) still(t testing.TB, change func()) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}()
	change()
}

// waitReady returns when probe says so, or with an error when the process has ended before.
func (p *process) waitReady(probe func() bool) error {
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !probe() {
		select {
		case <-p.done:
			return fmt.Errorf("it has ended: %v", p.cmd.ProcessState)
		case <-deadline:
			return fmt.Errorf("it is not ready after %v", patience)
		case <-tick.C:
		}
	}
	if p.ended() { // and another process answered in its place
		return fmt.Errorf("it has ended: %v", p.cmd.ProcessState)
	}
	return nil
}

// freePort finds a port that nobody listens on now. Somebody else may be quicker: see portTaken.
func freePort(t testing.TB) int {
	t.Helper()
	port, err := ports.Free()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (p *process) portTaken() bool {
	return p.ended() && strings.Contains(p.log.String(), "address already in use")
}

// exchange sends raw bytes and returns everything that comes back until the other side closes.
func exchange(addr, raw string) (string, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, raw); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}
