//go:build go1.21

package apps

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
)

// HKDF with SHA-256, RFC 5869. The standard library has it from Go 1.24 on, which an interpreted plugin cannot import.

// hkdfExtract makes a key of fixed length from a secret (section 2.2).
func hkdfExtract(salt, secret []byte) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write(secret)
	return mac.Sum(nil)
}

// keyStream is the output of HKDF-Expand (section 2.3), made as it is needed. The output for a length begins with that for any
// shorter one.
type keyStream struct {
	key   []byte
	info  []byte
	block []byte // the last one made
	ready []byte // made and not yet taken
	count int    // of blocks
}

// maxBlocks is how many blocks a key gives: their number is one byte.
const maxBlocks = 255

var errExhausted = errors.New("no more output for this key")

// take returns the n bytes that follow.
func take(s *keyStream, n int) ([]byte, error) {
	for len(s.ready) < n {
		if s.count == maxBlocks {
			return nil, errExhausted
		}
		s.count++
		mac := hmac.New(sha256.New, s.key)
		mac.Write(s.block)
		mac.Write(s.info)
		mac.Write([]byte{byte(s.count)})
		s.block = mac.Sum(nil)
		s.ready = append(s.ready, s.block...)
	}
	taken := s.ready[:n:n]
	s.ready = s.ready[n:]
	return taken, nil
}
