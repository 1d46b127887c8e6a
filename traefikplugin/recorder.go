//go:build go1.21

package traefikplugin

import (
	"net/http"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// recorder keeps the status and, of a refusal, the start of the body. Interpreted it hides the writer's other
// interfaces (Flusher, Hijacker), so it is only used if the operator asked for it.
type recorder struct {
	w      http.ResponseWriter
	status int
	body   []byte
	holds  bool // hold back a refusal: its request may be sent again
	held   bool // one is
	hides  []string
}

func (r *recorder) Header() http.Header { return r.w.Header() }

// WriteHeader passes the status on, unless it may be the vendor's refusal of the credential and a second attempt is possible. 429 and
// server errors pass: another credential does not help there.
func (r *recorder) WriteHeader(status int) {
	if status >= 200 { // 1xx come before the answer
		r.status = status
	}
	if r.holds && (status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden) {
		r.held = true
		return
	}
	outbound.Hide(r.hides, r.w.Header())
	r.w.WriteHeader(status)
}

// Write passes data on, or keeps it while the refusal is held back. Refusals are short: what does not fit in signers.AnswerHead is
// something else, and is released.
func (r *recorder) Write(data []byte) (int, error) {
	free := signers.AnswerHead - len(r.body)
	if r.held && len(data) > free { // longer than a refusal of the credential
		release(r)
	}
	if r.status >= 400 && free > 0 {
		if len(data) < free {
			free = len(data)
		}
		r.body = append(r.body, data[:free]...)
	}
	if r.held {
		return len(data), nil
	}
	outbound.Hide(r.hides, r.w.Header()) // it may be the first write, without a status
	return r.w.Write(data)
}

// release sends what was held back.
func release(r *recorder) {
	if r.held {
		r.held = false
		outbound.Hide(r.hides, r.w.Header())
		r.w.WriteHeader(r.status)
		r.w.Write(r.body)
	}
}

// nobody discards an answer that no client waits for.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header { return n.header }

func (n *nobody) WriteHeader(status int) {}

func (n *nobody) Write(data []byte) (int, error) { return len(data), nil }
