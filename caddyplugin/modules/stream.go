package modules

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
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
	pass   *url.URL      // of the request; all attempts of one reverse_proxy share it
	begun  atomic.Bool
	broken atomic.Pointer[error]
	// halt ends the request, and waits until it has ended; nil: not needed.
	halt func()
}

// Read passes the body on, and remembers that it was begun and how it broke. An empty body was not begun: it can be sent again.
func (s *stream) Read(p []byte) (int, error) {
	first := s.begun.CompareAndSwap(false, true)
	n, err := s.ReadCloser.Read(p)
	if first && n == 0 && err == io.EOF {
		s.begun.Store(false)
	}
	if err != nil && err != io.EOF {
		// net/http reads the body in a goroutine of its own: brokenBody may look at the same time.
		s.broken.Store(&err)
		if s.halt != nil {
			s.halt()
		}
	}
	return n, err
}

// Close closes the body if any of it was sent. Else another attempt may need it: since 2.11.4 Caddy's own body lets itself be closed once
// its start was read, as by a signer. The server closes what is left open.
func (s *stream) Close() error {
	if s.begun.Load() {
		return s.ReadCloser.Close()
	}
	return nil
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

// begun reports whether an earlier attempt has sent some of the same body as r. A later reverse_proxy, in handle_response, has what is
// left of it, and may have wrapped or copied that, but for a body that request_body has set.
func begun(r *http.Request) bool {
	if bodiless(r) {
		return false
	}
	s, ok := caddyhttp.GetVar(r.Context(), streamVar).(*stream)
	return ok && s.begun.Load() && (sameBody(s.source, r.Body) || s.pass != r.URL && !isSet(r.Body))
}

// bodiless reports whether r has no body because its reverse_proxy sends none (method GET). With request_buffers Caddy drops one of which
// nothing is left as well.
func bodiless(r *http.Request) bool {
	return r.Body == nil && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// isSet reports whether request_body has set a body: a string, which max_size and each reverse_proxy wrap. A wrapper has its reader in the
// first of its fields that is one.
func isSet(body io.Reader) bool {
	v := reflect.ValueOf(body)
	for range deepest {
		if v.IsValid() && v.Type() == reflect.TypeFor[*strings.Reader]() {
			return true
		}
		v = readerIn(reflect.Indirect(v))
	}
	return false
}

// readerIn is what the first field of a struct that holds a reader has; not valid: it is no such struct.
func readerIn(v reflect.Value) reflect.Value {
	for i := 0; v.Kind() == reflect.Struct && i < v.NumField(); i++ {
		if t := v.Type().Field(i).Type; t.Kind() == reflect.Interface && t.Implements(reflect.TypeFor[io.Reader]()) {
			return v.Field(i).Elem()
		}
	}
	return reflect.Value{}
}

// watch records for earlier what happens to the body of out, which was made of that of r: the signature may cover the start,
// which was read and put back.
func watch(r, out *http.Request) {
	ctx := r.Context()
	if out.Body == nil || out.Body == http.NoBody || ctx.Value(caddyhttp.VarsCtxKey) == nil {
		return
	}
	s := &stream{ReadCloser: out.Body, source: r.Body, pass: r.URL}
	s.begun.Store(begun(r)) // by a proxy or an attempt before
	out.Body = s
	caddyhttp.SetVar(ctx, streamVar, s)
}

// streaming is r with a body of which a later reverse_proxy, which signs, can tell that it was begun.
func streaming(r *http.Request) *http.Request {
	if r.Body == nil {
		return r
	}
	out := shallow(r)
	watch(r, out)
	return out
}
