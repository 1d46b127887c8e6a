//go:build go1.21

package outbound

import (
	"errors"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// checkHosts normalises the names that a credential is bound to: lower case, without blanks around them. Families are those
// of the scheme, before which "*." may be written for a label. The errors say what an entry must be and do not quote it.
func checkHosts(hosts, families []string) ([]string, error) {
	if len(hosts) == 0 {
		return nil, errors.New("host is required: the only destination of this credential")
	}
	names := make([]string, 0, len(hosts))
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSpace(h))
		if h == "" {
			return nil, errors.New("host is empty")
		}
		if strings.HasPrefix(h, wildcard) && len(families) > 0 {
			if !inFamily(families, h[len(wildcard):]) {
				return nil, errors.New("host may begin with *. only before " + strings.Join(families, ", "))
			}
			names = append(names, h)
			continue
		}
		// In labels of Traefik a list is one text, and a comma within an entry is likely to separate two.
		if strings.Contains(h, ",") {
			return nil, errors.New("host contains a comma: separate names by blanks, and in a list of JSON or YAML give each an entry of its own")
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
		if !hostCharacters.MatchString(h) {
			return nil, errors.New("host contains a character that no name of a host has")
		}
		name, port := credentials.SplitPort(h)
		if strings.Contains(name, ":") && !strings.HasSuffix(name, "]") { // an address without brackets has no port
			names = append(names, h)
			continue
		}
		if text := signers.HostFault(name, port); text != "" {
			return nil, errors.New("host " + text)
		}
		names = append(names, h)
	}
	return names, nil
}

// hostCharacters are those of names, which may end in the root's dot, and of addresses with their brackets, each with a port.
var hostCharacters = regexp.MustCompile(`^[a-z0-9_.:-]+$|^\[[0-9a-f:.]+\](:[0-9]*)?$`)

const wildcard = credentials.Wildcard

// inFamily reports whether "*." may come before a name. In a family, a label in capitals matches any label with a hyphen.
//
//	family s3.REGION.acme.example:  s3.eu-west-1.acme.example -> true        s3.evil.acme.example -> false: no hyphen
func inFamily(families []string, name string) bool {
	labels := strings.Split(name, ".")
	for _, family := range families {
		parts := strings.Split(family, ".")
		same := len(parts) == len(labels)
		for i := 0; same && i < len(parts); i++ {
			if strings.ToLower(parts[i]) == parts[i] {
				same = parts[i] == labels[i]
			} else {
				// Such as REGION, for eu-west-1.
				same = strings.Contains(labels[i], "-") && credentials.IsLabel(labels[i])
			}
		}
		if same {
			return true
		}
	}
	return false
}

// sharedFamily is the first host that is a family of the shared ones, in which other customers of the vendor have hosts, too;
// empty: none is.
func sharedFamily(hosts, shared []string) string {
	for _, h := range hosts {
		if strings.HasPrefix(h, wildcard) && inFamily(shared, h[len(wildcard):]) {
			return h
		}
	}
	return ""
}

// namesEach reports whether there are hosts, and none has a wildcard.
func namesEach(hosts []string) bool {
	return len(hosts) > 0 && !strings.Contains(strings.Join(hosts, " "), "*")
}

// several reports whether a request has to say which host of c it is for. c.hosts must not be empty.
func several(c *credential) bool { return len(c.hosts) > 1 || strings.HasPrefix(c.hosts[0], wildcard) }

// BoundHost returns the Host that a request for host goes out with: the only configured one, or of several the one that the
// request already names. Ports count only where they are configured. It is not ok if the credential is not bound to it: the
// answer is a 421.
//
//	host acme.example:                    anything          -> acme.example
//	host eu.acme.example us.acme.example: us.acme.example   -> us.acme.example        other.example -> not ok
//	host *.acme.example:                  eu.acme.example:1 -> eu.acme.example
func BoundHost(g *Gate, host string) (bound string, ok bool) { return hostFor(current(g), host) }

// hostFor is BoundHost for a credential: the configured entry, or for an entry of a family the member that is asked for, without a port.
func hostFor(c *credential, host string) (bound string, ok bool) {
	bound, ok = entryFor(c, host)
	if !ok || !strings.HasPrefix(bound, wildcard) {
		return bound, ok
	}
	name, _ := credentials.SplitPort(strings.ToLower(host))
	return name, true
}

// HostEntry is the entry of the configuration that HostFor finds a host by, for labels of metrics: of a family of hosts there
// is one, whatever clients ask for. A label for each member would let clients make any number of series.
func (g *Gate) HostEntry(host string) (entry string, ok bool) { return entryFor(current(g), host) }

// HostEntry is Gate.HostEntry for the credential that signed, and for the host that it signed for.
func (o Outcome) HostEntry(host string) string {
	entry, ok := entryFor(o.credential, host)
	if !ok {
		return "other"
	}
	return entry
}

// entryFor finds the entry of the configuration for a host: of several, the one with the same name comes before a family that has it.
func entryFor(c *credential, host string) (string, bool) {
	if !several(c) {
		return c.hosts[0], true
	}
	host = strings.ToLower(host)
	name, _ := credentials.SplitPort(host)
	for _, h := range c.hosts {
		if (h == host || h == name) && !strings.HasPrefix(h, wildcard) {
			return h, true
		}
	}
	for _, h := range c.hosts {
		if credentials.FamilyHas(h, name) {
			return h, true
		}
	}
	return "", false
}

// hasFamily reports whether a host of c is a family.
func hasFamily(c *credential) bool {
	for _, h := range c.hosts {
		if strings.HasPrefix(h, wildcard) {
			return true
		}
	}
	return false
}

// ChooseHost returns the Host to send. The members of a family share one upstream, and only the client's Host says which one
// is meant: it is returned, although the proxy has put its upstream's name in its place, and signing refuses it if the
// credential is not bound to it. Otherwise the Host stays as the proxy set it.
func (s *Snapshot) ChooseHost(asked, proxys string) string {
	if hasFamily(s.credential) {
		return asked
	}
	return proxys
}
