//go:build go1.21

package tokens

import "time"

// checkEach is the least time between two reads of the store by a gateway whose token may have ended.
const checkEach = 500 * time.Millisecond

// mayCheck reports whether to read the store before the token is used: if another gateway may have ended it, and at most
// twice a second. Tokens that others cannot end are only compared with the store when they are due. The caller has k.mu.
func mayCheck(k *Keeper, now time.Time) bool {
	since := now.Sub(k.checked)
	return (k.replaces || k.suspect) && (since >= checkEach || since < 0)
}

// checkStore takes a newer token from the store, or joins the renewal that another gateway announces. It does so by making
// the renewal due: renewShared then follows the other gateway. The caller has k.mu, which is released while the store is
// read.
func checkStore(k *Keeper, now time.Time, s *Share, onNews func(news string)) {
	k.checked, k.suspect = now, false
	var own record // to be saved, if the store failed before
	if k.unsaved && k.replaces {
		own = newRecord(k.token, k.issued, k.number)
	}
	kept, err := loadOrSave(k, own, s, k.replaces && !now.Before(k.due))
	tellSharing(k, err, onNews)
	if err != nil {
		return
	}
	k.unsaved = false
	switch {
	case newer(kept, k.token, k.number) && validRecord(kept, now):
		adopt(k, kept)
	// The stored token has ended, or is about to: Get renews at once, or waits for the gateway that does.
	case newer(kept, k.token, k.number) && k.replaces, announced(kept, now):
		k.due, k.retry = time.Time{}, time.Time{}
	}
}

// loadOrSave waits for the store, while the other requests continue unless the token is about to be renewed. own is saved if
// it has a token that the store lacks.
func loadOrSave(k *Keeper, own record, s *Share, exclusive bool) (record, error) {
	k.checking = true
	release(k, exclusive)
	defer resume(k)
	kept, err := load(s)
	if err == nil && own.Token != "" && !newer(kept, tokenOf(own), own.Number) {
		return own, save(s, own)
	}
	return kept, err
}

// adopt makes the stored token the current one. It counts as another gateway's renewal, even if it was this one's before a
// restart. The caller has k.mu.
func adopt(k *Keeper, kept record) {
	k.renewals.Others++
	k.number, k.unsaved = kept.Number, false
	use(k, tokenOf(kept), time.Unix(kept.Issued, 0))
	if kept.Expires == 0 {
		k.due = k.issued.Add(unknownLife)
	}
}
