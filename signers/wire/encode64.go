//go:build go1.21

package wire

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
)

// BasicHex is the value of an Authorization header (RFC 7617) with the sum in hex as the password. The user ends in a colon.
func BasicHex(user string, sum []byte) string {
	text := append(make([]byte, 0, 256), user...)
	text = append(text, hexRoom[:hex.EncodedLen(len(sum))]...)
	hex.Encode(text[len(user):], sum)
	out := make([]byte, len(basic)+base64.StdEncoding.EncodedLen(len(text)))
	base64.StdEncoding.Encode(out[copy(out, basic):], text)
	return string(out)
}

const (
	basic   = "Basic "
	hexRoom = "                                                                                                                                "
)

// SHA512Line is a line end and the hash of data in hex.
func SHA512Line(data []byte) string {
	sum := sha512.Sum512(data)
	line := make([]byte, 1+2*sha512.Size)
	line[0] = '\n'
	hex.Encode(line[1:], sum[:])
	return string(line)
}
