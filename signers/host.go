//go:build go1.21

package signers

import (
	"regexp"
	"strconv"
)

// HostFault says what is wrong with a host's name, or address with brackets, and its port, of which no server has such a one; empty if
// nothing is. The port may be empty.
//
//	idp..example          must have 1 to 63 characters between its dots (RFC 1035, 2.3.4)
//	idp.example, 99999    must have a port from 1 to 65535
func HostFault(name, port string) string {
	if n, _ := strconv.Atoi(port); port != "" && (n < 1 || n > 65535) {
		return "must have a port from 1 to 65535"
	}
	if !hostLabels.MatchString(name) {
		return "must have 1 to 63 characters between its dots"
	}
	return ""
}

// hostLabels are the parts of a name, which may end in the root's dot, or an address with brackets.
var hostLabels = regexp.MustCompile(`^(?:[^.]{1,63}\.)*[^.]{1,63}\.?$|^\[.*\]$`)
