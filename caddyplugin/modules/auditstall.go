package modules

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// stallTimeout bounds how long a request waits for its event: a collector that has stopped reading would hold all of them for ever.
const stallTimeout = 5 * time.Second

// errStalled is why an event is lost, and a request that needs it is not sent.
var errStalled = errors.New("the output takes no more: a line that was written earlier is still waiting")

// patient is an output over a network, which may stop taking lines without an error; Caddy's writer waits for ever then. The first lines
// wait for timeout, and all others are lost at once until the output goes on.
type patient struct {
	io.WriteCloser
	timeout time.Duration

	turn    sync.Mutex   // one line is written at a time
	stalled atomic.Int32 // lines whose caller has given up
}

// Write writes a line, or says that it is lost. The one that was being written may still arrive.
func (p *patient) Write(line []byte) (n int, err error) {
	if p.stalled.Load() > 0 {
		return 0, errStalled
	}
	line = bytes.Clone(line) // the caller may change it
	done := make(chan struct{})
	var settled atomic.Bool // either the line was written, or its caller has given up
	go func() {
		defer close(done)
		p.turn.Lock()
		defer p.turn.Unlock()
		if settled.Load() {
			p.stalled.Add(-1)
			return
		}
		written, wrong := p.WriteCloser.Write(line)
		if settled.Swap(true) {
			p.stalled.Add(-1)
			return
		}
		n, err = written, wrong
	}()
	timer := time.NewTimer(p.timeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		if !settled.Swap(true) {
			p.stalled.Add(1)
			return 0, errStalled
		}
		<-done
	}
	return n, err
}
