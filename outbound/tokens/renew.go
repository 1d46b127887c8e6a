//go:build go1.21

package tokens

import (
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// renewal is the result of an attempt to renew a token. It is always made as one literal: yaegi loses an error that is
// assigned to a field together with other values.
type renewal struct {
	adopted bool   // another gateway had renewed it
	stored  record // by that one

	token   signers.Token // asked for
	number  int64
	unsaved error // why the store does not have it

	err    error
	denied bool          // the token service has refused the credential
	wait   time.Duration // after err
	busy   bool          // err is that another gateway is about to renew it
}

// renew renews the token, or reports that another gateway is doing so while this one's token is still valid. The caller has
// k.mu, which is released while the token service or the store is asked, and k.renewing is not set. It fills k by the result.
func renew(k *Keeper, now time.Time, service Service, onNews func(news string)) (busy bool) {
	begin := time.Now()
	var r renewal
	if service.Share == nil {
		r = renewAlone(k, now, service)
	} else {
		r = renewShared(k, now, service)
	}
	// Times of the result count from the end of the attempt.
	passed := time.Since(begin)
	switch {
	case r.adopted:
		adopt(k, r.stored)
	// Fetched by this gateway, and saved unless unsaved says otherwise.
	case r.err == nil:
		k.number, k.unsaved = r.number, r.unsaved != nil
		failed := k.failures
		useFresh(k, r.token, now, service.Lifetime)
		k.renewals.Own++
		tellEnd(failed, onNews)
		tellSharing(k, r.unsaved, onNews)
	// The old token is good for now. After a second, or when it ends, the store is read again.
	case r.busy:
		k.retry = now.Add(passed + time.Second)
		if k.token.Expires.Before(k.retry) && !k.token.Expires.IsZero() {
			k.retry = k.token.Expires
		}
	default:
		k.failures++
		k.renewals.Failed++
		k.reason = r.err.Error()
		k.denied = r.denied
		k.retry = now.Add(passed.Truncate(time.Second) + r.wait)
		if onNews != nil {
			newsOf(k, r, onNews)
		}
	}
	return r.busy
}

// newsOf informs the operator of a failure once, and once more if the token service has refused the credential twice: further
// attempts may lock an account. It runs under k.mu, so that onNews must not call the Keeper.
func newsOf(k *Keeper, r renewal, onNews func(news string)) {
	switch {
	case k.failures == 1:
		onNews("the token could not be renewed: " + k.reason)
	case k.failures == 2 && r.denied:
		news := "the token service has refused the credential twice"
		if len(k.from.Options) > 0 {
			news += "; check " + strings.Join(k.from.Options, " and ")
		}
		onNews(news + "; next attempt after " + r.wait.Round(time.Second).String() + ", or when a file of the credential changes")
	}
}

// tellEnd informs the operator that there is a token again after so many failures in a row.
func tellEnd(failures int, onNews func(news string)) {
	if failures == 1 && onNews != nil {
		onNews("the token is renewed, after a failed attempt")
	} else if failures > 1 && onNews != nil {
		onNews("the token is renewed, after " + strconv.Itoa(failures) + " failed attempts")
	}
}

// tellSharing informs the operator once that tokens are not shared, until they are again.
func tellSharing(k *Keeper, err error, onNews func(news string)) {
	if err == nil {
		k.failing = false
	} else if !k.failing && onNews != nil {
		k.failing = true
		onNews(err.Error())
	}
}

// release lets other requests continue while one renews; exclusive says that they must not use the token meanwhile. The caller
// has k.mu, and defers resume.
func release(k *Keeper, exclusive bool) {
	k.renewing, k.exclusive = true, exclusive
	k.mu.Unlock()
}

// resume ends what release began. It is deferred, so that nobody waits forever, whatever happens.
func resume(k *Keeper) {
	k.mu.Lock()
	k.renewing, k.exclusive, k.checking = false, false, false
	k.idle.Broadcast()
}

// setExclusive keeps the others from using the token for the rest of the renewal. It is called between release and resume.
func setExclusive(k *Keeper) {
	k.mu.Lock()
	k.exclusive = true
	k.mu.Unlock()
}

// renewAlone renews a token that is not shared. Where the renewal ends the old token, the others wait for the new one.
func renewAlone(k *Keeper, now time.Time, service Service) renewal {
	current, failures := k.token, k.failures
	release(k, k.replaces)
	defer resume(k)
	return ask(k, current, failures, now, service)
}
