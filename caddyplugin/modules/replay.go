package modules

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
)

// bodyVar is the request variable that keeps a body for a retry: the first attempt has read it. Caddy's variables
// live as long as the client's request, and so longer than an attempt.
const bodyVar = "vendorsign.body"

// kept is the body of a request as the last attempt has read it, what from, and the memory that it takes. body is nil if only the start
// was read, as some schemes need: the rest is sent as it comes.
type kept struct {
	body   []byte
	source io.ReadCloser
	held   atomic.Int64
}

// keptBy is what an attempt of the same request has kept, or nil.
func keptBy(ctx context.Context) *kept {
	k, _ := caddyhttp.GetVar(ctx, bodyVar).(*kept)
	return k
}

// replayable reports whether the body of r can be sent again: there is none, or it was kept.
func replayable(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	k := keptBy(r.Context())
	return k != nil && k.body != nil
}

// replay gives out the body that an earlier attempt of the same request has read, if one did: the one that it kept, or
// the one that it did not begin to send, with the start that it read.
func replay(out *http.Request) {
	if s := earlier(out); s != nil {
		out.Body = s.ReadCloser
		return
	}
	k := keptBy(out.Context())
	if k == nil || k.body == nil || out.Body != nil && !sameBody(k.source, out.Body) && another(out) {
		return
	}
	out.Body = io.NopCloser(bytes.NewReader(k.body))
	// It was read from a stream.
	out.ContentLength = int64(len(k.body))
}

// sameBody reports whether a is b. Bodies of other modules may be of a type that cannot be compared, which would panic.
func sameBody(a, b io.ReadCloser) bool {
	return b != nil && reflect.ValueOf(b).Comparable() && a == b
}

// another reports whether out has another body than the one that was kept, which is at its end. A later reverse_proxy may have
// one that request_body has set. A body that was closed must not be read: with request_buffers its buffer may be another client's by now.
func another(out *http.Request) bool {
	first := make([]byte, 1)
	if n, _ := io.ReadFull(out.Body, first); n == 0 {
		return false
	}
	out.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(first), out.Body), out.Body}
	return true
}

// keep reserves the body's memory until the request ends, or another attempt keeps it: each reads it anew. An active health check has no
// such end, nor has what a module asks the server without a connection; their bodies are sent and not kept.
func keep(ctx context.Context, signed outbound.Outcome, source io.ReadCloser) {
	if signed.Held == 0 {
		return
	}
	if !fromClient(ctx) || ctx.Done() == nil {
		outbound.Release(signed.Held)
		return
	}
	k := keptBy(ctx)
	if k == nil {
		k = new(kept)
		caddyhttp.SetVar(ctx, bodyVar, k)
	}
	k.body, k.source = signed.Body, source
	outbound.Release(k.held.Swap(signed.Held))
	// The context of a client's request ends with it, whatever becomes of its attempts. It may have ended by now.
	context.AfterFunc(ctx, func() { outbound.Release(k.held.Swap(0)) })
}
