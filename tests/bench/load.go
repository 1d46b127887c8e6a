package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is a closed loop over keep-alive connections: each sends its next request when it has the answer. It writes
// and reads bytes itself, since net/http's client would use more of the machine than the gateways do.
type load struct {
	addr        string
	requests    [][]byte // sent in turn
	connections int
	span        time.Duration
}

// loadResult is what one round of load came to.
type loadResult struct {
	perSecond float64
	p50, p99  time.Duration
	requests  int
}

// request writes a request with ten headers, and with a body if there is one.
func request(method, host, target string, body []byte, more ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, host)
	headers := usualHeaders()
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name][0])
	}
	for i := 0; i+1 < len(more); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", more[i], more[i+1])
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

func (l load) run(ctx context.Context) (loadResult, error) {
	conns := make([]net.Conn, l.connections)
	for i := range conns {
		conn, err := net.Dial("tcp", l.addr)
		if err != nil {
			return loadResult{}, err
		}
		defer conn.Close()
		conns[i] = conn
	}
	end := context.AfterFunc(ctx, func() {
		for _, conn := range conns {
			conn.SetDeadline(time.Unix(1, 0))
		}
	})
	defer end()

	taken := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	start := time.Now()
	var all sync.WaitGroup
	for i, conn := range conns {
		conn.SetDeadline(start.Add(l.span + patience))
		all.Go(func() { taken[i], errs[i] = l.loop(conn, i, start) })
	}
	all.Wait()
	took := time.Since(start)
	if err := errors.Join(ctx.Err(), errors.Join(errs...)); err != nil {
		return loadResult{}, err
	}
	latencies := slices.Concat(taken...)
	slices.Sort(latencies)
	n := len(latencies)
	return loadResult{perSecond: float64(n) / took.Seconds(), p50: latencies[n/2], p99: latencies[n*99/100], requests: n}, nil
}

func (l load) loop(conn net.Conn, first int, start time.Time) ([]time.Duration, error) {
	r := bufio.NewReader(conn)
	var taken []time.Duration
	before := time.Now()
	for i := first; ; i++ {
		if _, err := conn.Write(l.requests[i%len(l.requests)]); err != nil {
			return taken, err
		}
		if err := readAnswer(r); err != nil {
			return taken, err
		}
		now := time.Now()
		taken = append(taken, now.Sub(before))
		if now.Sub(start) >= l.span {
			return taken, nil
		}
		before = now
	}
}

// readAnswer reads an answer and wants it to be a 200 of known length, which the upstream's is.
func readAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("the gateway answers %s", bytes.TrimSpace(line))
	}
	length := -1
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("the gateway's answer has no Content-Length")
	}
	_, err = r.Discard(length)
	return err
}

// ask sends one request and returns the answer's status and whether the upstream saw a signature.
func ask(addr string, raw []byte) (status int, signed bool, err error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return 0, false, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(raw); err != nil {
		return 0, false, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, false, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 && answer.StatusCode != http.StatusNotFound {
		err = fmt.Errorf("status %d: %s", answer.StatusCode, strings.TrimSpace(string(text)))
	}
	return answer.StatusCode, answer.Header.Get(signedHeader) == "yes", err
}
