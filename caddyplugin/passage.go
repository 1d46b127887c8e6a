package caddyplugin

import (
	"net/http"
	"net/http/httptrace"

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
	told        bool                  // that there is an answer
	closed      bool                  // a connection that r was to go over
	explanation *outbound.Explanation // of a refusal; else nil
}

// send passes the request on. The proxy panics when an answer breaks off, and what is known of it counts all the same.
func (p *passage) send(next caddyhttp.Handler) error {
	out := p.r
	if p.h.guards {
		out = out.WithContext(httptrace.WithClientTrace(out.Context(), p.trace()))
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
	if reason := p.h.gate.CheckConn(info.Conn); reason != "" {
		p.closed = true
		p.h.closed(p.about.host, p.about.credential, reason)
	}
}

// WriteHeader records the answer before the client has it: it may be a stream that does not end for hours.
func (p *passage) WriteHeader(status int) {
	if final(status) {
		p.tell(status)
	}
	p.recorder.WriteHeader(status)
}

func (p *passage) tell(status int) {
	if !p.told {
		p.told = true
		p.h.answered(p.r, p.about, status)
	}
}

// end records what came of the request.
func (p *passage) end() {
	switch {
	case p.status != 0:
		p.tell(p.status)
		p.explanation = p.h.learn(p.about.host, p.answer())
	case p.closed:
		p.h.failed(p.r, p.about, outbound.KindUpstream)
	default:
		p.h.failed(p.r, p.about, outcomeUnanswered)
	}
}

func (p *passage) answer() outbound.Answer {
	return outbound.Answer{Status: p.status, Header: p.Header(), Body: p.body, Verified: p.h.gate.Verified(), Signed: p.signed}
}
