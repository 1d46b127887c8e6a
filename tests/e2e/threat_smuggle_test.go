package e2e

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// What is left of a refused body is no request: the gateway reads it or closes the connection. Since 2.11.5 Go's server no
// longer notices in Caddy that somebody closed a body early, so the plugin must leave the body alone.
func TestTheRestOfARefusedBodyIsNoRequest(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		route.options["max_body"] = "1MiB"
		g := start(t, f, route)
		host := route.name + ".test"
		hidden := "GET /hidden HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
		t.Run("bodies", func(t *testing.T) {
			for _, lead := range []int{0, 100, 70 << 10, 256 << 10, 256<<10 + 1, 300 << 10, 1 << 20} {
				for _, length := range []int{1<<20 + 1, 2 << 20, -1} {
					t.Run(fmt.Sprintf("%d of %d", lead, length), func(t *testing.T) {
						t.Parallel()
						conn := dial(t, g.addr)
						defer conn.Close()
						if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
							t.Fatal(err)
						}
						size := max(length, -length*2<<20)
						body := append(bytes.Repeat([]byte("a"), lead), bytes.Repeat([]byte(hidden), size/len(hidden)+1)...)[:size]
						framing := fmt.Sprintf("Content-Length: %d", length)
						if length < 0 {
							framing, body = "Transfer-Encoding: chunked", fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
						}
						head := "POST /api HTTP/1.1\r\nHost: " + host + "\r\n" + framing + "\r\n\r\n"
						go func() { _, _ = io.Copy(conn, io.MultiReader(strings.NewReader(head), bytes.NewReader(body))) }()
						answer, err := io.ReadAll(conn)
						if n := strings.Count(string(answer), "HTTP/1.1 "); n != 1 || err != nil && !isClosed(err) {
							t.Errorf("%d answers, %v: %.300q", n, err, answer)
						}
					})
				}
			}
		})
		for _, a := range route.vendor.since(0) {
			t.Errorf("arrived: %.200q", a.raw)
		}
	})
}
