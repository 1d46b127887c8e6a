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

// Contains reports whether a text is in a list, byte for byte: the method get is another than GET (RFC 9110, section 9.1).
// It is for short lists; generic functions as that of slices do not work interpreted.
func Contains(list []string, text string) bool {
	for _, entry := range list {
		if entry == text {
			return true
		}
	}
	return false
}
