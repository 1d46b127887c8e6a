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
	tokenDropEach = time.Minute // a vendor's 401 costs at most one token in this time
)

// tokens keeps a credential's token fresh: renewed early, by one request at a time, while the others use the old one
// as long as it is valid. After a failure it waits; a token that the vendor refuses is dropped, but never in a loop.
type tokens struct {
	exchange signers.Exchange
	fetch    func(signers.TokenRequest) (status int, body []byte, err error)
	say      func(news string) // for the operator; may be nil

	mu       sync.Mutex
	idle     *sync.Cond // no renewal is under way
	renewing bool
	token    signers.Token
	due      time.Time // to be renewed then; zero: now
	retry    time.Time // not before then, after a failure
	failures int
	dropped  time.Time
}

func newTokens(exchange signers.Exchange, now time.Time, fetch func(signers.TokenRequest) (int, []byte, error)) *tokens {
	t := &tokens{exchange: exchange, fetch: fetch}
	t.idle = sync.NewCond(&t.mu)
	t.use(exchange.First(), now)
	return t
}

// use makes token the current one. Its renewal is due when a tenth to a fifth of its life is left, so that many
// gateways do not renew at once.
func (t *tokens) use(token signers.Token, now time.Time) {
	t.token, t.failures, t.retry = token, 0, time.Time{}
	t.due = time.Time{}
	if life := token.Expires.Sub(now); token.Text != "" && life > 0 {
		early := life/10 + time.Duration(rand.Int63n(int64(life/10)+1))
		if early > tokenEarliest {
			early = tokenEarliest - time.Duration(rand.Int63n(int64(time.Minute)))
		}
		t.due = token.Expires.Add(-early)
	}
}

func (t *tokens) valid(now time.Time) bool {
	return t.token.Text != "" && (t.token.Expires.IsZero() || now.Before(t.token.Expires))
}

// get returns a token that is valid now.
func (t *tokens) get(now time.Time) (string, *Problem) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.renewing && !t.valid(now) {
		t.idle.Wait()
	}
	if t.valid(now) && (t.renewing || now.Before(t.due) || now.Before(t.retry)) {
		return t.token.Text, nil
	}
	if !now.Before(t.retry) {
		t.renew(now)
	}
	if t.valid(now) {
		return t.token.Text, nil
	}
	p := problem(kindUnavailable, "there is no valid token, and the token service did not issue one")
	p.RetryAfter = int(t.retry.Sub(now)/time.Second) + 1
	return "", p
}

// renew fetches a token, without holding the lock while it waits for the service.
func (t *tokens) renew(now time.Time) {
	t.renewing = true
	request := t.exchange.Request(t.token)
	t.mu.Unlock()
	status, body, err := t.fetch(request)
	var fresh signers.Token
	if err == nil {
		fresh, err = t.exchange.Parse(status, body, now)
	}
	t.mu.Lock()
	t.renewing = false
	t.idle.Broadcast()
	if err == nil {
		t.use(fresh, now)
		return
	}
	wait := tokenMaxWait
	if t.failures < 6 {
		wait = tokenBackoff << uint(t.failures)
	}
	t.failures++
	t.retry = now.Add(wait)
	if t.say != nil && t.failures == 1 {
		t.say("the token could not be renewed: " + err.Error())
	}
}

// drop gives up a token that the vendor refused. Only one in a minute: a client whose requests are refused for other
// reasons must not cost a renewal each.
func (t *tokens) drop(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token != t.token.Text || now.Sub(t.dropped) < tokenDropEach {
		return false
	}
	t.dropped = now
	t.due = time.Time{}
	t.retry = time.Time{}
	return true
}

func (t *tokens) expires() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token.Expires
}
