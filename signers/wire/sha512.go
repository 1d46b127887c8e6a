//go:build go1.21

package wire

import (
	"crypto/sha512"
	"encoding/hex"
)

// SHA512Line is a line end and the hash of data in hex.
func SHA512Line(data []byte) string {
	sum := sha512.Sum512(data)
	line := make([]byte, 1+2*sha512.Size)
	line[0] = '\n'
	hex.Encode(line[1:], sum[:])
	return string(line)
}
