//go:build go1.21

package credentials

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// hostPattern is an entry of a list of hosts that the operator permits: a name, "*." and a name, or an address, each with a
// port or for any port.
//
//	acme.example         acme.example, with any port
//	*.acme.example:8443  eu.acme.example:8443, but not acme.example:8443 nor a.eu.acme.example:8443
//	192.0.2.1, [::1]:80  addresses; a name that resolves to one is another entry
type hostPattern struct {
	name, port string
	wild       bool // exactly one more label, as in a certificate (RFC 6125, 6.4.3)
}

// hostList is a list of them. It never changes, so that all who have it may share it.
type hostList struct {
	ports map[string][]string // by the name, with "*." before it for one more label; an empty one is any port
	local bool                // one of them is on this machine
}

// hostName is a DNS name in ASCII. Names of containers may have underscores.
var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)

// numericLabel is what an IPv4 address ends in, and no name does. Some resolvers read 127.1 or 0x7f.1 as an address.
var numericLabel = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)

// ParseAllowedHosts checks a list as VENDORSIGN_ALLOWED_HOSTS has it, and returns a function that reports whether an address
// such as vendor.example:8443 is in it. An address without a port has defaultPort. Entries are separated by commas; one that
// is malformed makes the whole list an error.
func ParseAllowedHosts(list string) (allows func(address, defaultPort string) bool, err error) {
	hosts, err := parseHosts(strings.Split(list, ","))
	if err != nil {
		return nil, err
	}
	return func(address, defaultPort string) bool { return matchHost(hosts, address, defaultPort) }, nil
}

// AllowsURL asks what ParseAllowedHosts returned for the host of a URL, with the port of its scheme. Text that is no URL is
// not allowed.
func AllowsURL(allows func(address, defaultPort string) bool, address string) bool {
	u, err := url.Parse(address)
	return err == nil && allows(u.Host, urlPort(u))
}

// AsURL is the value of an option that is an address: a bare host is one over https.
func AsURL(value string) string {
	if !strings.Contains(value, "://") {
		return "https://" + value
	}
	return value
}

// HostOf is the host of a URL, with a port if it names one; empty if it is no URL.
func HostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}

// urlPort is the port of a URL that names none: 443, unless the scheme says otherwise. socks5 is for proxies.
func urlPort(u *url.URL) string {
	switch u.Scheme {
	case "http":
		return "80"
	case "socks5", "socks5h":
		return "1080"
	}
	return "443"
}

// parseHosts refuses the whole list if one of its entries is malformed: a list without it could permit more, or less, than
// its author meant. Its errors give the number of the entry and do not quote it.
func parseHosts(entries []string) (*hostList, error) {
	list := &hostList{ports: make(map[string][]string, len(entries))}
	for i, entry := range entries {
		p, err := parseHost(strings.TrimSpace(entry))
		if err != nil {
			return nil, errors.New("entry " + strconv.Itoa(i+1) + " " + err.Error())
		}
		name := p.name
		if p.wild {
			name = Wildcard + name
		}
		list.ports[name] = append(list.ports[name], p.port)
		if signers.Loopback(p.name) {
			list.local = true
		}
	}
	return list, nil
}

// The operator's lists that were parsed, by their text. All middlewares have the same, and a list has the host of each:
// interpreted, to parse a thousand hosts for each of a thousand routes takes a minute.
var (
	hostListsMu sync.Mutex
	hostLists   = make(map[string]*hostList)
)

// maxHostLists is more than a process has: there are two variables, which it cannot change.
const maxHostLists = 16

// operatorHosts is parseHosts for the text of a variable, whose entries are separated by commas.
func operatorHosts(text string) (*hostList, error) {
	hostListsMu.Lock()
	defer hostListsMu.Unlock()
	if list := hostLists[text]; list != nil {
		return list, nil
	}
	list, err := parseHosts(strings.Split(text, ","))
	if err != nil {
		return nil, err
	}
	if len(hostLists) >= maxHostLists {
		hostLists = make(map[string]*hostList)
	}
	hostLists[text] = list
	return list, nil
}

// parseHost reads one entry. A name that some resolver could take for an address is refused, such as 127.1: it would be
// compared as a name and dialled as an address.
func parseHost(entry string) (hostPattern, error) {
	var p hostPattern
	if entry == "" {
		return p, errors.New("is empty")
	}
	p.wild = strings.HasPrefix(entry, "*.")
	name, port := CutPort(strings.TrimPrefix(entry, "*."))
	p.name = PlainName(name)
	p.port = port
	n, err := strconv.Atoi(port)
	if port != "" && (err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port) || strings.HasSuffix(entry, ":") {
		return p, errors.New("has a port that is not a number from 1 to 65535")
	}
	if net.ParseIP(p.name) != nil {
		if p.wild {
			return p, errors.New("has *. before an address")
		}
		return p, nil
	}
	if strings.Contains(name, "[") || !hostName.MatchString(p.name) || len(p.name) > 253 || numericLabel.MatchString(p.name) {
		return p, errors.New("must be a name in ASCII, *. and a name, or an IP address, with an optional port")
	}
	return p, nil
}

// matchHost reports whether address is in the list: a name, with the port that it names or defaultPort. Names are not
// resolved: what a name resolves to may be chosen by whoever owns it.
func matchHost(list *hostList, address, defaultPort string) bool {
	if list == nil { // an empty one permits no host
		return false
	}
	name, port := CutPort(strings.TrimSpace(address))
	name = PlainName(name)
	if port == "" {
		port = defaultPort
	}
	if hasPort(list.ports[name], port) {
		return true
	}
	// The wildcard is one label, so that only the name without its first label can match.
	i := strings.Index(name, ".")
	return i > 0 && net.ParseIP(name) == nil && hasPort(list.ports[Wildcard+name[i+1:]], port)
}

// hasPort reports whether a port is among those of a name's entries.
func hasPort(ports []string, port string) bool {
	for _, p := range ports {
		if p == "" || p == port {
			return true
		}
	}
	return false
}

// CutPort is SplitPort for addresses that may be IPv6 without brackets: "::1" has no port, and is not ":" with the port 1.
func CutPort(address string) (name, port string) {
	if net.ParseIP(address) != nil {
		return address, ""
	}
	return SplitPort(address)
}

// PlainName normalises a name, so that equal hosts have equal names: without brackets and the root's dot, in lower case, and
// addresses in their shortest form.
//
//	[2001:DB8:0::1] -> 2001:db8::1        ACME.example. -> acme.example
func PlainName(name string) string {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		name = name[1 : len(name)-1]
	}
	if ip := net.ParseIP(name); ip != nil {
		return ip.String()
	}
	return strings.TrimSuffix(name, ".")
}

// SplitPort cuts a host into name and port; an IPv6 address keeps its brackets. The port is not checked, and is empty if
// there is none:
//
//	acme.example:8443 -> acme.example, 8443        [::1]:80 -> [::1], 80        [::1] -> [::1], ""
func SplitPort(host string) (name, port string) {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i], host[i+1:]
	}
	return host, ""
}
