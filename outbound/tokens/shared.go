//go:build go1.21

package tokens

import (
	"errors"
	"math/rand"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	followFor = 30 * time.Second // how long to wait for another gateway's renewal
	lockWait  = 2 * time.Second  // for the lock, between two reads of the store
)

// holding is what a gateway has while it renews: a copy of the Keeper's fields, since the Keeper is not locked meanwhile. It
// changes where the store has a later token that can only be renewed.
type holding struct {
	token    signers.Token
	number   int64
	failures int
	usable   bool // until it is renewed
}

// renewShared renews for all gateways, or adopts the token that another one has renewed. Each round of its loop reads the
// store, and then tries to get the lock; the package's documentation draws its ways out. It ends after followFor at the
// latest, and a renewal of its own.
func renewShared(k *Keeper, now time.Time, service Service) renewal {
	h := &holding{token: k.token, number: k.number, failures: k.failures, usable: valid(k, now) && !k.refused}
	// If a token may have ended, or was due for renewal at once, another gateway may be renewing it.
	release(k, k.replaces && (!h.usable || h.token.Expires.IsZero()))
	defer resume(k)
	begin, wait, following := time.Now(), time.Duration(0), false
	for {
		at := now.Add(time.Since(begin))
		kept, err := load(service.Share)
		if err != nil {
			return renewUnshared(k, h, at, service, err)
		}
		if r := known(k, h, kept, at); r.adopted || r.err != nil {
			return r
		}
		// That gateway is about to end this token.
		if k.replaces && announced(kept, at) {
			following = true
			setExclusive(k)
		}
		keep, unlock, err := service.Share.store.Lock(service.Share.key, wait)
		if err == nil {
			r := renewLocked(k, h, now, begin, service, lock{keep: keep, unlock: unlock, waited: wait > 0, following: following})
			if r.err == nil || !errors.Is(r.err, ErrLocked) {
				return r
			}
			err = r.err
			// The lock was lost to another gateway. Its announcement is in the store by the next read.
			time.Sleep(checkEach)
		}
		if !errors.Is(err, ErrLocked) {
			return renewUnshared(k, h, at, service, errors.New("the shared token cannot be locked: "+err.Error()))
		}
		// Another gateway renews, and this one's token stays valid: no request need wait.
		if h.usable && !k.replaces {
			return renewal{err: err, busy: true}
		}
		if time.Since(begin) > followFor {
			return renewal{err: err, wait: backOff(h.failures, false, nil, at)}
		}
		wait = lockWait
	}
}

// renewUnshared renews without the store, which fails. If a renewal ends the old token, there can be only one: two
// gateways that each renew it would end each other's, so they wait for the store.
func renewUnshared(k *Keeper, h *holding, now time.Time, service Service, fault error) renewal {
	if k.replaces {
		return renewal{err: fault, wait: backOff(h.failures, false, nil, now)}
	}
	r := ask(k, h.token, h.failures, now, service)
	if r.err != nil {
		return r
	}
	return renewal{token: r.token, number: h.number + 1, unsaved: fault}
}

// known is what the store already knows: a newer token, or that another gateway has just failed. An empty renewal means
// neither; h is brought up to date then. The wait after another's failure has up to a second more, so that not all come back
// at once.
func known(k *Keeper, h *holding, kept record, now time.Time) renewal {
	if newer(kept, h.token, h.number) {
		if validRecord(kept, now) {
			return renewal{adopted: true, stored: kept}
		}
		if k.replaces { // it has ended, but only it can be renewed
			h.number, h.usable = kept.Number, false
			h.token = tokenOf(kept) // on its own line: yaegi loses what is assigned beside a call
		}
	}
	wait := time.Unix(kept.Retry, 0).Sub(now)
	if wait > 0 && wait <= 2*maxRetryAfter { // longer: a clock is wrong
		wait += time.Duration(rand.Int63n(int64(time.Second)))
		return renewal{err: errors.New("another gateway has just tried, and the token service failed"), wait: wait}
	}
	return renewal{}
}
