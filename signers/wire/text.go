//go:build go1.21

package wire

import (
	"regexp"
	"strings"
)

// WithoutPort cuts the port off a host name or a bracketed IPv6 address.
func WithoutPort(host string) string {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i]
	}
	return host
}

// FieldName is the form of a header's name, a token of RFC 9110, section 5.6.2. A colon, a blank or a line end in it would make
// another header.
var FieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

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
