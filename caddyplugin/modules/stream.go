package modules

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// streamVar is the request variable with the body that an attempt sends without keeping it. The next attempt of
// the same request finds it.
const streamVar = "vendorsign.stream"

// stream is a body that the signature does not cover, or not to its end. It remembers whether any of it was sent: a retry
// would only have the rest, and in chunks that would arrive as a complete, signed request. It also remembers read errors.
type stream struct {
	io.ReadCloser
	source io.ReadCloser // the body as the attempt got it
	begun  atomic.Bool
	broken atomic.Pointer[error]
	// halt ends the request, and waits until it has ended; nil: not needed.
	halt func()
}

// Read passes the body on, and remembers that it was begun and how it broke.
func (s *stream) Read(p []byte) (int, error) {
	s.begun.Store(true)
	n, err := s.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		// net/http reads the body in a goroutine of its own: brokenBody may look at the same time.
		s.broken.Store(&err)
		if s.halt != nil {
			s.halt()
		}
	}
	return n, err
}

// brokenBody is why the body of out could not be read to its end, or nil. The client causes that; as an error Caddy would count
// it as a failure of the upstream.
func brokenBody(out *http.Request) error {
	if s, ok := out.Body.(*stream); ok {
		if broken := s.broken.Load(); broken != nil && !errors.Is(*broken, http.ErrBodyReadAfterClose) {
			return *broken
		}
	}
	return nil
}

// halting cancels a request over HTTP/3 when its body breaks off. Go's client for HTTP/3 would otherwise end the
// body as if it were complete, and the vendor would take half a body for all of it: the signature does not cover
// it.
func halting(out *http.Request) *http.Request {
	s, ok := out.Body.(*stream)
	if !ok {
		return out
	}
	ctx, cancel := context.WithCancel(out.Context())
	ended := out.Context().Done()
	// Until the context has ended the client may still send the end of the body.
	s.halt = func() {
		cancel()
		<-ended
	}
	return out.WithContext(ctx)
}

// earlier is what an attempt before made of the body of r; nil: there was none, or it had another body. If Caddy keeps
// bodies (request_buffers), each attempt has another.
func earlier(r *http.Request) *stream {
	s, ok := caddyhttp.GetVar(r.Context(), streamVar).(*stream)
	if !ok || !sameBody(s.source, r.Body) {
		return nil
	}
	return s
}

// begun reports whether an earlier attempt has sent some of the same body as r.
func begun(r *http.Request) bool {
	s := earlier(r)
	return s != nil && s.begun.Load()
}

// watch records for earlier what happens to the body of out, which was made of source: the signature may cover the start,
// which was read and put back.
func watch(ctx context.Context, out *http.Request, source io.ReadCloser) {
	if out.Body == nil || out.Body == http.NoBody || ctx.Value(caddyhttp.VarsCtxKey) == nil {
		return
	}
	s := &stream{ReadCloser: out.Body, source: source}
	out.Body = s
	caddyhttp.SetVar(ctx, streamVar, s)
}
