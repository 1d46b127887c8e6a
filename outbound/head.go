//go:build go1.21

package outbound

import (
	"bufio"
	"net/http"
	"sync"
)

// maxHead is the size of a request's head, counted as HTTP/2 does (RFC 9113 section 6.5.2), that common servers take. Over
// HTTP/2 a larger one fails in the gateway's own client once the server has said its limit, and looks like the server's
// failure. Only a gateway's transport can tell the two apart, so where it is not ours, larger heads are refused.
const maxHead = 16 << 10

// headRoom is kept of maxHead for what is not there yet: the signature, and what the gateway's proxy adds.
const headRoom = 512

// perField is what each field counts beside its name and value. There are four pseudo-headers.
const perField = 32

// shortHead is how much of headers may be written, in the form of HTTP/1, by a head that is short enough for certain: of
// the least fields, which take five bytes there and 33 as HTTP/2 counts, not enough fit to pass maxHead.
const (
	shortHead   = 2 << 10
	shortTarget = 1 << 10
)

// short reports whether h is short enough for certain, by one call of the library: a writer that takes so much and no more.
func short(h http.Header) bool {
	w := shortWriters.Get().(*bufio.Writer)
	w.Reset(refusesAll)
	err := h.Write(w)
	shortWriters.Put(w)
	return err == nil
}

// shortWriters are kept, for each has its memory. Interpreted, a new one costs less.
var shortWriters = sync.Pool{New: func() interface{} { return bufio.NewWriterSize(refusesAll, shortHead) }}

// LargeHead is the problem of a signed request whose head is too large to be sent by a handler, before a transport that the
// operator chose; nil if it is not.
func LargeHead(r *http.Request, target string) *Problem { return admitHead(r, target, r.Host) }

// admitHead refuses a head that is too large.
func admitHead(r *http.Request, target, host string) *Problem {
	if len(target)+len(r.Method)+len(host) <= shortTarget && short(r.Header) {
		return nil
	}
	size := len(":method:path:scheme:authority") + len("https") + 4*perField + len(r.Method) + len(target) + len(host) + headRoom
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + perField
		}
	}
	if size > maxHead {
		return problem(kindHeadLarge, "target and headers are larger than 16 KiB, counted as HTTP/2 does, with what is added to them")
	}
	return nil
}
