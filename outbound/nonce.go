//go:build go1.21

package outbound

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// NewNonce draws 64 alphanumerics from the system's random source: what the vendors' own clients send.
//
// It encodes random bytes as base64 and drops its two marks. The other 62 characters stay equally likely, which a
// remainder of a byte by 62 would not give, and no loop over bytes is needed. 60 bytes give 80 characters; that
// fewer than 64 of them are alphanumeric happens once in 10^9 draws, and costs another draw.
func NewNonce() (string, error) {
	for {
		random := make([]byte, 60)
		if _, err := rand.Read(random); err != nil {
			return "", err
		}
		text := strings.NewReplacer("+", "", "/", "").Replace(base64.RawStdEncoding.EncodeToString(random))
		if len(text) >= 64 {
			return text[:64], nil
		}
	}
}
