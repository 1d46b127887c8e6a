//go:build go1.21

package outbound

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Peek reads the start of a refusal's body, signers.AnswerHead bytes at most, and leaves all of it readable. It returns nil
// for answers below 400. Streams are left alone: their first bytes may take for ever. The response's length stays as it is.
func Peek(response *http.Response) []byte {
	if response.StatusCode < 400 || strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return nil
	}
	// An error of the connection is returned where it occurred, when the client has read what came before it.
	head, err := io.ReadAll(io.LimitReader(response.Body, signers.AnswerHead))
	response.Body = &peeked{head: bytes.NewReader(head), err: err, rest: response.Body}
	return head
}

// legible is the start of a refusal's body as text, as far as it can be decoded: clients that accept gzip get refusals in
// gzip. The standard library has no other encodings, so those refusals are judged by their status alone. No more than
// signers.AnswerHead bytes are unpacked, whatever a small body would expand to.
func legible(h http.Header, head []byte) []byte {
	if encoding := strings.ToLower(h.Get("Content-Encoding")); encoding != "gzip" && encoding != "x-gzip" {
		return head
	}
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(z, signers.AnswerHead)) // the error is expected: the head is cut off
	return text
}

// peeked is a body whose head has been read, with the read error, if any, at the same place: the client gets the same bytes,
// and the same break, as without us.
type peeked struct {
	head *bytes.Reader
	err  error
	rest io.ReadCloser
}

// Read reads the head, then what follows it.
func (p *peeked) Read(data []byte) (int, error) {
	if p.head.Len() > 0 {
		return p.head.Read(data)
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.rest.Read(data)
}

// Close closes the vendor's body.
func (p *peeked) Close() error { return p.rest.Close() }
