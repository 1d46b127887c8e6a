package caddyplugin

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
)

// passage is a request on its way through what stands behind the handler, and the answer on its way back.
type passage struct {
	recorder
	h           *handler
	r           *http.Request
	about       subject
	signed      outbound.Signed
	vendor      int                   // the status of the vendor's answer; 0: there is none yet
	closed      bool                  // a connection that r was to go over
	last        net.Conn              // that carries no other request after r; else nil
	reached     bool                  // r got a connection that it may go over
	explanation *outbound.Explanation // of a refusal; else nil
}

// statusPlaceholder is where a reverse_proxy leaves the status that it was answered with.
const statusPlaceholder = "http.reverse_proxy.status_code"

// send passes the request on. The proxy panics when an answer breaks off, and what is known of it counts all the same.
func (p *passage) send(next caddyhttp.Handler) error {
	out := p.r
	if p.h.guards || p.signed.CloseAfter || p.signed.Counted() {
		out = out.WithContext(httptrace.WithClientTrace(out.Context(), p.trace()))
	}
	if replacer, ok := p.r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		replacer.Delete(statusPlaceholder) // that of a forward_auth in front
	}
	defer p.end()
	return next.ServeHTTP(p, out)
}

// trace looks at the connections that the request goes over, and for some requests, the first among them, at the Host
// that is sent: to be told of every header takes an allocation for each, and what is looked for is the same for most
// requests of a configuration.
func (p *passage) trace() *httptrace.ClientTrace {
	const oneIn = 64
	trace := &httptrace.ClientTrace{GotConn: p.gotConn}
	if p.h.notices.watched.Add(1)%oneIn == 1 {
		trace.WroteHeaderField = p.h.wroteHeader
	}
	return trace
}

func (p *passage) gotConn(info httptrace.GotConnInfo) {
	if p.last = nil; p.signed.CloseAfter && !multiplexed(info.Conn) {
		p.last = info.Conn
	}
	if p.h.guards {
		if reason := p.h.gate.CheckConn(info.Conn); reason != "" {
			p.closed = true
			p.h.closed(p.about.host, p.about.credential, reason)
			return
		}
	}
	p.reached = true
}

// multiplexed reports whether a connection speaks HTTP/2, where a body is never taken for another request.
func multiplexed(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// WriteHeader records the answer before the client has it: it may be a stream that does not end for hours.
func (p *passage) WriteHeader(status int) {
	if final(status) {
		p.tell(status)
	}
	p.recorder.WriteHeader(status)
}

// tell records the answer that the client gets with this status, 0 if there is none. The vendor's may be another:
// handle_response of the proxy can make one of its own.
func (p *passage) tell(status int) {
	if p.vendor != 0 {
		return
	}
	p.vendor = status
	if replacer, ok := p.r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		if code, _ := replacer.Get(statusPlaceholder); code != nil {
			p.vendor, _ = code.(int)
		}
	}
	if p.vendor != 0 {
		p.h.answered(p.r, p.about, p.vendor)
	}
}

// end records what came of the request.
func (p *passage) end() {
	if p.last != nil {
		p.last.Close()
	}
	p.tell(p.status)
	if p.vendor == 0 && !p.reached {
		p.signed.Unsent()
	}
	switch {
	case p.vendor != 0:
		p.explanation = p.h.learn(p.about.host, p.answer())
	case p.closed:
		p.h.failed(p.r, p.about, outbound.KindUpstream)
	case p.broken() != nil:
		p.h.refused(p.r, p.broken(), p.about.credential)
	default:
		p.h.failed(p.r, p.about, outcomeUnanswered)
	}
}

// broken is the problem of a body that streams, if the client broke it off; else nil.
func (p *passage) broken() *outbound.Problem {
	if upload, ok := p.r.Body.(*outbound.Upload); ok {
		return upload.Problem()
	}
	return nil
}

func (p *passage) answer() outbound.Answer {
	a := outbound.Answer{Status: p.vendor, Header: p.Header(), Body: p.body, Verified: p.h.gate.Verified(), Signed: p.signed}
	if p.status != p.vendor {
		a.Body = nil // it is not the vendor's
	}
	return a
}
