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
	tokenDropEach = time.Minute       // a vendor's 401 costs at most one token in this time
	longestWait   = 2 * tokenMaxPause // between two attempts to renew, and more than backOff and the wait for another gateway come to
	tokenUnknown  = 10 * time.Minute  // a fetched token whose end is not known is renewed after this time
)

// tokens keeps a credential's token fresh: renewed early, by one request at a time, while the others use the old one
// as long as it is good. After a failure it waits; a token that the vendor refuses is dropped, but never in a loop.
// Its functions are no methods: interpreted, the first two calls of a method at once race for its type.
type tokens struct {
	// The source's methods, as values: see credential.sign.
	next     func(current signers.Token) signers.TokenRequest
	parse    func(answer signers.TokenAnswer, now time.Time) (signers.Token, error)
	replaces bool

	mu        sync.Mutex
	idle      *sync.Cond // no renewal is under way
	renewing  bool       // one request is with the token service, or with the store
	exclusive bool       // meanwhile the token may end: nobody is to use it
	token     signers.Token
	refused   bool      // the vendor refused token
	due       time.Time // to be renewed then; zero: now
	retry     time.Time // not before then, after a failure
	failures  int
	dropped   time.Time
	renewals  Renewals

	// Where tokens are shared:
	number  int64     // of the renewal that token comes from
	issued  time.Time // when token was
	unsaved bool      // the store does not have token yet
	suspect bool      // the vendor refused token, and another gateway may have a better one
	looked  time.Time // when the store was looked at last
	looking bool      // that is being done
	silent  bool      // that the store fails has been told
}

func newTokens(from signers.TokenSource, now time.Time) *tokens {
	t := &tokens{next: from.Next, parse: from.Parse, replaces: from.Replaces()}
	t.idle = sync.NewCond(&t.mu)
	useToken(t, from.First(), now)
	return t
}

// useToken makes token, which was issued at that time, the current one. Its renewal is due when a tenth to a fifth of
// its life is left, so that many gateways do not renew at once.
func useToken(t *tokens, token signers.Token, issued time.Time) {
	t.token, t.refused, t.failures, t.retry = token, false, 0, time.Time{}
	t.issued, t.suspect = issued, false
	t.due = time.Time{}
	if life := token.Expires.Sub(issued); token.Text != "" && life > 0 {
		early := life/10 + time.Duration(rand.Int63n(int64(life/10)+1))
		if early > tokenEarliest {
			early = tokenEarliest - time.Duration(rand.Int63n(int64(time.Minute)))
		}
		t.due = token.Expires.Add(-early)
	}
}

// useFresh makes a token the current one that comes from the token service. One that is over already was issued just
// now nevertheless: the service does not say how long it lives, or the clocks differ.
func useFresh(t *tokens, token signers.Token, issued time.Time) {
	if !token.Expires.After(issued) {
		token.Expires = time.Time{}
	}
	useToken(t, token, issued)
	if t.due.IsZero() {
		t.due = issued.Add(tokenUnknown)
	}
}

func validToken(t *tokens, now time.Time) bool {
	return t.token.Text != "" && (t.token.Expires.IsZero() || now.Before(t.token.Expires))
}

// settledToken is the token if nothing has to be done about it for the rest of the second, so that all requests may use it
// without a look; else it is empty. One whose renewal ends it has to be looked at each time.
func settledToken(t *tokens, now time.Time) string {
	soon := now.Add(time.Second)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.replaces || t.renewing || t.refused || t.suspect || !validToken(t, soon) || !soon.Before(t.due) {
		return ""
	}
	return t.token.Text
}

// getToken returns a token that is valid now. If it must be renewed, the service is asked, and say, which may be nil,
// tells the operator of a failure.
func getToken(t *tokens, now time.Time, service tokenService, say func(news string)) (string, *Problem) {
	asked, begin := now, time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.retry.Sub(now) > longestWait { // the clock was set back
		t.retry = time.Time{}
	}
	for t.renewing && (t.exclusive || t.refused || !validToken(t, now)) {
		t.idle.Wait()
		now = asked.Add(time.Since(begin))
	}
	if !t.renewing && service.shared != nil && mayLook(t, now) {
		lookToken(t, now, service.shared, say)
	}
	for again := !t.renewing; again && !now.Before(t.due) && !now.Before(t.retry); {
		busy := renewToken(t, now, service, say)
		now = asked.Add(time.Since(begin))
		again = busy && !validToken(t, now) // it ended while another gateway was busy with it
	}
	if validToken(t, now) {
		return t.token.Text, nil
	}
	p := problem(kindUnavailable, "there is no valid token, and the token service did not issue one")
	p.RetryAfter = 1
	if wait := t.retry.Sub(asked.Add(time.Since(begin).Truncate(time.Second))); wait > 0 {
		p.RetryAfter += int(wait / time.Second)
	}
	return "", p
}

// renewToken renews the token, or reports that another gateway is busy with that while this one's is good.
func renewToken(t *tokens, now time.Time, service tokenService, say func(news string)) (busy bool) {
	begin := time.Now()
	var r renewal
	if service.shared == nil {
		r = renewAlone(t, now, service.fetch)
	} else {
		r = renewShared(t, now, service)
	}
	passed := time.Since(begin)
	switch {
	case r.taken:
		takeToken(t, r.kept)
	case r.err == nil:
		t.number, t.unsaved = r.number, r.unsaved != nil
		useFresh(t, r.token, now)
		t.renewals.Own++
		tellFailure(t, r.unsaved, say)
	case r.busy:
		t.retry = now.Add(passed + time.Second)
		if t.token.Expires.Before(t.retry) && !t.token.Expires.IsZero() {
			t.retry = t.token.Expires
		}
	default:
		t.failures++
		t.renewals.Failed++
		t.retry = now.Add(passed.Truncate(time.Second) + r.wait)
		if say != nil && t.failures == 1 {
			say("the token could not be renewed: " + r.err.Error())
		}
	}
	return r.busy
}

// tellFailure tells the operator once that tokens are not shared, until they are again.
func tellFailure(t *tokens, err error, say func(news string)) {
	if err == nil {
		t.silent = false
	} else if !t.silent && say != nil {
		t.silent = true
		say(err.Error())
	}
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
	case t.refused:
		return t.renewing || !now.Before(t.retry)
	case t.renewing && !t.looking:
		t.refused = true // so that the other attempt waits for the new one
		return true
	case recent(t.dropped, now, tokenDropEach):
		t.suspect = true
		return false
	}
	t.refused, t.dropped = true, now
	t.due, t.retry = time.Time{}, time.Time{}
	return true
}

// recent reports whether at was within the last so long. A time that is still to come is from a clock that was set back since.
func recent(at, now time.Time, within time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < within
}

// Renewals counts how a token was renewed since the gateway knows its credential.
type Renewals struct {
	Own    int64 // by this gateway
	Others int64 // by another one, which shares its tokens
	Failed int64 // attempts in vain
}

func tokenRenewals(t *tokens) Renewals {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.renewals
}

func tokenExpires(t *tokens) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token.Expires
}
