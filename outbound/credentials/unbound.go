//go:build go1.21

package credentials

import (
	"strconv"
	"strings"
	"sync"
)

// The middlewares that were loaded while the operator bound nothing, for the process.
var (
	unboundMu sync.Mutex
	unbound   int
)

// Unbound is a warning, given once, that whoever writes a label chooses where secrets go, and says what to add. Later it only
// reports how many middlewares that applies to: at 10, 100 and so on. It is usually empty. o may be nil. The count is of the
// process, and Traefik loads all middlewares at each change.
func (o *Operator) Unbound(hosts []string, insecure bool) string {
	if o == nil || o.HostsSet || o.Bindings != "" {
		return ""
	}
	unboundMu.Lock()
	unbound++
	count := unbound
	unboundMu.Unlock()
	if count == 1 {
		line := VarAllowedHosts + "=" + literalHosts(hosts)
		if insecure && !o.PlainSet {
			line += " " + VarInsecure + "=" + literalHosts(hosts)
		}
		return "anyone who writes a label can have the gateway's secrets sent to any host; bind them, with the hosts of every middleware, " +
			"in the environment of the gateway's process: " + line
	}
	// 10, 100, 1000: with a thousand middlewares, as many warnings would hide others.
	if text := strconv.Itoa(count); strings.Trim(text[1:], "0") == "" && text[0] == '1' {
		return text + " middlewares were loaded without hosts that the operator permits"
	}
	return ""
}

// literalHosts are the hosts as they are configured, for a line that an operator copies. One that is given by reference might be a secret.
func literalHosts(hosts []string) string {
	var shown []string
	for _, host := range hosts {
		// The operator puts the name in its place.
		if HasReference(host) {
			host = "HOST"
		}
		shown = append(shown, host)
	}
	if len(shown) == 0 {
		return "HOST,..."
	}
	return strings.Join(shown, ",")
}
