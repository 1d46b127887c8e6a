//go:build go1.21

package outbound

import (
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// admit decides from the request alone whether it may be signed, and settles the message's host. The header is the client's,
// before anything was removed: r.Header may be a cleansed copy, in which nothing shows a browser any more. Each check is
// behind the one look that tells whether it has anything to do, since most requests need none of them.
//
// It runs before the body is read and before anything is taken from rates, so that a refusal costs the client its own request
// and nothing else. The order only decides which of several faults the answer names. A new check goes here if every
// configuration needs it, else into admitRuled; Quick must then refuse, too, whatever the check would (see harmless and
// quickRefuses).
func admit(g *Gate, c *credential, r *http.Request, header http.Header, m *signers.Message) *Problem {
	if !usualMethods[m.Method] {
		if p := admitMethod(r); p != nil {
			return p
		}
	}
	// Only the origin form (RFC 9112, 3.2.1): the absolute and the asterisk form have no path that allow and guards could compare, and
	// the absolute form names a host of its own.
	if m.Target == "" || m.Target[0] != '/' {
		return problem(kindBadTarget, "only requests for a path are signed")
	}
	// In HTTP/2 a target is any text (:path); written as HTTP/1, a blank or a line end in it would begin something else (RFC 9113, 10.3).
	if strings.ContainsAny(m.Target, notInTarget) {
		return problem(kindBadTarget, "the target contains a control character, a blank or a fragment")
	}
	// A look at the map with the canonical name is enough: net/http's servers canonicalise names, and other spellings are
	// removed by cleanse.
	if len(r.Header["Upgrade"]) > 0 || len(r.Header[":protocol"]) > 0 {
		if p := admitUpgrade(c, r); p != nil {
			return p
		}
	}
	if early(r) {
		if p := admitEarly(c, r); p != nil {
			return p
		}
	}
	if c.clients != nil {
		if p := admitClient(g, c, r); p != nil {
			return p
		}
	}
	if len(header["Origin"]) > 0 || len(header["Sec-Fetch-Site"]) > 0 || len(header["Referer"]) > 0 {
		if p := admitBrowser(g, c, r, header); p != nil {
			return p
		}
	}
	if p := admitContent(c, r); p != nil {
		return p
	}
	if c.ruled {
		return admitRuled(g, c, r, m)
	}
	return nil
}

// admitRuled applies the checks that only some configurations need: several hosts, rules for paths, a guard against loops.
// c.ruled tells whether there are any; who adds a check sets it as well.
func admitRuled(g *Gate, c *credential, r *http.Request, m *signers.Message) *Problem {
	// The request says which host it is for, and only a configured one is written into the message.
	if several(c) {
		host, ok := hostFor(c, r.Host)
		if !ok {
			return problem(kindWrongHost, wrongHostText)
		}
		m.Host = host
	}
	path, _, _ := strings.Cut(m.Target, "?")
	if c.allow != nil {
		if p := admitAllowed(c.allow, c.conditions, r, m, path); p != nil {
			return p
		}
		// A server that does not expect a body with the method may read it as the next request on the connection (RFC 9110, 9.3.1),
		// and that one would not have been compared with allow. With OneShot nothing else follows on the connection.
		if !g.OneShot && carriesBody(g, r) {
			return problem(kindBody, "under allow, only POST, PUT and PATCH may have a body: a vendor that ignores it takes its bytes for "+
				"another request")
		}
	}
	// Before the guards: the operator opens these endpoints with another option, which this answer names.
	if c.closed != nil {
		if p := admitMultiplexed(c.closed, m.Method, path); p != nil {
			return p
		}
	}
	if c.guarded != nil {
		if p := admitGuarded(c.guarded, m.Method, path); p != nil {
			return p
		}
	}
	// A verified vendor is not this gateway, but an insecure upstream may be.
	if c.insecure && looped(r.Header) {
		return problem(kindLoop, "the request has been through this gateway before")
	}
	return nil
}

const wrongHostText = "the request's host is not one of those that this credential is bound to"

// notInTarget are the bytes that end a request line early, or that a server would not take as part of the target.
const notInTarget = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f #\x7f"
