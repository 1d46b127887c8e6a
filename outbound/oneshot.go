//go:build go1.21

package outbound

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Servers may ignore the body of a request whose method needs none, and read its bytes as the next request on the
// connection (RFC 9110, 9.3.1). The body's author would then control the answer to another client. So such a connection
// is not used again.

// carriesBody reports whether r has a body although its method needs none. A body of unknown length may be empty: that is
// only checked if it matters, since a transport cannot resend a body that was read from. With g.OneShot such a body counts as
// one.
func carriesBody(g *Gate, r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return false
	}
	switch r.Method {
	case "POST", "PUT", "PATCH":
		return false
	}
	return r.ContentLength > 0 || g.OneShot || !endsAtOnce(r)
}

// endsAtOnce reads the first byte of a body of unknown length, and puts it back. It waits for the client to send it or to end
// the body. An empty body is removed, with the chunks that it would have had.
func endsAtOnce(r *http.Request) bool {
	first := make([]byte, 1)
	if n, err := io.ReadFull(r.Body, first); n > 0 || err != io.EOF {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(first[:n]), r.Body))
		return false
	}
	r.Body.Close()
	r.Body = http.NoBody
	r.ContentLength = 0
	r.TransferEncoding = nil
	return true
}

// MayComeAgain reports whether a body may come again, and so its request: its Close does nothing. Any other is closed once it
// has been read, and cannot be read again.
func MayComeAgain(body io.ReadCloser) bool {
	return strings.HasPrefix(fmt.Sprintf("%T", body), "io.nopCloser")
}

// needsBody reports whether Quick must not sign r without a look at its body, which else becomes an Upload: if the signature
// covers the body, the method needs no body, there is more than one content type, or the gateway has to see which attempt it is.
// r.Body is not http.NoBody.
func needsBody(s *Snapshot, r *http.Request) bool {
	if r.ContentLength < 0 || MayComeAgain(r.Body) {
		return true
	}
	bodied := r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH"
	if s.covers || !bodied {
		// Traefik's access log wraps even an empty body.
		return r.ContentLength != 0 || r.Body == nil || !endsAtOnce(r)
	}
	if len(r.Header["Content-Type"]) > 1 {
		return true
	}
	if r.ContentLength != 0 {
		r.Body = NewUpload(r.Body)
	}
	return false
}

// closeAfter marks the connection of r, which is signed, to be closed, and asks the server to do so if the gateway does not:
// proxies only remove Connection in its canonical spelling, and HTTP/2, which does not need it, removes any spelling. So the
// header is "connection", which Traefik's proxy sends on.
func closeAfter(g *Gate, r *http.Request, signed *Outcome) {
	if !carriesBody(g, r) {
		return
	}
	signed.CloseAfter = true
	if !g.OneShot {
		r.Header["connection"] = []string{"close"}
	}
}
