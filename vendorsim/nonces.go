package vendorsim

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxNonces bounds the memory for nonces to some 15 MB. Beyond it the oldest are forgotten: a load test should
// not be refused, and no replay test needs more.
const maxNonces = 1 << 17

// nonces remembers what was used. It holds digests, so that the length of a nonce costs nothing. The map answers; the ring
// says which entry is the oldest. It is safe for concurrent use.
type nonces struct {
	mu    sync.Mutex
	max   int
	until map[[sha256.Size]byte]time.Time
	ring  []usedNonce
	next  int
}

// usedNonce is an entry of the ring, in the order of use.
type usedNonce struct {
	digest [sha256.Size]byte
	until  time.Time
}

// newNonces remembers up to size nonces.
func newNonces(size int) *nonces {
	return &nonces{max: size, until: map[[sha256.Size]byte]time.Time{}}
}

// use records a nonce until the given moment and reports whether it was new. Until is when the request would be refused for
// its time anyway.
func (n *nonces) use(nonce string, now, until time.Time) bool {
	d := sha256.Sum256([]byte(nonce))
	n.mu.Lock()
	defer n.mu.Unlock()
	if t, seen := n.until[d]; seen && now.Before(t) {
		return false
	}
	u := usedNonce{d, until}
	if len(n.ring) < n.max {
		n.ring = append(n.ring, u)
	} else {
		// A nonce that was used again after it had lapsed is in the ring twice; only its latest use counts.
		if old := n.ring[n.next]; n.until[old.digest].Equal(old.until) {
			delete(n.until, old.digest)
		}
		n.ring[n.next] = u
		n.next = (n.next + 1) % n.max
	}
	n.until[d] = until
	return true
}
