package vendorsim

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// maxTokens bounds the memory for issued tokens. Beyond it the oldest are forgotten, that is, refused.
const maxTokens = 1024

// tokens are the tokens that a vendor accepts now. It keeps digests: looking one up by its digest tells nothing
// about the token, however long it takes, and a dump of the memory shows none.
type tokens struct {
	mu     sync.Mutex
	expiry map[[sha256.Size]byte]time.Time // the zero time is never
	order  [][sha256.Size]byte
}

// tokenState is what is known of a token. An expired token and one that was never issued are different states.
type tokenState int

// What state returns.
const (
	tokenUnknown tokenState = iota
	tokenExpired
	tokenValid
)

// newTokens accepts none yet.
func newTokens() *tokens { return &tokens{expiry: map[[sha256.Size]byte]time.Time{}} }

// add accepts a token until it expires; the zero time is never.
func (t *tokens) add(token string, expiry time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.addLocked(sha256.Sum256([]byte(token)), expiry)
}

// addLocked adds a token by its digest. The caller holds the lock.
func (t *tokens) addLocked(d [sha256.Size]byte, expiry time.Time) {
	if len(t.order) >= maxTokens {
		delete(t.expiry, t.order[0])
		t.order = slices.Delete(t.order, 0, 1)
	}
	t.expiry[d] = expiry
	t.order = append(t.order, d)
}

// state says whether a token is accepted now. An expired one is remembered, so that the reason of a refusal can tell
// it from an unknown one.
func (t *tokens) state(token string, now time.Time) tokenState {
	d := sha256.Sum256([]byte(token))
	t.mu.Lock()
	defer t.mu.Unlock()
	expiry, ok := t.expiry[d]
	switch {
	case !ok:
		return tokenUnknown
	case !expiry.IsZero() && !now.Before(expiry):
		return tokenExpired
	}
	return tokenValid
}

// replace puts a new token in the place of an old one, expired or not. Both happen under one lock, so that of
// two simultaneous renewals of one token one fails.
func (t *tokens) replace(old, token string, expiry time.Time) bool {
	d := sha256.Sum256([]byte(old))
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.expiry[d]; !ok {
		return false
	}
	delete(t.expiry, d)
	t.order = slices.DeleteFunc(t.order, func(o [sha256.Size]byte) bool { return o == d })
	t.addLocked(sha256.Sum256([]byte(token)), expiry)
	return true
}
