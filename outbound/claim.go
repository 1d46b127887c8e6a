//go:build go1.21

package outbound

import (
	"errors"
	"time"
)

const (
	tokenAnnounce = 2 * time.Second        // between a renewal's announcement and the renewal: all look at the store, and what they sent arrives
	tokenClaim    = 200 * time.Millisecond // until two gateways that have the same lock see each other's claim
)

// lock is the store's, while this gateway has it.
type lock struct {
	keep      func() error
	unlock    func()
	waited    bool // for another gateway, which may have died
	following bool // one that had announced to end the token
}

// renewLocked renews with the lock of the store, or fails with ErrLocked if that is lost. The new token is saved before
// anybody uses it: a gateway that dies then takes nothing with it.
func renewLocked(t *tokens, h *holding, now, begin time.Time, service tokenService, l lock) renewal {
	defer l.unlock()
	at := now.Add(time.Since(begin))
	kept, err := loadRecord(service.shared)
	if err != nil {
		return renewUnshared(t, h, at, service, err)
	}
	if r := known(t, h, kept, at); r.taken || r.err != nil {
		return r
	}
	if kept.Failures > h.failures {
		h.failures = kept.Failures
	}
	if t.replaces || l.waited {
		if err := claim(t, h, kept, at, service.shared, l); err != nil {
			if errors.Is(err, ErrLocked) {
				return renewal{err: ErrLocked}
			}
			return renewUnshared(t, h, at, service, err)
		}
		at = now.Add(time.Since(begin))
	}
	if l.keep() != nil {
		return renewal{err: ErrLocked}
	}
	r := askToken(t, h.token, h.failures, at, service.fetch)
	if r.err != nil {
		failed := kept
		if kept.Number <= h.number {
			failed = recordOf(h.token, at, h.number)
			failed.Issued = kept.Issued
		}
		failed.Renewing, failed.Failures, failed.Retry = 0, h.failures+1, now.Add(r.wait).Unix()
		_ = saveRecord(service.shared, failed) // if that fails too, every gateway waits for itself
		return r
	}
	number := h.number + 1
	if kept.Number > h.number {
		number = kept.Number + 1
	}
	unsaved := saveRecord(service.shared, recordOf(r.token, at, number))
	return renewal{token: r.token, number: number, unsaved: unsaved}
}

// claim tells the other gateways that the token is about to end, so that they stop to use it, and proves that the
// store takes what it will be given: a new token that no other gateway learns of would leave them with a dead one. It
// fails with ErrLocked if another gateway claims the same: in some storages a dead gateway's lock can come free to two
// at once.
func claim(t *tokens, h *holding, kept record, at time.Time, s *shared, l lock) error {
	mark := kept
	if kept.Number < h.number || kept.Token == "" {
		mark = recordOf(h.token, at, h.number)
		mark.Issued, mark.Failures = kept.Issued, kept.Failures
	}
	mark.By = s.holder
	wait := time.Duration(0)
	if l.waited {
		wait = tokenClaim
	}
	if t.replaces {
		mark.Renewing = at.Unix()
		if h.usable && !l.following && !h.token.Expires.IsZero() {
			wait = h.token.Expires.Sub(at) / 2
			if wait > tokenAnnounce {
				wait = tokenAnnounce
			}
		}
	}
	if err := saveRecord(s, mark); err != nil {
		return err
	}
	time.Sleep(wait / 2)
	if t.replaces {
		setExclusive(t)
	}
	time.Sleep(wait / 2)
	now, err := loadRecord(s)
	if err == nil && now.By != s.holder {
		err = ErrLocked
	}
	return err
}
