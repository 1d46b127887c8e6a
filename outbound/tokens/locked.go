//go:build go1.21

package tokens

import (
	"errors"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// lock is the store's lock, while this gateway holds it. keep and unlock are those that Store.Lock returned.
type lock struct {
	keep      func() error
	unlock    func()
	waited    bool // for another gateway, which may have died
	following bool // one that had announced the end of the token
}

// renewLocked renews with the lock of the store, or fails with ErrLocked if it is lost. The new token is saved before anybody
// uses it, so that it is not lost if the gateway dies. now is the gateway's time at begin; both together give the time later,
// whatever happens to the clock meanwhile. The lock is given back in any case.
func renewLocked(k *Keeper, h *holding, now, begin time.Time, service Service, l lock) renewal {
	defer l.unlock()
	at := now.Add(time.Since(begin))
	// Between the first look and the lock another gateway may have renewed the token.
	kept, err := load(service.Share)
	if err != nil {
		return renewUnshared(k, h, at, service, err)
	}
	if r := known(k, h, kept, at); r.adopted || r.err != nil {
		return r
	}
	// All gateways back off together.
	if kept.Failures > h.failures {
		h.failures = kept.Failures
	}
	// A mortal token must not be used while it is renewed; after a wait the lock's owner may not be dead.
	if k.replaces || l.waited {
		if err := announce(k, h, kept, at, service.Share, l); err != nil {
			if errors.Is(err, ErrLocked) {
				return renewal{err: ErrLocked}
			}
			return renewUnshared(k, h, at, service, err)
		}
		at = now.Add(time.Since(begin))
	}
	// The lock is prolonged before each request: a renewal of several steps may take longer than others wait for a dead gateway.
	fetch, lost := service.Fetch, false
	service.Fetch = func(r signers.TokenRequest) (signers.TokenAnswer, error) {
		if lost = l.keep() != nil; lost {
			return signers.TokenAnswer{}, ErrLocked
		}
		return fetch(r)
	}
	r := ask(k, h.token, h.failures, at, service)
	// What the token service may have answered is not used: the other gateway renews.
	if lost {
		return renewal{err: ErrLocked}
	}
	if r.err != nil {
		// The others must not ask at once, too: the record says until when, and keeps the token that is still valid.
		failed := kept
		if kept.Number <= h.number {
			failed = newRecord(h.token, at, h.number)
			failed.Issued = kept.Issued
		}
		failed.Renewing, failed.Failures = 0, h.failures+1
		failed.Retry = now.Add(r.wait).Unix() // on its own line: yaegi loses what is assigned beside a call
		_ = save(service.Share, failed)       // if that fails too, each gateway waits on its own
		return r
	}
	// One more than any number that is known: the others see that this token is the newer one.
	number := h.number + 1
	if kept.Number > h.number {
		number = kept.Number + 1
	}
	unsaved := save(service.Share, newRecord(r.token, at, number))
	return renewal{token: r.token, number: number, unsaved: unsaved}
}
