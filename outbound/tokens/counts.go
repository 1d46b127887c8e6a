//go:build go1.21

package tokens

import "time"

// Renewals counts how a token was renewed since the gateway knows its credential.
type Renewals struct {
	Own    int64 // by this gateway
	Others int64 // by another one, which shares its tokens
	Failed int64 // attempts in vain
}

// Count returns the renewals of a keeper so far.
func Count(k *Keeper) Renewals {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.renewals
}

// Expires returns when the current token ends; zero if there is none or that is not known.
func Expires(k *Keeper) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.token.Expires
}
