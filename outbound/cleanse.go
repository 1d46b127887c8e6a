//go:build go1.21

package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// clientCredentials never reach a vendor: the gateway's credential takes their place.
var clientCredentials = []string{"Authorization", "Proxy-Authorization", "X-Auth-Token", "X-Api-Key", "X-Amz-Security-Token"}

// overrides make some servers serve another method or path than the request line's, past any allow-list.
var overrides = []string{
	"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Url", "X-Rewrite-Url",
}

// aboutClient are the headers that tell a vendor who the client is and which way its request took. The last lines
// are what authenticating proxies in front set.
var aboutClient = []string{
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Server",
	"X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Scheme", "X-Forwarded-Ssl",
	"X-Forwarded-By", "X-Original-Uri", "X-Original-Host", "X-Client-Ip", "X-Cluster-Client-Ip",
	"X-Real-Ip", "True-Client-Ip", "Via", "Forwarded", "Cookie", "Cookie2", "Referer",
	"X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username",
	"X-Forwarded-Access-Token", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info",
	"X-Forwarded-Client-Cert", "X-Client-Cert", "X-Ssl-Client-Cert", "Client-Cert", "Client-Cert-Chain",
	"Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name", "X-Remote-User",
	"X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Auth-Request-Preferred-Username",
	"X-Auth-Request-Access-Token",
}

// cleanser removes a client's copies of headers. Names compare in Go's canonical spelling, which unites letter case;
// the spellings with an underscore for a dash, which some servers take for the same name, are listed beside it.
type cleanser struct {
	drop      map[string]bool
	starts    map[string]bool // of names, of the same length
	start     int             // that length
	forwarded bool            // keep headers about the client
	usual     map[string]bool
}

// cleanserFor returns the cleanser for a signer's headers. The signers of one vendor share it: to spell all the names
// takes most of a gate's making, which a gateway with a thousand routes would notice.
func cleanserFor(owns []string, forwarded bool) *cleanser {
	key := strings.Join(owns, " ") + " " + strconv.FormatBool(forwarded)
	cleansersMu.Lock()
	defer cleansersMu.Unlock()
	c := cleansers[key]
	if c == nil {
		c = newCleanser(owns, forwarded)
		cleansers[key] = c
	}
	return c
}

var (
	cleansersMu sync.Mutex
	cleansers   = make(map[string]*cleanser) // by owned headers, of which there are as many as vendors
)

func newCleanser(owns []string, forwarded bool) *cleanser {
	c := &cleanser{drop: make(map[string]bool), starts: make(map[string]bool), start: longestName, forwarded: forwarded}
	for _, name := range owns {
		if strings.HasSuffix(name, "*") {
			for _, s := range spellings(strings.TrimSuffix(name, "*")) {
				c.starts[s] = true
				c.start = len(s)
			}
		} else {
			c.add(name)
		}
	}
	for _, name := range append(clientCredentials, overrides...) {
		c.add(name)
	}
	if !forwarded {
		for _, name := range aboutClient {
			c.add(name)
		}
	}
	c.usual = usualHeaders(c)
	return c
}

func (c *cleanser) add(name string) {
	for _, s := range spellings(name) {
		c.drop[s] = true
	}
}

// spellings returns the canonical forms of name with every choice of dash and underscore.
func spellings(name string) []string {
	words := strings.Split(name, "-")
	all := []string{words[0]}
	for _, word := range words[1:] {
		var next []string
		for _, start := range all {
			next = append(next, start+"-"+word, start+"_"+word)
		}
		all = next
	}
	for i, s := range all {
		all[i] = http.CanonicalHeaderKey(s)
	}
	return all
}

// longestName is longer than any header's name.
const longestName = 1 << 30

// owned reports whether a header of this name must not come from a client.
func owned(c *cleanser, name string) bool {
	return c.drop[name] || len(name) >= c.start && c.starts[name[:c.start]]
}

// cleanse removes owned headers, and resolves Connection: a header that the client nominates there is meant for
// this hop only. Left to the gateway's proxy, that would happen after signing and take the signature away.
func cleanse(c *cleanser, h http.Header) {
	if nominations, ok := h["Connection"]; ok {
		resolveConnection(h, nominations)
	}
	for name := range h {
		if c.drop[name] {
			delete(h, name)
		} else if len(name) >= c.start && c.starts[name[:c.start]] { // as owned; interpreted, a call for each costs more than all else here
			delete(h, name)
		}
	}
	if !c.forwarded {
		// Without a value, the proxies behind do not add them either (go.dev/issue/38079).
		h["X-Forwarded-For"] = none
		h["X-Forwarded-Host"] = none
		h["X-Forwarded-Proto"] = none
	}
}

// cleansed is a copy of h as cleanse leaves it, but for the headers without a value: it is for those that send it
// themselves, without a proxy behind. Connection is resolved when the request is admitted: it may nominate what tells
// a browser.
func cleansed(c *cleanser, h http.Header) http.Header {
	copied := make(http.Header, len(h)) // what goes makes room for the signature, so that the map seldom grows
	for name, values := range h {
		if !owned(c, name) {
			copied[name] = values
		}
	}
	return copied
}

// resolveConnection removes the nominated headers and leaves of Connection what an upgrade needs.
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
