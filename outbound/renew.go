//go:build go1.21

package outbound

import (
	"errors"
	"math/rand"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	tokenMaxPause = 10 * time.Minute       // the longest that a token service's Retry-After is kept to
	tokenLook     = 500 * time.Millisecond // between two looks at the store, where a renewal ends the token before
	tokenFollow   = 30 * time.Second       // for how long another gateway's renewal is waited for
	tokenLock     = 2 * time.Second        // between two looks at the store while its lock is waited for
)

// renewal is what an attempt to renew a token came to. It is made whole: yaegi loses an error that is assigned to a field
// together with other values.
type renewal struct {
	taken bool   // another gateway had renewed it, and left kept
	kept  record // the store's

	token   signers.Token // asked for
	number  int64
	unsaved error // why the store does not have it

	err  error
	wait time.Duration // after err
	busy bool          // err is that another gateway is about to renew it
}

// release lets other requests go on while one renews; what they may do meanwhile is up to exclusive.
func release(t *tokens, exclusive bool) {
	t.renewing, t.exclusive = true, exclusive
	t.mu.Unlock()
}

// resume ends what release began. It is deferred: whatever happens, nobody waits for ever.
func resume(t *tokens) {
	t.mu.Lock()
	t.renewing, t.exclusive, t.looking = false, false, false
	t.idle.Broadcast()
}

func setExclusive(t *tokens) {
	t.mu.Lock()
	t.exclusive = true
	t.mu.Unlock()
}

func renewAlone(t *tokens, now time.Time, fetch func(signers.TokenRequest) (signers.TokenAnswer, error)) renewal {
	current, failures := t.token, t.failures
	release(t, t.replaces)
	defer resume(t)
	return askToken(t, current, failures, now, fetch)
}

func askToken(t *tokens, current signers.Token, failures int, now time.Time, fetch func(signers.TokenRequest) (signers.TokenAnswer, error)) renewal {
	answer, err := fetch(t.next(current))
	var token signers.Token
	if err == nil {
		token, err = t.parse(answer, now)
	}
	if err == nil && !sendable(token.Text) {
		err = errors.New("the token service issued a token that no header can hold")
	}
	if err != nil {
		return renewal{err: err, wait: backOff(failures, answer.Header, now)}
	}
	return renewal{token: token}
}

// maxToken is the longest token that is used: with a longer one vendors, and proxies before them, refuse the whole request.
const maxToken = 16 << 10

// sendable reports whether a token can stand in a header.
func sendable(token string) bool {
	return len(token) <= maxToken && !strings.ContainsAny(token, controls)
}

// controls are the ASCII control characters.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

// backOff is how long to wait after a failure: as the token service wants it, or twice as long as before, and up to a
// quarter more, so that many gateways do not come back at once.
func backOff(failures int, header http.Header, now time.Time) time.Duration {
	wait := tokenMaxWait
	if failures < 6 {
		wait = tokenBackoff << uint(failures)
	}
	asked := retryAfter(header, now)
	if asked > tokenMaxPause {
		asked = tokenMaxPause
	}
	if asked > wait {
		wait = asked
	}
	return wait + time.Duration(rand.Int63n(int64(wait/4)))
}

// holding is what a gateway has while it renews.
type holding struct {
	token    signers.Token
	number   int64
	failures int
	usable   bool // until it is renewed
}

// renewShared renews for all gateways, or takes what another one has renewed.
func renewShared(t *tokens, now time.Time, service tokenService) renewal {
	h := &holding{token: t.token, number: t.number, failures: t.failures, usable: validToken(t, now) && !t.refused}
	// Of a token that may have ended, or whose renewal was due at once, nobody knows whether it is being renewed.
	release(t, t.replaces && (!h.usable || h.token.Expires.IsZero()))
	defer resume(t)
	begin, wait, following := time.Now(), time.Duration(0), false
	for {
		at := now.Add(time.Since(begin))
		kept, err := loadRecord(service.shared)
		if err != nil {
			return renewUnshared(t, h, at, service, err)
		}
		if r := known(t, h, kept, at); r.taken || r.err != nil {
			return r
		}
		if t.replaces && announced(kept, at) {
			following = true
			setExclusive(t)
		}
		keep, unlock, err := service.shared.store.Lock(service.shared.key, wait)
		if err == nil {
			r := renewLocked(t, h, now, begin, service, lock{keep: keep, unlock: unlock, waited: wait > 0, following: following})
			if r.err == nil || !errors.Is(r.err, ErrLocked) {
				return r
			}
			err = r.err
			time.Sleep(tokenLook)
		}
		if !errors.Is(err, ErrLocked) {
			return renewUnshared(t, h, at, service, errors.New("the shared token cannot be locked: "+err.Error()))
		}
		if h.usable && !t.replaces {
			return renewal{err: err, busy: true}
		}
		if time.Since(begin) > tokenFollow {
			return renewal{err: err, wait: backOff(h.failures, nil, at)}
		}
		wait = tokenLock
	}
}

// renewUnshared goes on without a store that fails. Of a token that its renewal ends there can be only one: two
// gateways that renew it for themselves would end each other's, so they wait for the store.
func renewUnshared(t *tokens, h *holding, now time.Time, service tokenService, fault error) renewal {
	if t.replaces {
		return renewal{err: fault, wait: backOff(h.failures, nil, now)}
	}
	r := askToken(t, h.token, h.failures, now, service.fetch)
	if r.err != nil {
		return r
	}
	return renewal{token: r.token, number: h.number + 1, unsaved: fault}
}

// known is what the store already answers: a newer token, or that another gateway has just failed.
func known(t *tokens, h *holding, kept record, now time.Time) renewal {
	if newer(kept, h.token, h.number) {
		if validRecord(kept, now) {
			return renewal{taken: true, kept: kept}
		}
		if t.replaces { // it has ended, but only it can be renewed
			h.token, h.number, h.usable = signersToken(kept), kept.Number, false
		}
	}
	wait := time.Unix(kept.Retry, 0).Sub(now)
	if wait > 0 && wait <= 2*tokenMaxPause { // longer: a clock is wrong
		return renewal{err: errors.New("another gateway has asked just now, and the token service failed"), wait: wait + time.Duration(rand.Int63n(int64(time.Second)))}
	}
	return renewal{}
}
