package modules

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
)

// armed is the context of a request that a handler wants signed, and the writer of its answer, in one allocation.
// If an outer and an inner block both have a handler, the inner one applies: its context is found first.
//
//	Handler.ServeHTTP  arms r, and calls the next handler
//	Guard.RoundTrip    finds it by armedBy, signs, or sets problem and returns errRefused
//	Handler.ServeHTTP  answers with problem
//
// One goroutine at a time uses it: that of the request.
type armed struct {
	context.Context
	caddyhttp.ResponseWriterWrapper
	// host is the request's own, which chooses among several hosts of the credential. problem is why the request
	// was not sent; answered says that an answer has begun, after which no problem can be written.
	handler  *Handler
	host     string
	problem  *outbound.Problem
	answered bool
}

// refused reports whether the handler still has to answer with the problem. What is written now is no answer: newer versions of Caddy
// (such as 2.11.9) write 499 for a client that seems to have left, and templates an empty 200 for what nobody has answered.
func (a *armed) refused() bool { return a.problem != nil && !a.answered }

// WriteHeader notes that an answer begins. Informational ones (1xx) but 101 are not yet an answer.
func (a *armed) WriteHeader(status int) {
	if a.refused() {
		return
	}
	a.answered = a.answered || status >= 200 || status == http.StatusSwitchingProtocols
	a.ResponseWriterWrapper.WriteHeader(status)
}

// Write answers with 200 if nothing else was said, as net/http does.
func (a *armed) Write(data []byte) (int, error) {
	if a.refused() {
		return len(data), nil
	}
	a.answered = true
	return a.ResponseWriterWrapper.Write(data)
}

// ReadFrom leaves the copying to the writer, which may use sendfile.
func (a *armed) ReadFrom(source io.Reader) (int64, error) {
	if a.refused() {
		return io.Copy(io.Discard, source)
	}
	a.answered = true
	return a.ResponseWriterWrapper.ReadFrom(source)
}

// armedKey is the context key of an armed: its own type, so that no other module can have the same.
type armedKey struct{}

// Value finds a itself. A context of our own type saves the allocation of context.WithValue for each request.
func (a *armed) Value(key any) any {
	if key == (armedKey{}) {
		return a
	}
	return a.Context.Value(key)
}

// armedBy is nil for a request that no handler has armed.
func armedBy(r *http.Request) *armed {
	a, _ := r.Context().Value(armedKey{}).(*armed)
	return a
}

// errRefused makes reverse_proxy stop with a request that was refused. To Caddy it is a client that has left: its
// proxyLoopIteration takes any error that is context.Canceled for one, and neither counts a failure of the upstream
// (countFailure) nor retries. Newer versions answer it with 499 and nothing else.
var errRefused = refusedError{errors.New("the request was refused before it was sent")}

// refusedError is an error that errors.Is takes for context.Canceled, with a text of its own.
type refusedError struct{ error }

// Is makes errors.Is(err, context.Canceled) true.
func (refusedError) Is(target error) bool { return target == context.Canceled }
