package cli

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// clientHosts are the names under which a server of this program answers. Any other Host may be that of
// a web page whose name was made to resolve to this address (DNS rebinding), and which could read the
// answer.
type clientHosts struct {
	listen string // the name of --listen, if it is one
	// more reports whether a host is one of --allow-host.
	more func(host string) bool
}

// newClientHosts takes the address of --listen and the names of --allow-host.
func newClientHosts(listen string, names []string) (*clientHosts, error) {
	more, err := outbound.ClientHosts(names)
	if err != nil {
		return nil, usagef("--allow-host must be a name with an optional port, as in " + hostExamples)
	}
	name, _, err := net.SplitHostPort(listen)
	if err != nil || net.ParseIP(name) != nil {
		name = ""
	}
	return &clientHosts{listen: hostName(name), more: more}, nil
}

// allow reports whether the Host of a request is localhost, an address, or one of the names. Addresses
// cannot be made to point elsewhere. Ports do not count: a tunnel or a container may have another one.
//
//	localhost:80, 127.0.0.1, [::1]:80   true
//	g.internal                          true with --listen g.internal:80
//	evil.example                        false
func (c *clientHosts) allow(host string) bool {
	if c.more(host) {
		return true
	}
	name, port := credentials.SplitPort(host)
	if strings.Trim(port, "0123456789") != "" {
		return false
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		address, err := netip.ParseAddr(inner)
		return ok && err == nil && address.Is6()
	}
	if address, err := netip.ParseAddr(name); err == nil {
		return address.Is4()
	}
	name = hostName(name)
	return name == "localhost" || name != "" && name == c.listen
}

// hostName is a name as names are compared: a dot at the end makes no difference, nor do capitals.
// Names beyond ASCII are no names here: U+212A, the sign for kelvin, becomes k in lower case.
func hostName(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) { // some of them have an ASCII lower case
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// guard answers requests for another Host with a problem document, and remembers that of the others:
// the proxy replaces it by the vendor's.
func (c *clientHosts) guard(next http.Handler, refused func(r *http.Request, p *outbound.Problem)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.allow(r.Host) {
			p := outbound.ClientHostProblem("the request's Host is neither localhost nor an address nor the name of --listen; name it with " +
				"--allow-host")
			refused(r, p)
			p.Write(w)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), askedHostKey{}, r.Host)))
	})
}

// askedHostKey is the key of the context under which guard keeps the Host.
type askedHostKey struct{}

// askedHost is the Host that the client of a guarded server asked for.
func askedHost(r *http.Request) (string, bool) {
	host, ok := r.Context().Value(askedHostKey{}).(string)
	return host, ok
}

// everywhere reports whether others than this machine can connect to a listener: any address but
// loopback.
func everywhere(l net.Listener) bool {
	address, ok := l.Addr().(*net.TCPAddr)
	return ok && !address.IP.IsLoopback()
}
