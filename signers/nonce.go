//go:build go1.21

package signers

import (
	"strconv"
	"strings"
)

// NonceKind reads a kind of nonces: uuid (random, RFC 9562), alnum:N and digits:N for N characters, hex:N and base64:N for N
// random bytes. N is from 8 to 128. It is not ok if there is no such kind.
func NonceKind(kind string) (form string, size int, ok bool) {
	form, digits, sized := strings.Cut(kind, ":")
	switch form {
	case "uuid":
		return form, 16, !sized
	case "alnum", "digits", "hex", "base64":
		n, err := strconv.Atoi(digits)
		return form, n, err == nil && n >= 8 && n <= 128
	}
	return form, 0, false
}
