//go:build go1.21

package tokens

import "time"

// Renewals counts how a token has been renewed since the gateway first loaded its credential.
type Renewals struct {
	Own    int64 // by this gateway
	Others int64 // by another one, which shares its tokens
	Failed int64 // failed attempts
}

// Count returns the renewals of a keeper so far, for metrics.
func Count(k *Keeper) Renewals {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.renewals
}

// Expires returns when the current token expires; zero if there is no token or its expiry is not known.
func Expires(k *Keeper) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.token.Expires
}

// Outage says why there is no newer token: the last attempts to renew it failed.
type Outage struct {
	Failures int       // in a row; 0: the last attempt did not fail
	Reason   string    // of the last one, for the operator
	Retry    time.Time // when the next request asks again
}

// OutageOf returns the outage of a keeper, for the operator.
func OutageOf(k *Keeper) Outage {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failures == 0 {
		return Outage{}
	}
	return Outage{Failures: k.failures, Reason: k.reason, Retry: k.retry}
}
