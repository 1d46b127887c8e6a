//go:build go1.21

package outbound

import (
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// admit decides from the request alone whether it may be signed, and settles the message's host.
func admit(c *credential, r *http.Request, m *signers.Message) *Problem {
	if !usualMethods[m.Method] {
		if p := admitMethod(r); p != nil {
			return p
		}
	}
	if m.Target == "" || m.Target[0] != '/' {
		return problem(kindBadTarget, "only requests for a path are signed")
	}
	if strings.ContainsAny(m.Target, notInTarget) {
		return problem(kindBadTarget, "the target contains a control character, a blank or a fragment")
	}
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
	if len(r.Header["Origin"]) > 0 || len(r.Header["Sec-Fetch-Site"]) > 0 {
		if p := admitBrowser(c, r.Header); p != nil {
			return p
		}
	}
	if c.ruled {
		return admitRuled(c, r, m)
	}
	return nil
}

// admitBrowser refuses what a page on another site can make a browser send.
func admitBrowser(c *credential, h http.Header) *Problem {
	site := strings.ToLower(strings.Join(h["Sec-Fetch-Site"], ","))
	if c.browser || len(h["Origin"]) == 0 && !strings.Contains(site, "cross-site") {
		return nil
	}
	return problem(kindBrowser, "the request comes from a page in a browser; set browser allow to sign such requests")
}

// admitRuled applies what only some configurations have: several hosts, rules for paths, a guard against loops.
func admitRuled(c *credential, r *http.Request, m *signers.Message) *Problem {
	if len(c.hosts) > 1 {
		host, ok := hostFor(c, r.Host)
		if !ok {
			return problem(kindWrongHost, "the request's host is none of those that this credential is bound to")
		}
		m.Host = host
	}
	path, _, _ := strings.Cut(m.Target, "?")
	if c.allow != nil {
		if ambiguous.MatchString(path) {
			return problem(kindBadTarget, "the path can be read in more than one way, which an allow-list does not permit")
		}
		if !c.allow.match(m.Method, path) {
			return problem(kindNotAllowed, "method and path match no allow entry of this credential")
		}
	}
	// Some servers take methods in any letter case.
	if c.guarded != nil && c.guarded.match(strings.ToUpper(m.Method), plainPath(path)) {
		return problem(kindCredential, "the vendor's credential endpoints need allow_credential_endpoints")
	}
	if c.insecure && looped(r.Header) {
		return problem(kindLoop, "the request has been through this gateway before")
	}
	return nil
}

// notInTarget are the bytes that end a request line early, or that a server would not take for a part of the target.
const notInTarget = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f #\x7f"
