package vendorsim

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

// maxBody is more than any of the vendors takes and little enough to hold in memory.
const maxBody = 64 << 20

// ServeHTTP judges the request and writes the answer. A body that ends before its announced length is answered
// with 400 and one over 64 MiB with 413; neither is judged, so half a body never passes for a whole one.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The vendor is reached by https only, and its clients sign that, even if the simulator of it speaks plain http.
	in := &Request{Method: r.Method, Scheme: "https", Host: r.Host, Target: r.RequestURI, Header: r.Header}
	var a *Answer
	body, err := readBody(w, r)
	if err == nil {
		in.Body = body
		a = s.Check(in)
	} else {
		a = bodyError(err)
		s.finish(in, a, s.now())
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	// Also for HEAD, whose answer has the length of the body that GET would get (RFC 9110 section 8.6).
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.Body) // the client is gone if this fails, and there is nobody to tell
	}
}

// readBody reads the whole body, unless it is larger than maxBody or ends early.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil && r.ContentLength >= 0 && int64(len(body)) != r.ContentLength {
		// HTTP/1 reports this itself; a handler that is called directly, or another protocol, may not.
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// bodyError answers a body that was not read to its end.
func bodyError(err error) *Answer {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return newAnswer(http.StatusRequestEntityTooLarge, "the body is larger than 64 MiB", map[string]any{"error": "request entity too large"})
	}
	return newAnswer(http.StatusBadRequest, "the body ended before its announced length", map[string]any{"error": "incomplete body"})
}
