package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The vendor of the load tests is this program, started once more with the argument "upstream", so that its CPU time is
// not the load generator's.

const upstreamCommand = "upstream"

// answer is a small JSON document, as from a vendor.
const answer = `{"devices":[{"did":1,"hostname":"client-1","ip":"10.0.0.1","typename":"desktop"}],"total":1}` + "\n"

const (
	// signedHeader of an answer says whether a signature arrived.
	signedHeader = "Signed"
	// holdHeader of a request has its body wait until so many requests have come.
	holdHeader = "X-Hold"
)

// serveUpstream answers until its standard input ends, which it does with the benchmark.
func serveUpstream() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	gate := &crowd{open: make(chan struct{})}
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hold, err := strconv.Atoi(r.Header.Get(holdHeader)); err == nil {
			gate.wait(hold)
		}
		io.Copy(io.Discard, r.Body)
		signed := "no"
		if r.Header["Dtapi-Signature"] != nil || r.Header["Authorization"] != nil {
			signed = "yes"
		}
		h := w.Header()
		h["Content-Type"] = []string{"application/json"}
		h["Content-Length"] = []string{strconv.Itoa(len(answer))}
		h[signedHeader] = []string{signed}
		io.WriteString(w, answer)
	}))
}

// crowd lets its members go on when all have come, or after a while: then somebody was refused.
type crowd struct {
	mu   sync.Mutex
	came int
	open chan struct{}
}

func (c *crowd) wait(size int) {
	c.mu.Lock()
	c.came++
	open := c.open
	if c.came >= size {
		close(c.open)
		c.came, c.open = 0, make(chan struct{})
	}
	c.mu.Unlock()
	select {
	case <-open:
	case <-time.After(15 * time.Second):
	}
}

// upstream is the vendor's process.
type upstream struct {
	*process
	addr string
}

func startUpstream(ctx context.Context, dir string) (*upstream, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, writeAddr, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer addr.Close()
	stdin, hold, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := newProcess(ctx, dir, nil, self, upstreamCommand)
	p.cmd.Stdin, p.cmd.Stdout = stdin, writeAddr
	err = p.start()
	stdin.Close()
	writeAddr.Close()
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { hold.Close() })
	line, err := bufio.NewReader(addr).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("the upstream does not start: %w\n%s", err, p.log)
	}
	return &upstream{p, strings.TrimSpace(line)}, nil
}
