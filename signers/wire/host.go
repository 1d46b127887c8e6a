//go:build go1.21

package wire

import "strings"

// WithoutPort cuts the port off a host name or a bracketed IPv6 address.
func WithoutPort(host string) string {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i]
	}
	return host
}
