package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait for another process.
const patience = time.Minute

// process is a child. It ends when ctx does.
type process struct {
	cmd  *exec.Cmd
	log  *tailBuffer
	done chan struct{} // closed when it has ended
}

// newProcess prepares a program with no environment but env, so that what a developer has in theirs decides nothing.
func newProcess(ctx context.Context, dir string, env []string, name string, args ...string) *process {
	p := &process{cmd: exec.CommandContext(ctx, name, args...), log: new(tailBuffer), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir, "TMPDIR=" + dir}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	dieWithParent(p.cmd)
	return p
}

func (p *process) start() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = p.cmd.Wait() // its exit status is in ProcessState
		close(p.done)
	}()
	return nil
}

// stop asks the process to end, and ends it if it does not.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// waitFor polls until probe says so, the process has ended, or patience has.
func (p *process) waitFor(ctx context.Context, every time.Duration, probe func() bool) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	deadline := time.After(patience)
	for !probe() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return fmt.Errorf("%s has ended: %v\n%s", filepath.Base(p.cmd.Path), p.cmd.ProcessState, p.log)
		case <-deadline:
			return fmt.Errorf("%s is not ready after %v\n%s", filepath.Base(p.cmd.Path), patience, p.log)
		case <-tick.C:
		}
	}
	return nil
}

// clockTicks is the unit of /proc's CPU times, 100 a second on every Linux that Go runs on.
const clockTicks = 100

// cpu is the time that all threads of the process have used, in seconds.
func (p *process) cpu() float64 {
	stat, err := os.ReadFile(p.proc("stat"))
	if err != nil {
		return 0
	}
	// The second field is the name in parentheses, which may hold blanks.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / clockTicks
}

// rss is the memory that the process holds now, in MiB, and peak the most that it held.
func (p *process) rss() float64  { return p.memory("VmRSS") }
func (p *process) peak() float64 { return p.memory("VmHWM") }

func (p *process) memory(field string) float64 {
	kib, _ := strconv.ParseFloat(strings.TrimSuffix(procField(p.proc("status"), field), " kB"), 64)
	return kib / 1024
}

// descriptors counts open files and connections.
func (p *process) descriptors() int {
	names, _ := os.ReadDir(p.proc("fd"))
	return len(names)
}

func (p *process) proc(file string) string {
	return filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), file)
}

// tailBuffer keeps the end of a log.
type tailBuffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *tailBuffer) Write(p []byte) (int, error) {
	const most = 4 << 10
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	if len(b.text) > most {
		b.text = append([]byte(nil), b.text[len(b.text)-most:]...)
	}
	return len(p), nil
}

func (b *tailBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
