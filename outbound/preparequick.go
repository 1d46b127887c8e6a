//go:build go1.21

package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// prepareQuick adds what Quick needs to know about the credential. Each copied field saves it a selector. It is not a
// method: interpreted, the first two concurrent calls of a method race for its type.
func prepareQuick(s *Snapshot) {
	c := s.credential
	s.short = mayQuick(c)
	s.sampled = !c.insecure || c.clockTrusted
	s.filed = s.gate.source != nil
	s.host, s.insecure, s.covers, s.sign = c.hosts[0], c.insecure, c.covers, c.short
	s.usual, s.removes = c.cleanser.usual, !c.cleanser.forwarded
	s.hinted = c.traits.Hint != nil
	if s.hinted {
		s.usual = withNames(s.usual, c.traits.Sets)
	}
	s.checks = c.clients != nil || c.policy.RequireApp || c.allow != nil
	s.owns = nil
	for _, name := range c.traits.Owns {
		if !strings.HasSuffix(name, "*") && !(s.hinted && wire.Contains(c.traits.Sets, name)) { // a hint is in those
			s.owns = append(s.owns, name)
		}
	}
	s.ordinary = unguardedOrdinary
	s.suspect = unguarded
	if c.guarded != nil {
		s.ordinary = c.guarded.ordinary
		s.suspect = c.guarded.suspect
	}
}

// withNames is a set with more names.
func withNames(set map[string]bool, names []string) map[string]bool {
	more := make(map[string]bool, len(set)+len(names))
	for name := range set {
		more[name] = true
	}
	for _, name := range names {
		more[name] = true
	}
	return more
}

// MayQuick reports whether Quick can sign most requests of the configuration; otherwise a gateway calls Sign at once. While a
// file is absent it is not known, and counts as true.
func MayQuick(g *Gate) bool {
	c := current(g)
	return c.absent != "" || mayQuick(c)
}

// mayQuick reports whether no option of a credential requires checks that Quick does not make. Who adds an option that needs
// a check adds it here, or to quickRefuses.
func mayQuick(c *credential) bool {
	return c.closed == nil && (c.traits.Hint == nil || len(c.traits.Sets) > 0) && !several(c) &&
		len(c.cleanser.kept) == 0
}

// harmless are headers that requests usually have and that mean nothing to a gateway. Others are not forbidden, but
// checked one by one. Before adding one, make sure that admit and cleanse ignore it.
var harmless = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Encoding",
	"Content-Language", "Content-Length", "Content-Type", "Date", "Dnt", "If-Match", "If-Modified-Since", "If-None-Match",
	"If-Range", "If-Unmodified-Since", "Pragma", "Priority", "Range", "Te", "User-Agent",
	"Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "X-Amz-Content-Sha256",
	"X-Request-Id", "X-Correlation-Id", "X-Requested-With", "X-Amzn-Trace-Id", "X-Cloud-Trace-Context",
	"Traceparent", "Tracestate", "Baggage", "B3", "X-B3-Traceid", "X-B3-Spanid", "X-B3-Parentspanid", "X-B3-Sampled",
	"Uber-Trace-Id", "X-Datadog-Trace-Id", "X-Datadog-Parent-Id", "X-Datadog-Sampling-Priority",
}

// harmlessBare is harmless by bareName, which takes one call for all of them.
var harmlessBare = bareNames(harmless)

// usualHeaders are those of harmless that c does not remove: a request that has no others needs no cleansing except what
// Quick does itself.
func usualHeaders(c *cleanser) map[string]bool {
	usual := make(map[string]bool)
	for i, name := range harmless {
		if !ownedAs(c, name, harmlessBare[i]) {
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
