// Package attack has requests that apps sign with local keys as their vendors' clients do, and what somebody between the app
// and the gateway may make of them: it is for the tests of the gateways. It shares no code with the signers.
//
//	Client (clients.go, schemes.go, aws.go) -> signs as a vendor's client does
//	Forge (forge.go)                        -> requests with wrong keys, dates and proofs
//	Attack (table.go, headers.go, times.go) -> a list of named attacks, with what must become of each, by scheme
//	Hostile (mutate.go, hostile.go)         -> random changes, judged by Client.Own (own.go)
//	Gateway (run.go, fill.go)               -> sends them, and compares what the vendor got
//
// A further scheme is a Client with its Scheme in schemes.go, and where it differs from the others an entry in Attack.Not,
// with the reason.
package attack

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Request is a request as it is written to a socket: what a client for HTTP would refuse to send can be said, too. Lines are
// whole lines of the head, in their order and spelling, without line ends. Its methods return changed copies.
//
//	Request{Method: "GET", Target: "/a?b=1", Host: "acme.internal", Lines: []string{"X-A: 1"}}.Raw()
//	  -> "GET /a?b=1 HTTP/1.1\r\nHost: acme.internal\r\nX-A: 1\r\nConnection: close\r\n\r\n"
type Request struct {
	Method, Target, Host string
	Lines                []string // of the head, after Host
	Body                 string
	Chunked              bool
}

// Raw are the bytes of r, with Connection: close, so that the end of the answer is the end of the connection. Nothing is
// escaped or checked.
func (r Request) Raw() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Target, r.Host)
	for _, line := range r.Lines {
		b.WriteString(line + "\r\n")
	}
	if r.Chunked {
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
		if r.Body != "" {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(r.Body), r.Body)
		}
		return b.String() + "0\r\n\r\n"
	}
	if r.Body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	return b.String() + "Connection: close\r\n\r\n" + r.Body
}

// copied is r with lines of its own.
func (r Request) copied() Request {
	r.Lines = append([]string(nil), r.Lines...)
	return r
}

// with is r with more lines.
func (r Request) with(lines ...string) Request {
	r.Lines = append(append([]string(nil), r.Lines...), lines...)
	return r
}

// value is the value of the first line with a name, in any letter case; empty without one.
func (r Request) value(name string) string {
	for _, line := range r.Lines {
		if of, value, _ := strings.Cut(line, ":"); strings.EqualFold(of, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// changed is r with another value of a header, or without it if there is none.
func (r Request) changed(name string, values ...string) Request {
	var lines []string
	for _, line := range r.Lines {
		of, _, _ := strings.Cut(line, ":")
		if !strings.EqualFold(of, name) {
			lines = append(lines, line)
		}
	}
	for _, value := range values {
		lines = append(lines, name+": "+value)
	}
	r.Lines = lines
	return r
}

// Parsed is a request as a server understands it.
type Parsed struct {
	*http.Request
	Body string
	Cut  bool // the body ends early, or cannot be read to its end
}

// Parse reads bytes as a server does, by net/http. It fails if they have no whole head. A body that breaks off is no error,
// but Cut.
func Parse(raw string) (*Parsed, error) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	return &Parsed{Request: r, Body: string(body), Cut: err != nil}, nil
}
