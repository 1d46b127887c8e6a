//go:build go1.21

package tokens

import "time"

const (
	// announceFor is the time between an announcement and the renewal: by then all gateways have read the store, and what they sent
	// with the old token has arrived.
	announceFor = 2 * time.Second
	lockRace    = 200 * time.Millisecond // until two gateways that have the same lock see each other's announcement
)

// announce tells the other gateways that the token is about to end, so that they stop using it, and proves that the store is
// writable: if the new token could not be saved, the others would be left with a dead one. It fails with ErrLocked if another
// gateway announces the same: in some storages two gateways at once can get a dead gateway's lock.
//
//	save the record with By (and Renewing, if the renewal ends the token)
//	half the wait; from here on this gateway does not use the token either
//	the other half; read again: By is still this gateway -> renew
//
// kept is what the store had, and l says how the lock was got. With any other error the store fails.
func announce(k *Keeper, h *holding, kept record, at time.Time, s *Share, l lock) error {
	mark := kept
	// The store lacks this gateway's token, which was renewed while it failed: it is saved with the announcement.
	if kept.Number < h.number || kept.Token == "" {
		mark = newRecord(h.token, at, h.number)
		mark.Issued, mark.Failures = kept.Issued, kept.Failures
	}
	mark.By = s.holder
	wait := time.Duration(0)
	// The lock may be that of a gateway that is slow and not dead, which announces the same: the last to write wins, and the other sees
	// it at the end of the wait.
	if l.waited {
		wait = lockRace
	}
	if k.replaces {
		mark.Renewing = at.Unix()
		if h.usable && !l.following && !h.token.Expires.IsZero() {
			wait = h.token.Expires.Sub(at) / 2
			if wait > announceFor {
				wait = announceFor
			}
		}
	}
	if err := save(s, mark); err != nil {
		return err
	}
	time.Sleep(wait / 2)
	if k.replaces {
		setExclusive(k)
	}
	time.Sleep(wait / 2)
	// Whoever wrote last is the one that renews.
	now, err := load(s)
	if err == nil && now.By != s.holder {
		err = ErrLocked
	}
	return err
}
