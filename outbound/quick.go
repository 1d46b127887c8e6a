//go:build go1.21

package outbound

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// respelt is an expression for the targets that may not keep their spelling: others are the same again if somebody reads each
// of their characters alone and writes it, as Traefik's proxy does. A question mark at the end may be lost.
const respelt = `^(?:[^/]|$)|[^a-zA-Z0-9/\-._~!$%&'()*+,:=@?]|^[^?]*\?$`

// unguarded finds the targets that Quick leaves to Sign for a vendor without guards.
var unguarded = regexp.MustCompile(respelt)

// Quick is Sign's short way for interpreted callers, who ask it first: it signs the requests that nothing is special
// about, which are nearly all, and returns what is left to do for them; it is the same for all requests of a second. Of
// any other request it returns nil, and Sign must be called. The target is r.RequestURI, and so is the one to send.
//
// Interpreted, each value that a function's text names, every dot and every comparison too, takes memory at each call,
// whether it is reached or not, and a call of another function ten times as much. So this is one function of few words,
// with an if where others would write || or &&. It takes half of what Sign does (docs/performance.md).
func Quick(g *Gate, r *http.Request) *Outcome {
	s := g.snapshot.Load().(*Snapshot)
	if g.Now().Unix() != s.quickly {
		if s = quickSnapshot(g); s == nil {
			return nil
		}
	}
	target := r.RequestURI
	if s.suspect.MatchString(target) {
		return nil
	}
	method := r.Method
	if !usualMethods[method] {
		return nil
	}
	r.Trailer = noTrailer
	if r.TLS != nil {
		if !r.TLS.HandshakeComplete {
			return nil
		}
	}
	h := r.Header
	if s.removes {
		// As in cleanse. The three others are those that Traefik always adds.
		h["X-Forwarded-For"] = none
		h["X-Forwarded-Host"] = none
		h["X-Forwarded-Proto"] = none
		delete(h, "X-Forwarded-Port")
		delete(h, "X-Forwarded-Server")
		delete(h, "X-Real-Ip")
	}
	if h[":protocol"] != nil { // the next call passes over names that are no tokens, and this is the only one
		return nil
	}
	// One call looks at all names: it writes the headers that are not usual, if there are any, and so fails.
	if h.WriteSubset(refusesAll, s.usual) != nil {
		return nil
	}
	if len(target) > shortTarget {
		return nil
	}
	// As in admitHead: another call, with a writer that fails if the headers are long.
	if h.Write(bufio.NewWriterSize(refusesAll, shortHead)) != nil {
		return nil
	}
	if s.named {
		if !s.credential.clients.MatchString(r.Host) {
			return nil
		}
	}
	if r.Body != http.NoBody {
		if !streams(s.covers, r) {
			return nil
		}
	} else if len(h["Content-Type"]) > 1 {
		return nil
	}
	at := s.shared
	if at == nil {
		if at = freshMoment(s); at == nil {
			return nil
		}
	}
	host := s.host
	m := &signers.Message{Method: method, Host: host, Target: target, Header: h}
	if s.sign(m, at) != nil {
		return nil
	}
	r.Host = host
	r.RequestURI = m.Target
	if s.insecure {
		h[loopHeader] = []string{instance} // there is none yet, since it is not a usual header
	}
	return s.outcome
}

var errRandom = errors.New("the system's random source failed")

// quickSnapshot is the snapshot of this second, or nil if it leaves every request to Sign.
func quickSnapshot(g *Gate) *Snapshot {
	s := begin(g, g.Now())
	if s.quickly == never {
		return nil
	}
	return s
}

// hasBody reports whether r has a body, and takes away a reader of none: Traefik's access log wraps even that.
func hasBody(r *http.Request) bool {
	if r.ContentLength != 0 || r.Body == nil {
		return true
	}
	first := make([]byte, 1)
	if n, err := io.ReadFull(r.Body, first); n > 0 || err != io.EOF {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(first[:n]), r.Body)) // Sign will refuse it
		return true
	}
	r.Body.Close()
	r.Body = http.NoBody
	return false
}

// none is the value of headers that stay away. A variable costs the interpreter less than nil.
var none []string

var noTrailer http.Header

// MayQuick reports whether Quick signs for the configuration, mostly.
func (g *Gate) MayQuick() bool {
	c := current(g)
	return c.absent != "" || mayQuick(c)
}

// mayQuick reports whether nothing that a credential asks for takes a closer look at every request.
func mayQuick(c *credential) bool {
	return c.allow == nil && c.closed == nil && len(c.hosts) == 1 && len(c.cleanser.kept) == 0
}

// refusesAll fails to write anything.
var refusesAll = newRefusesAll()

func newRefusesAll() io.Writer {
	_, w := io.Pipe()
	w.Close()
	return w
}

// harmless are headers that requests have usually, and that mean nothing to a gateway. Others are not forbidden, but
// looked at one by one. Who adds to them must see that admit and cleanse take no notice of the header.
var harmless = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Encoding",
	"Content-Language", "Content-Length", "Content-Type", "Date", "Dnt", "If-Match", "If-Modified-Since", "If-None-Match",
	"If-Range", "If-Unmodified-Since", "Pragma", "Priority", "Range", "Te", "User-Agent",
	"X-Request-Id", "X-Correlation-Id", "X-Requested-With", "X-Amzn-Trace-Id", "X-Cloud-Trace-Context",
	"Traceparent", "Tracestate", "Baggage", "B3", "X-B3-Traceid", "X-B3-Spanid", "X-B3-Parentspanid", "X-B3-Sampled",
	"Uber-Trace-Id", "X-Datadog-Trace-Id", "X-Datadog-Parent-Id", "X-Datadog-Sampling-Priority",
}

// usualHeaders are those of harmless that c does not remove.
func usualHeaders(c *cleanser) map[string]bool {
	usual := make(map[string]bool)
	for _, name := range harmless {
		if !owned(c, name) {
			usual[name] = true
		}
	}
	if c.forwarded {
		for _, name := range strings.Split("X-Forwarded-For X-Forwarded-Host X-Forwarded-Port X-Forwarded-Proto X-Forwarded-Server X-Real-Ip",
			" ") {
			usual[name] = true
		}
	}
	return usual
}
