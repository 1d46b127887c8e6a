//go:build go1.21

package traefikplugin

import (
	"net/http"

	"github.com/vendorsign/vendorsign/signers"
)

// recorder keeps the status and, of a refusal, the start of the body. Interpreted it hides the writer's other
// interfaces (Flusher, Hijacker), so it is used only where the operator asked for it.
type recorder struct {
	w      http.ResponseWriter
	status int
	body   []byte
}

func (r *recorder) Header() http.Header { return r.w.Header() }

func (r *recorder) WriteHeader(status int) {
	if status >= 200 { // 1xx come before the answer
		r.status = status
	}
	r.w.WriteHeader(status)
}

func (r *recorder) Write(data []byte) (int, error) {
	if free := signers.AnswerHead - len(r.body); r.status >= 400 && free > 0 {
		if len(data) < free {
			free = len(data)
		}
		r.body = append(r.body, data[:free]...)
	}
	return r.w.Write(data)
}
