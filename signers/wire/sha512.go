//go:build go1.21

package wire

import (
	"crypto/sha512"
	"encoding/hex"
)

// SHA512Line is a line end and the SHA-512 of data in lower-case hex, 129 characters: two lines of
// Duo's canonical text are such. Both in one text save a copy.
func SHA512Line(data []byte) string {
	sum := sha512.Sum512(data)
	line := make([]byte, 1+2*sha512.Size)
	line[0] = '\n'
	hex.Encode(line[1:], sum[:])
	return string(line)
}
