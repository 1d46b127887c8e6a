//go:build go1.21

package tokens

import "time"

const (
	// announceFor is the time between an announcement and the renewal: by then all gateways have looked at the store, and what they
	// sent with the old token has arrived.
	announceFor = 2 * time.Second
	lockRace    = 200 * time.Millisecond // until two gateways that have the same lock see each other's announcement
)

// announce tells the other gateways that the token is about to end, so that they stop to use it, and proves that the
// store takes what it will be given: a new token that no other gateway learns of would leave them with a dead one. It
// fails with ErrLocked if another gateway announces the same: in some storages a dead gateway's lock can come free to two
// at once.
func announce(k *Keeper, h *holding, kept record, at time.Time, s *Share, l lock) error {
	mark := kept
	if kept.Number < h.number || kept.Token == "" {
		mark = newRecord(h.token, at, h.number)
		mark.Issued, mark.Failures = kept.Issued, kept.Failures
	}
	mark.By = s.holder
	wait := time.Duration(0)
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
	now, err := load(s)
	if err == nil && now.By != s.holder {
		err = ErrLocked
	}
	return err
}
