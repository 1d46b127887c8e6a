//go:build go1.21

package outbound

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Peek reads the start of a refusal's body and leaves the whole readable. Streams are left alone.
func Peek(response *http.Response) []byte {
	if response.StatusCode < 400 || strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(response.Body, signers.AnswerHead))
	response.Body = &peeked{head: bytes.NewReader(head), err: err, rest: response.Body}
	return head
}

// peeked is a body whose head has been read, and the error that came then, at the same place.
type peeked struct {
	head *bytes.Reader
	err  error
	rest io.ReadCloser
}

func (p *peeked) Read(data []byte) (int, error) {
	if p.head.Len() > 0 {
		return p.head.Read(data)
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.rest.Read(data)
}

func (p *peeked) Close() error { return p.rest.Close() }
