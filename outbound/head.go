//go:build go1.21

package outbound

import (
	"bufio"
	"net/http"
	"sync"
)

// maxHead is the size of a request's head, counted as HTTP/2 does (RFC 9113 section 6.5.2), that common servers accept.
// Over HTTP/2 a larger one fails in the gateway's own client once the server has announced its limit, and looks like a
// failure of the server. Only a gateway's transport can distinguish the two, so larger heads are refused unless the
// transport is ours.
const maxHead = 16 << 10

// headRoom is the part of maxHead reserved for what is added later: the signature, and the headers of the gateway's
// proxy.
const headRoom = 512

// perField is what each field counts in addition to its name and value. There are four pseudo-headers.
const perField = 32

// shortHead is the size of headers, written as in HTTP/1, up to which a head is certainly short enough. The smallest fields
// ("A: " and the line end) take five bytes there and count 33 in HTTP/2, so that 256 of them fit into shortHead and count
// 8448: with a target of shortTarget that is still below maxHead.
const (
	shortHead   = 5 << 8
	shortTarget = 1 << 10
)

// short reports whether h is certainly short enough, with one call of the library: a writer that accepts so much and no
// more.
func short(h http.Header) bool {
	w := shortWriters.Get().(*bufio.Writer)
	w.Reset(refusesAll)
	err := h.Write(w)
	shortWriters.Put(w)
	return err == nil
}

// shortWriters are reused, since each has a buffer. Interpreted, a new one costs less.
var shortWriters = sync.Pool{New: func() interface{} { return bufio.NewWriterSize(refusesAll, shortHead) }}

// LargeHead is the problem of a signed request whose head is too large for a handler to pass to a transport that the
// operator chose; nil if it is not too large.
func LargeHead(r *http.Request, target string) *Problem { return admitHead(r, target, r.Host) }

// maxNames is how many different headers a request may have. Each is compared with the lists of those that are removed, and common
// servers accept a hundred.
const maxNames = 1000

// AdmitSize refuses what would take long to look at or to verify, before anything else is: a target that admitHead refuses in any
// case, unless the transport is ours, more headers than any client sends, and a Connection that nominates very many.
func AdmitSize(header http.Header, target string, ours bool) *Problem {
	if len(target) > maxHead && !ours {
		return problem(kindHeadLarge, tooLargeHead)
	}
	if len(header) > maxNames {
		return problem(kindHeadLarge, "the request has more than a thousand different headers")
	}
	if nominations := header["Connection"]; len(nominations) > 0 && nominatesMany(nominations) {
		return problem(kindHeadLarge, "Connection is longer than 1 KiB")
	}
	return nil
}

const tooLargeHead = "target and headers are larger than 16 KiB, counted as HTTP/2 does, with what is added to them"

// admitHead refuses a head that is too large.
func admitHead(r *http.Request, target, host string) *Problem {
	// Nearly all heads are short, and interpreted each header counted below costs more than this one call.
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
		return problem(kindHeadLarge, tooLargeHead)
	}
	return nil
}
