//go:build go1.21

package apps

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
)

// HKDF with SHA-256, RFC 5869. The standard library has it from Go 1.24 on, which an interpreted plugin cannot import.

// hkdfExtract makes a key of fixed length, 32 bytes, from a secret of any length (RFC 5869 section 2.2).
func hkdfExtract(salt, secret []byte) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write(secret)
	return mac.Sum(nil)
}

// keyStream is the output of HKDF-Expand (section 2.3), made as it is needed: how many bytes a secret takes is not known
// before, since number drops candidates. The output for a length begins with that for any shorter one, so that it does not
// matter in which portions it is taken.
//
//	block(1) = HMAC(key, info ‖ 0x01), block(n) = HMAC(key, block(n-1) ‖ info ‖ n), stream = block(1) ‖ block(2) ‖ ...
//
// It may not be used concurrently.
type keyStream struct {
	key   []byte
	info  []byte
	block []byte // the last one made
	ready []byte // made and not yet taken
	count int    // of blocks
}

// maxBlocks is how many blocks a key gives, 8160 bytes: their number is one byte (RFC 5869 limits the output to 255 times the
// hash's length).
const maxBlocks = 255

var errExhausted = errors.New("no more output for this key")

// take returns the n bytes that follow. The caller may keep and change them: the capacity ends with them, so that an append
// does not reach the bytes after. It fails with errExhausted when the key gives no more.
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
