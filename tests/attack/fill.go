package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Room is how many signatures a gateway remembers of one app, if no other app uses it.
const Room = 50000

// Fill has one app use up what a gateway remembers, and returns what is wrong then: the app's own writes must be refused with
// 503, and nobody else's, nor its reads. The client's signatures must differ for each target. An app may take half of what is
// remembered (package apps, remember), so that Room is half of 100,000.
func (g *Gateway) Fill(c *Client, now time.Time) []string {
	f := &Forge{Client: c, Now: now, Ahead: 20 * time.Second}
	first := f.Signed(true)
	if status, err := g.Send(first.Raw()); err != nil || status != http.StatusOK {
		return []string{fmt.Sprintf("the first write: %d, %v", status, err)}
	}
	// One of Room is used by first; of the others eleven are too many.
	statuses, err := g.pipeline(Room+10, func() string { return strings.Replace(f.Signed(true).Raw(), "Connection: close\r\n", "", 1) })
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	if statuses[http.StatusOK] != Room-1 || statuses[http.StatusServiceUnavailable] != 11 {
		wrong = append(wrong, fmt.Sprintf("writes of one app: %v", statuses))
	}
	for _, test := range []struct {
		name string
		r    Request
		want int
	}{
		{"a write of the app", f.Signed(true), http.StatusServiceUnavailable},
		{"the first write again", first, http.StatusForbidden},
		{"a read of the app", f.Signed(false), http.StatusOK},
		{"a write of another app", f.By(Other, true), http.StatusOK},
		{"a wrong write", f.Relabelled(true, Other), http.StatusUnauthorized},
	} {
		if status, err := g.Send(test.r.Raw()); err != nil || status != test.want {
			wrong = append(wrong, fmt.Sprintf("%s: %d, %v, want %d", test.name, status, err, test.want))
		}
	}
	return wrong
}

// pipeline sends n requests on one connection, and counts the answers by status. One connection for each of 50,000 requests
// would take minutes, and use up the ports.
func (g *Gateway) pipeline(n int, next func() string) (map[int]int, error) {
	conn, err := net.Dial("tcp", g.Address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, err
	}
	// Written and read at the same time: with only one of them, both sides would wait once their buffers are full.
	sent := make(chan error, 1)
	go func() {
		w := bufio.NewWriterSize(conn, 1<<16)
		// Requests are made while they are sent, so that they need not be kept.
		for range n {
			if _, err := w.WriteString(next()); err != nil {
				sent <- err
				return
			}
		}
		sent <- w.Flush()
	}()
	statuses, r := make(map[int]int), bufio.NewReader(conn)
	for range n {
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses, err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return statuses, err
		}
		// One connection, on which answers come in the order of the requests (RFC 9112, 9.3.2).
		statuses[answer.StatusCode]++
	}
	return statuses, <-sent
}
