//go:build go1.21

package tokens

import (
	"math/rand"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

const (
	maxEarly       = 10 * time.Minute  // a token is renewed at most this long before it ends
	unknownLife    = 10 * time.Minute  // a token whose expiry is not known is renewed after this time
	invalidateEach = time.Minute       // 401s of a vendor cost at most one token in this time
	maxWaiting     = 5000              // requests that wait for a renewal at once, each with its connection and its header
	longestWait    = 2 * maxRetryAfter // longer than backOff and the wait for another gateway together
)

// Keeper keeps the token of one credential valid. It renews the token before it ends, by one request at a time, while the
// others use the old one. It is safe for concurrent use. It has functions rather than methods: interpreted, the first two
// concurrent calls of a method race for its type. The states of its token are drawn in the package's documentation; which
// fields they are:
//
//	valid     token.Text is set, and its Expires is not over
//	renewing  one request is in renew or checkStore, without mu
//	none      no token; retry says when the next request may ask
type Keeper struct {
	from     *signers.TokenSource
	host     string // that the credential is bound to
	plain    bool   // which is of this machine and speaks plain http
	replaces bool

	mu          sync.Mutex
	idle        *sync.Cond // no renewal is in progress
	renewing    bool       // one request is with the token service, or with the store
	waiting     int        // requests that wait for it
	exclusive   bool       // the token may end meanwhile: nobody must use it
	token       signers.Token
	refused     bool      // the vendor refused token
	due         time.Time // when to renew it; zero: now
	retry       time.Time // when to try again after a failure
	failures    int       // in a row
	reason      string    // of the last one
	denied      bool      // in the last one the token service refused the credential
	invalidated time.Time // when a token was last discarded
	renewals    Renewals

	// Where tokens are shared:
	number   int64     // of the renewal that token comes from
	issued   time.Time // when token was
	unsaved  bool      // the store does not have token yet
	suspect  bool      // the vendor refused token, and another gateway may have a better one
	checked  time.Time // when the store was read last
	checking bool      // it is being read
	failing  bool      // the operator was informed that the store fails
}

// Service is where the tokens of a credential are fetched and shared. It is passed with each call and not kept, since a
// configuration may change while its credential stays.
type Service struct {
	// Fetch sends a token request: see Client.
	Fetch func(signers.TokenRequest) (signers.TokenAnswer, error)
	// Share is the credential's place in a store; nil: every gateway has a token of its own.
	Share *Share
	// Local says that no other gateway uses the share, so that a session may be ended when the last user of its credential here
	// is gone.
	Local bool
	// Lifetime is how long a token is used at most; 0: as long as it lives.
	Lifetime time.Duration
	// Nonce makes the nonce that a step of a renewal needs; nil: no step needs one.
	Nonce func(kind string) (string, error)
}

// Failure says why there is no token. It becomes a 503.
type Failure struct {
	Text       string // for the client; it shows nothing of the credential
	RetryAfter int    // the seconds until the next attempt
}

// New returns the keeper of a credential that is bound to host, and whose tokens come from a source. Plain says that host is
// on this machine and speaks plain http. A token in the configuration counts as issued now. Nothing is sent: the first Get
// does so.
func New(from *signers.TokenSource, host string, plain bool, now time.Time) *Keeper {
	k := &Keeper{from: from, host: host, plain: plain, replaces: from.Replaces}
	k.idle = sync.NewCond(&k.mu)
	use(k, from.First, now)
	return k
}

// use makes token, which was issued at that time, the current one. Its renewal is due when a tenth to a fifth of its life is
// left, so that many gateways do not renew at once. The caller has k.mu. A token whose expiry is not known is due at once;
// who knows better sets k.due afterwards.
//
//	a token of 1 hour:     due 6 to 10 minutes before its end (maxEarly)
//	a token of 10 minutes: due 1 to 2 minutes before its end
func use(k *Keeper, token signers.Token, issued time.Time) {
	k.token, k.refused, k.failures = token, false, 0
	k.retry = time.Time{}
	k.denied = false
	k.issued, k.suspect = issued, false
	k.due = time.Time{}
	if life := token.Expires.Sub(issued); token.Text != "" && life > 0 {
		early := life/10 + time.Duration(rand.Int63n(int64(life/10)+1))
		if early > maxEarly {
			early = maxEarly - time.Duration(rand.Int63n(int64(time.Minute)))
		}
		k.due = token.Expires.Add(-early)
	}
}

// useFresh makes a token from the token service the current one. It was issued just now even if it seems to have expired: the
// service does not say how long it lives, or the clocks differ. It is used no longer than most, if that is not 0.
func useFresh(k *Keeper, token signers.Token, issued time.Time, most time.Duration) {
	if !token.Expires.After(issued) {
		token.Expires = time.Time{}
	}
	if end := issued.Add(most); most > 0 && (token.Expires.IsZero() || token.Expires.After(end)) {
		token.Expires = end
	}
	use(k, token, issued)
	if k.due.IsZero() {
		k.due = issued.Add(unknownLife)
	}
}

// valid reports whether there is a token that has not expired. One whose expiry is not known counts until the vendor refuses
// it. The caller has k.mu.
func valid(k *Keeper, now time.Time) bool {
	return k.token.Text != "" && (k.token.Expires.IsZero() || now.Before(k.token.Expires))
}

// Settled returns the token if it needs no renewal within a second of now, so that all requests of that second may use it without
// Get; else it returns one without a text. It also does so for a token that another gateway's renewal can end at any time.
func Settled(k *Keeper, now time.Time) signers.Token {
	soon := now.Add(time.Second)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.replaces || k.renewing || k.refused || k.suspect || !valid(k, soon) || !soon.Before(k.due) {
		return signers.Token{}
	}
	return k.token
}

// Get returns a token that is valid now, and renews it first if it is due. It waits for a renewal in progress unless the old
// token can be used meanwhile. onNews, which may be nil, is called with what the operator should know: that renewal or
// sharing fails, once until it works again. The failure is nil unless there is no valid token.
//
// It may take as long as a renewal: some seconds usually, half a minute where another gateway renews. It is not ended by the
// request's context, since the token is for the others, too.
func Get(k *Keeper, now time.Time, service Service, onNews func(news string)) (signers.Token, *Failure) {
	asked, begin := now, time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.retry.Sub(now) > longestWait { // the clock was set back
		k.retry = time.Time{}
	}
	// A request waits for a renewal only if it cannot use the token meanwhile.
	for k.renewing && (k.exclusive || k.refused || !valid(k, now)) {
		// A service that hangs, for up to ten seconds at each step, would otherwise have the gateway hold whatever comes.
		if k.waiting >= maxWaiting {
			f := &Failure{Text: "too many requests wait for the token service", RetryAfter: 1}
			return signers.Token{}, f
		}
		k.waiting++
		k.idle.Wait()
		k.waiting--
		now = asked.Add(time.Since(begin))
	}
	// The condition is looked at again, since another request may have begun a renewal while this one waited.
	if !k.renewing && service.Share != nil && mayCheck(k, now) {
		checkStore(k, now, service.Share, onNews)
	}
	for again := !k.renewing; again && !now.Before(k.due) && !now.Before(k.retry); {
		busy := renew(k, now, service, onNews)
		now = asked.Add(time.Since(begin))
		again = busy && !valid(k, now) // it expired while another gateway was renewing it
	}
	// Also after a failed renewal: the old token is good as long as it lives.
	if valid(k, now) {
		return k.token, nil
	}
	// Whole seconds and one more, so that nobody comes back just before the next attempt.
	f := &Failure{Text: "there is no valid token, and the token service did not issue one", RetryAfter: 1}
	if wait := k.retry.Sub(asked.Add(time.Since(begin).Truncate(time.Second))); wait > 0 {
		f.RetryAfter += int(wait / time.Second)
	}
	return signers.Token{}, f
}

// Invalidate records that the vendor refused a token with a 401, and reports whether another attempt would go out with
// another one. It discards the current token only once a minute: a client whose requests are refused for other reasons must
// not cost a renewal each. The token stays in use until Get has a new one. token is the text that the refused request was
// signed with; empty: it had none.
func Invalidate(k *Keeper, token string, now time.Time) (another bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case token == "":
		return false
	// It was renewed since the request was signed.
	case token != k.token.Text:
		return valid(k, now)
	case k.refused:
		return k.renewing || !now.Before(k.retry)
	case k.renewing && !k.checking:
		k.refused = true // so that the other attempt waits for the new one
		return true
	// A new token each minute is all that refusals may cost. Another gateway may have a better one: the store is asked.
	case limits.Recent(k.invalidated, now, invalidateEach):
		k.suspect = true
		return false
	}
	k.refused, k.invalidated = true, now
	k.due = time.Time{}
	if !k.denied { // the token service would refuse it again
		k.retry = time.Time{}
	}
	return true
}
