package modules

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// sourceVar is the request variable with the body of the client's request as it came.
const sourceVar = "vendorsign.source"

// source is the body of a client's request. It remembers whether it came to its end, because Caddy drops the error of a body that breaks
// off, or is larger than request_body permits, when it reads it for a placeholder ({http.request.body}, in a matcher or header_up) or for
// request_buffers: it closes the body, and puts what it has read in its place, as if that were all.
type source struct {
	io.ReadCloser
	length int64 // as announced; negative: not announced
	read   atomic.Int64
	ended  atomic.Bool
	closed atomic.Bool
}

// Read passes the body on, and counts. A closed body has an error for HTTP/1 alone: over HTTP/2 and 3 it would be at its end, as an empty
// one, if a placeholder in a reverse_proxy (header_up) has read it, which leaves the proxy the body that it has closed.
func (s *source) Read(p []byte) (int, error) {
	if s.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := s.ReadCloser.Read(p)
	if read := s.read.Add(int64(n)); err == io.EOF || read == s.length {
		s.ended.Store(true)
	}
	return n, err
}

// Close closes the body. What has not been read of it is lost.
func (s *source) Close() error {
	s.closed.Store(true)
	return s.ReadCloser.Close()
}

// cutOff reports whether the body of r is in the place of the client's, which was read, but not to its end. It is not if request_body has
// set it.
func cutOff(r *http.Request) bool {
	s, ok := caddyhttp.GetVar(r.Context(), sourceVar).(*source)
	return ok && s.closed.Load() && s.read.Load() > 0 && !s.ended.Load() && r.Body != nil && !isSet(r.Body)
}

// fromStart is a matcher that matches every request, and makes its body a source. At the front of a server's first route it sees the
// request before any placeholder or handler does. At the front of a named route it is for servers whose first route cannot have one.
type fromStart struct{}

// MatchWithError implements caddyhttp.RequestMatcherWithError.
func (fromStart) MatchWithError(r *http.Request) (bool, error) {
	if r.Body != nil && r.Body != http.NoBody && caddyhttp.GetVar(r.Context(), sourceVar) == nil {
		s := &source{ReadCloser: r.Body, length: r.ContentLength}
		caddyhttp.SetVar(r.Context(), sourceVar, s)
		r.Body = s
	}
	return true, nil
}

// watchSources puts fromStart at the front of a server's routes, whose matchers are loaded. If Caddy has compiled the routes, because the
// first signer is in an error route or named route, it still takes a change of the first set of matchers, but no new one.
func watchSources(routes caddyhttp.RouteList) {
	if len(routes) > 0 {
		watchSource(&routes[0])
	}
}

// watchSource puts fromStart at the front of a route.
func watchSource(route *caddyhttp.Route) {
	if len(route.MatcherSets) == 0 {
		route.MatcherSets = caddyhttp.MatcherSets{{fromStart{}}}
		return
	}
	route.MatcherSets[0] = append(caddyhttp.MatcherSet{fromStart{}}, route.MatcherSets[0]...)
}

// unconditional reports whether a route takes every request: it has no matchers but fromStart.
func unconditional(route *caddyhttp.Route) bool {
	sets := route.MatcherSets
	return len(sets) == 0 || len(sets) == 1 && len(sets[0]) == 1 && sets[0][0] == any(fromStart{})
}
