//go:build go1.21

package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// cleanser removes a client's copies of headers. It never changes once it is made, and is shared by all credentials with the
// same lists. What it does to a request, for a signer that owns X-Acme-*:
//
//	before  Authorization, X-Acme_Key, X.Acme.Key, X-Acmeous, Content_Length, Connection: keep-alive, X-Acme-Signature, Te
//	after   X-Acmeous, Te, and X-Forwarded-For/-Host/-Proto without a value
//
// Servers disagree about which names are the same: some treat "_" and "." like "-". So names are compared by their letters
// and digits (bareName), and look-alikes of headers that stay are removed as well (standing).
type cleanser struct {
	drop      *names
	standing  map[string]string // the one spelling of each that is the header itself, by bareName
	kept      map[string]bool   // by the option keep_header, only in this spelling
	forwarded bool              // keep headers about the client
	usual     map[string]bool
	known     map[string]bool // whether the most common names are dropped, to save the comparison
}

// cleanserFor returns the cleanser for a signer's headers. The signers of one vendor share it: making one takes most of the
// time that it takes to make a gate, which a gateway with a thousand routes would notice. kept are the names of the option
// keep_header.
func cleanserFor(owns []string, forwarded bool, kept []string) *cleanser {
	key := strings.Join(owns, " ") + " " + strconv.FormatBool(forwarded) + " " + strings.Join(kept, " ")
	cleansersMu.Lock()
	defer cleansersMu.Unlock()
	c := cleansers[key]
	if c == nil {
		if len(cleansers) >= maxCleansers {
			cleansers = make(map[string]*cleanser) // those in use live on
		}
		c = newCleanser(owns, forwarded, kept)
		cleansers[key] = c
	}
	return c
}

// maxCleansers is how many are kept for other signers, more than there are vendors: whoever writes labels may change keep_header for
// ever, and each takes 130 KiB.
const maxCleansers = 128

var (
	cleansersMu sync.Mutex
	cleansers   = make(map[string]*cleanser) // by owned and kept headers
)

// newCleanser makes a cleanser. Names that most requests have are looked up once here, because the comparison by bareName is
// slow. The order of the three loops matters: a header of harmless or standing that is owned as well must be known as
// removed.
func newCleanser(owns []string, forwarded bool, kept []string) *cleanser {
	c := &cleanser{standing: make(map[string]string), kept: make(map[string]bool), forwarded: forwarded}
	list := append(append(append([]string{}, owns...), clientCredentials...), overrides...)
	if !forwarded {
		list = append(append(list, aboutClient...), identities...)
	}
	c.drop = newNames(list)
	for _, name := range standing {
		c.standing[bareName(name)] = name
	}
	for _, name := range kept {
		c.kept[http.CanonicalHeaderKey(name)] = true
	}
	c.usual = usualHeaders(c)
	c.known = make(map[string]bool, len(list)+len(harmless))
	for _, name := range list {
		c.known[name] = !c.kept[name]
	}
	for _, name := range harmless {
		c.known[name] = !c.usual[name]
	}
	for _, name := range standing {
		c.known[name] = owned(c, name)
	}
	return c
}

// owned reports whether a header of this name must not come from a client. The name is as net/http has it, in canonical form
// if it is a token.
func owned(c *cleanser, name string) bool { return ownedAs(c, name, bareName(name)) }

// longestName is how long the name of a client's header may be that goes to the vendor, in bytes. To compare one of a megabyte takes a
// second.
const longestName = 256

// ownedAs is owned for a name whose bareName is known.
func ownedAs(c *cleanser, name, bare string) bool {
	if len(name) > longestName || c.drop.exact[bare] || c.drop.prefix != nil && c.drop.prefix.MatchString(name) {
		return !c.kept[name]
	}
	itself, ok := c.standing[bare]
	return ok && itself != name
}

// cleanse removes owned headers, and resolves Connection: a header that the client nominates there is meant for this hop only
// (RFC 9110, 7.6.1). The gateway's proxy would resolve it after signing, and remove the signature with it: a client could
// strip the signature by "Connection: X-Acme-Signature".
func cleanse(c *cleanser, h http.Header) {
	if nominations, ok := h["Connection"]; ok {
		resolveConnection(h, nominations)
	}
	for name := range h {
		// known has the names of most requests. The comparison of any other costs an expression.
		drop, known := c.known[name]
		if !known {
			drop = owned(c, name)
		}
		if drop {
			delete(h, name)
		}
	}
	if !c.forwarded {
		// Without a value, the proxies behind it do not add them either (go.dev/issue/38079).
		for _, name := range addedByProxies {
			if !c.kept[name] {
				h[name] = none
			}
		}
	}
}

// addedByProxies are the headers that Caddy's and Traefik's proxies set, unless they find them without a value. They name
// internal hosts and the client's address, which the vendor need not know.
var addedByProxies = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}

// cleansed is a copy of h as cleanse leaves it, without the headers that have no value: it is for gateways that send
// it themselves, without a proxy behind them. Connection is resolved when the request is admitted, because it may
// nominate the headers that reveal a browser.
func cleansed(c *cleanser, h http.Header) http.Header {
	copied := make(http.Header, len(h)) // removed headers make room for the signature, so that the map rarely grows
	for name, values := range h {
		drop, known := c.known[name]
		if !known {
			drop = owned(c, name)
		}
		if !drop {
			copied[name] = values
		}
	}
	return copied
}

// Onward is a copy of h without the headers that Connection nominates: they do not go on to the vendor. Package apps verifies
// a signature without them, too.
// It is empty if there are more than a request may have, which is not signed.
func Onward(h http.Header, nominations []string) http.Header {
	if nominatesMany(nominations) {
		return make(http.Header)
	}
	copied := make(http.Header, len(h))
	for name, values := range h {
		copied[name] = values
	}
	resolveConnection(copied, nominations)
	return copied
}

// maxNominations is the size of Connection in bytes, all lines together. Clients name two or three headers there.
const maxNominations = 1 << 10

// nominatesMany reports whether a Connection is longer than maxNominations.
func nominatesMany(nominations []string) bool {
	return len(strings.Join(nominations, ",")) > maxNominations
}

// resolveConnection removes the nominated headers, and from Connection everything that an upgrade does not need. Proxies must do so
// before they forward a request (RFC 9110, 7.6.1); here it is done before the signature, which would otherwise cover what leaves.
func resolveConnection(h http.Header, nominations []string) {
	upgrade := false
	for _, name := range strings.Split(strings.Join(nominations, ","), ",") {
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		switch name {
		case "Upgrade":
			upgrade = true
		case "Te", "Keep-Alive", "Early-Data", "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "":
			// The proxy handles these, or the request would lose what describes its body.
		default:
			delete(h, name)
		}
	}
	if upgrade && len(h["Upgrade"]) > 0 {
		h["Connection"] = []string{"Upgrade"}
	} else {
		delete(h, "Connection")
	}
}
