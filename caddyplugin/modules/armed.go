package modules

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
)

// armed is the context of a request that a handler wants signed, and the writer of its answer. If an outer and an inner
// block both have a handler, the inner one applies.
type armed struct {
	context.Context
	caddyhttp.ResponseWriterWrapper
	handler  *Handler
	host     string            // the request's own, which chooses among several hosts of the credential
	problem  *outbound.Problem // why the request was not sent
	answered bool
}

// statusClosed is the status that newer versions of Caddy (such as 2.11.9) use for a client that seems to have left.
const statusClosed = 499

// WriteHeader drops Caddy's answer to errRefused.
func (a *armed) WriteHeader(status int) {
	if a.problem != nil && status == statusClosed {
		return
	}
	a.answered = a.answered || status >= 200 || status == http.StatusSwitchingProtocols
	a.ResponseWriterWrapper.WriteHeader(status)
}

// Write answers with 200 if nothing else was said.
func (a *armed) Write(data []byte) (int, error) {
	a.answered = true
	return a.ResponseWriterWrapper.Write(data)
}

// ReadFrom leaves the copying to the writer.
func (a *armed) ReadFrom(source io.Reader) (int64, error) {
	a.answered = true
	return a.ResponseWriterWrapper.ReadFrom(source)
}

type armedKey struct{}

// Value finds a itself.
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

// errRefused makes reverse_proxy stop with a request that was refused. To Caddy it is a client that has left: not a
// failure of the upstream, not retried, and answered with nothing but statusClosed.
var errRefused = refusedError{errors.New("the request was refused before it was sent")}

type refusedError struct{ error }

// Is makes errors.Is(err, context.Canceled) true.
func (refusedError) Is(target error) bool { return target == context.Canceled }
