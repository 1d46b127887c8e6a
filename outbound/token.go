//go:build go1.21

package outbound

import (
	"math/rand"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	tokenEarliest = 10 * time.Minute // a token is renewed at most this long before it ends
	tokenBackoff  = time.Second      // after a failure, doubled up to tokenMaxWait
	tokenMaxWait  = time.Minute
	tokenDropEach = time.Minute      // a vendor's 401 costs at most one token in this time
	tokenUnknown  = 10 * time.Minute // a fetched token whose end is not known is renewed after this time
)

// tokens keeps a credential's token fresh: renewed early, by one request at a time, while the others use the old one
// as long as it is good. After a failure it waits; a token that the vendor refuses is dropped, but never in a loop.
// Its functions are no methods: interpreted, the first two calls of a method at once race for its type.
type tokens struct {
	// The exchange's methods, as values: see Gate.sign.
	request  func(current signers.Token) signers.TokenRequest
	parse    func(answer signers.TokenAnswer, now time.Time) (signers.Token, error)
	replaces bool

	mu       sync.Mutex
	idle     *sync.Cond // no renewal is under way
	renewing bool
	token    signers.Token
	refused  bool      // the vendor refused token
	due      time.Time // to be renewed then; zero: now
	retry    time.Time // not before then, after a failure
	failures int
	dropped  time.Time
}

func newTokens(exchange signers.Exchange, now time.Time) *tokens {
	t := &tokens{request: exchange.Request, parse: exchange.Parse, replaces: exchange.Replaces()}
	t.idle = sync.NewCond(&t.mu)
	useToken(t, exchange.First(), now)
	return t
}

// useToken makes token the current one. Its renewal is due when a tenth to a fifth of its life is left, so that many
// gateways do not renew at once.
func useToken(t *tokens, token signers.Token, now time.Time) {
	t.token, t.refused, t.failures, t.retry = token, false, 0, time.Time{}
	t.due = time.Time{}
	if life := token.Expires.Sub(now); token.Text != "" && life > 0 {
		early := life/10 + time.Duration(rand.Int63n(int64(life/10)+1))
		if early > tokenEarliest {
			early = tokenEarliest - time.Duration(rand.Int63n(int64(time.Minute)))
		}
		t.due = token.Expires.Add(-early)
	}
}

func validToken(t *tokens, now time.Time) bool {
	return t.token.Text != "" && (t.token.Expires.IsZero() || now.Before(t.token.Expires))
}

// getToken returns a token that is valid now. If it must be renewed, fetch asks the token service, and say, which may be
// nil, tells the operator of a failure.
func getToken(t *tokens, now time.Time, fetch func(signers.TokenRequest) (signers.TokenAnswer, error), say func(news string)) (string, *Problem) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.renewing && (t.replaces || t.refused || !validToken(t, now)) {
		t.idle.Wait()
	}
	if !t.renewing && !now.Before(t.due) && !now.Before(t.retry) {
		renewToken(t, now, fetch, say)
	}
	if validToken(t, now) {
		return t.token.Text, nil
	}
	p := problem(kindUnavailable, "there is no valid token, and the token service did not issue one")
	p.RetryAfter = 1
	if wait := t.retry.Sub(now); wait > 0 {
		p.RetryAfter += int(wait / time.Second)
	}
	return "", p
}

func renewToken(t *tokens, now time.Time, fetch func(signers.TokenRequest) (signers.TokenAnswer, error), say func(news string)) {
	begin := time.Now()
	fresh, err := askToken(t, now, fetch)
	if err == nil {
		if !fresh.Expires.After(now) { // it was issued just now: the service does not say, or the clocks differ
			fresh.Expires = time.Time{}
		}
		useToken(t, fresh, now)
		if t.due.IsZero() {
			t.due = now.Add(tokenUnknown)
		}
		return
	}
	wait := tokenMaxWait
	if t.failures < 6 {
		wait = tokenBackoff << uint(t.failures)
	}
	t.failures++
	t.retry = now.Add(time.Since(begin).Truncate(time.Second) + wait)
	if say != nil && t.failures == 1 {
		say("the token could not be renewed: " + err.Error())
	}
}

// askToken fetches a token, without holding the lock while it waits for the service.
func askToken(t *tokens, now time.Time, fetch func(signers.TokenRequest) (signers.TokenAnswer, error)) (signers.Token, error) {
	request := t.request(t.token)
	t.renewing = true
	t.mu.Unlock()
	defer func() { // whatever happens, nobody waits for ever
		t.mu.Lock()
		t.renewing = false
		t.idle.Broadcast()
	}()
	answer, err := fetch(request)
	if err != nil {
		return signers.Token{}, err
	}
	return t.parse(answer, now)
}

// dropToken hears that the vendor refused a token, and reports whether another attempt would go out with another one. The
// current token is given up for it only once a minute: a client whose requests are refused for other reasons must not
// cost a renewal each. Until a new one is there, it serves on.
func dropToken(t *tokens, token string, now time.Time) (another bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case token == "":
		return false
	case token != t.token.Text:
		return validToken(t, now)
	case t.renewing:
		return true
	case t.refused:
		return !now.Before(t.retry)
	case now.Sub(t.dropped) < tokenDropEach:
		return false
	}
	t.refused, t.dropped = true, now
	t.due, t.retry = time.Time{}, time.Time{}
	return true
}

func tokenExpires(t *tokens) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token.Expires
}
