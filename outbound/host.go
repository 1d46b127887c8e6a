//go:build go1.21

package outbound

import (
	"errors"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// checkHosts normalises the names that a credential is bound to.
func checkHosts(hosts []string) ([]string, error) {
	if len(hosts) == 0 {
		return nil, errors.New("host is required: the only destination of this credential")
	}
	names := make([]string, 0, len(hosts))
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSpace(h))
		if h == "" {
			return nil, errors.New("host is empty")
		}
		if strings.Contains(h, "://") || strings.ContainsAny(h, "/?#@*\\ ") {
			return nil, errors.New("host must be a name or address with an optional port, without scheme and path")
		}
		if !ascii.MatchString(h) {
			return nil, errors.New("host contains a control character, a blank or a letter outside ASCII (write the punycode name)")
		}
		if name, port := credentials.SplitPort(h); name == "" || strings.Trim(port, "0123456789") != "" {
			return nil, errors.New("host must be a name or address with an optional numeric port")
		}
		names = append(names, h)
	}
	return names, nil
}

// HostFor returns the Host that a request for host goes out with: the only configured one, or of several the one that
// the request already names. Ports count only where they are configured.
func (g *Gate) HostFor(host string) (bound string, ok bool) { return hostFor(current(g), host) }

// BoundHost is the method HostFor, for callers that are interpreted: see Sign.
func BoundHost(g *Gate, host string) (bound string, ok bool) { return hostFor(current(g), host) }

func hostFor(c *credential, host string) (bound string, ok bool) {
	if len(c.hosts) == 1 {
		return c.hosts[0], true
	}
	host = strings.ToLower(host)
	name, _ := credentials.SplitPort(host)
	for _, h := range c.hosts {
		if h == host || h == name {
			return h, true
		}
	}
	return "", false
}
