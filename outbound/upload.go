//go:build go1.21

package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// Upload is a body that streams through a proxy which is not ours. If the client aborts it, that is not a failure of the
// upstream, but proxies count any error of their transport as one, except that of a client that left: so Upload returns
// that error.
type Upload struct {
	body  io.ReadCloser
	begun atomic.Bool
}

// NewUpload is body as an Upload.
func NewUpload(body io.ReadCloser) *Upload { return &Upload{body: body} }

// Source is what the Upload was made of.
func (u *Upload) Source() io.ReadCloser { return u.body }

// Begun reports whether any of it was read.
func (u *Upload) Begun() bool { return u.begun.Load() }

// Read reads from the client.
func (u *Upload) Read(p []byte) (int, error) {
	u.begun.Store(true)
	n, err := u.body.Read(p)
	// ErrBodyReadAfterClose says that the body was closed on this side, and not that the client left.
	if err == nil || err == io.EOF || errors.Is(err, http.ErrBodyReadAfterClose) {
		return n, err
	}
	return n, fmt.Errorf("the client's body cannot be read to its end: %w", context.Canceled)
}

// Close closes the client's body.
func (u *Upload) Close() error { return u.body.Close() }
