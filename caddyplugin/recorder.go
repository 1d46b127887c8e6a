package caddyplugin

import (
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/signers"
)

// recorder keeps the status of an answer and, of a refusal, the start of the body, which says why. It passes on
// whatever else the writer can: flushes, upgrades, files.
type recorder struct {
	caddyhttp.ResponseWriterWrapper
	status int
	body   []byte
}

func newRecorder(w http.ResponseWriter) *recorder {
	return &recorder{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}}
}

// final reports whether status is the answer's: those below 200 come before it, but for the switch to another protocol.
func final(status int) bool { return status >= 200 || status == http.StatusSwitchingProtocols }

// WriteHeader passes the status on.
func (r *recorder) WriteHeader(status int) {
	if final(status) {
		r.status = status
	}
	r.ResponseWriterWrapper.WriteHeader(status)
}

func (r *recorder) Write(data []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.status >= 400 {
		r.body = append(r.body, data[:min(len(data), signers.AnswerHead-len(r.body))]...)
	}
	return r.ResponseWriterWrapper.Write(data)
}

// ReadFrom leaves answers to the writer, which can copy them faster, and takes refusals through Write.
func (r *recorder) ReadFrom(source io.Reader) (int64, error) {
	if r.status >= 400 {
		return io.Copy(struct{ io.Writer }{r}, source)
	}
	return r.ResponseWriterWrapper.ReadFrom(source)
}
