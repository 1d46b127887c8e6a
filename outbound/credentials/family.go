//go:build go1.21

package credentials

import (
	"regexp"
	"strings"
)

// Wildcard begins a host that means a family of hosts: *.example.com for all that are one label below example.com, as
// in certificates and in the operator's lists.
const Wildcard = "*."

// label is one of a DNS name (RFC 1123, 2.1).
var label = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// IsLabel reports whether text is a label of a host name, in lower case: 1 to 63 letters, digits and hyphens, which neither
// begin nor end it.
func IsLabel(text string) bool { return label.MatchString(text) }

// FamilyHas reports whether host is a family that name, in lower case and without a port, belongs to.
func FamilyHas(host, name string) bool {
	if !strings.HasPrefix(host, Wildcard) {
		return false
	}
	first, rest, _ := strings.Cut(name, ".")
	return rest == host[len(Wildcard):] && IsLabel(first)
}

// Bound reports whether address is one of hosts as they are spelt, or of a family of them ("*.acme.example"). It decides where
// a signed request may go. A port counts where both have one.
func Bound(hosts []string, address string) bool {
	name, port := SplitPort(strings.ToLower(address))
	for _, h := range hosts {
		bound, boundPort := SplitPort(h)
		same := strings.Trim(bound, "[]") == strings.Trim(name, "[]") && !strings.HasPrefix(bound, Wildcard) || FamilyHas(bound, name)
		if same && (boundPort == "" || port == "" || boundPort == port) {
			return true
		}
	}
	return false
}
