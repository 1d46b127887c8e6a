//go:build go1.21

package traefikplugin

import (
	"net/http"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// recorder keeps the status and, of a refusal, the start of the body. Interpreted it hides the writer's other
// interfaces (Flusher, Hijacker), so it is only used if the operator asked for it, the vendor has not judged the
// credential yet, or something must be hidden. It serves one answer, in the goroutine of the proxy.
//
//	status 200  goes on at once, with its body
//	status 401  with holds: nothing goes on until release, or until the body is longer than signers.AnswerHead
//	status 503  goes on at once; the start of the body is kept for the explanation
type recorder struct {
	// w gets the answer. Its header is the recorder's, too: the proxy writes into it in any case.
	w http.ResponseWriter
	// status is 200 until something else is said, as in net/http; body is the start of a refusal's.
	status int
	body   []byte
	// holds: a refusal is held back, since its request may be sent again. held: one is.
	holds bool
	held  bool
	// hides are the headers that are removed before the header is sent.
	hides []string
}

// Header is the client's own: what the vendor sets there can be seen before it is sent.
func (r *recorder) Header() http.Header { return r.w.Header() }

// WriteHeader passes the status on, unless it may be the vendor's refusal of the credential and a second attempt
// is possible. 429 and server errors pass: another credential does not help there.
func (r *recorder) WriteHeader(status int) {
	// 1xx come before the answer (RFC 9110 section 15.2).
	if status >= 200 {
		r.status = status
	}
	if r.holds && (status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden) {
		r.held = true
		return
	}
	outbound.Hide(r.hides, r.w.Header())
	r.w.WriteHeader(status)
}

// Write passes data on, or keeps it while the refusal is held back. Refusals are short: what does not fit in
// signers.AnswerHead is something else, and is released. It never fails while it holds data back.
func (r *recorder) Write(data []byte) (int, error) {
	free := signers.AnswerHead - len(r.body)
	// Longer than a refusal of the credential.
	if r.held && len(data) > free {
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
	// It may be the first write, without a status.
	outbound.Hide(r.hides, r.w.Header())
	return r.w.Write(data)
}

// release sends what was held back. Writes that follow go to the client.
func release(r *recorder) {
	if r.held {
		r.held = false
		outbound.Hide(r.hides, r.w.Header())
		r.w.WriteHeader(r.status)
		r.w.Write(r.body)
	}
}

// nobody discards an answer that no client waits for: that of a probe. The recorder around it keeps what is
// needed.
type nobody struct{ header http.Header }

// Header is where the proxy puts the answer's header.
func (n *nobody) Header() http.Header { return n.header }

// WriteHeader does nothing: the recorder has the status.
func (n *nobody) WriteHeader(status int) {}

// Write takes everything, so that the proxy reads the answer to its end and the connection can be used again.
func (n *nobody) Write(data []byte) (int, error) { return len(data), nil }
