//go:build go1.21

package signers

import (
	"crypto/hmac"
	"hash"
	"sync"
)

// macs keeps HMACs of one key for reuse: to reset one costs a fraction of keying a new one, compiled and
// interpreted.
type macs struct {
	pool *sync.Pool
}

// scratch is the working memory of one signature.
type scratch struct {
	mac  hash.Hash
	text []byte // what is hashed, or the part of it that is short
	sum  []byte
	out  []byte // the sum in the header's encoding
}

func newMACs(hash func() hash.Hash, key string) macs {
	k := []byte(key)
	return macs{pool: &sync.Pool{New: func() interface{} {
		return &scratch{mac: hmac.New(hash, k), text: make([]byte, 0, 512), sum: make([]byte, 0, 64), out: make([]byte, 512)}
	}}}
}

func (m macs) get() *scratch {
	s := m.pool.Get().(*scratch)
	s.mac.Reset()
	return s
}

func (m macs) put(s *scratch) { m.pool.Put(s) }
