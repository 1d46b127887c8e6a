package outbound

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// issuer is a token service whose tokens live for an hour.
type issuer struct {
	first   signers.Token
	fetched atomic.Int64
	fail    atomic.Bool
	gate    chan struct{} // if set, fetch waits for it
}

func (i *issuer) First() signers.Token { return i.first }
func (i *issuer) Request(current signers.Token) signers.TokenRequest {
	return signers.TokenRequest{Body: current.Text}
}
func (i *issuer) Parse(status int, body []byte, now time.Time) (signers.Token, error) {
	if status != 200 {
		return signers.Token{}, errors.New("refused")
	}
	return signers.Token{Text: string(body), Expires: now.Add(time.Hour)}, nil
}

func (i *issuer) fetch(signers.TokenRequest) (int, []byte, error) {
	if i.gate != nil {
		<-i.gate
	}
	n := i.fetched.Add(1)
	if i.fail.Load() {
		return 500, nil, nil
	}
	return 200, []byte("token-" + strconv.FormatInt(n, 10)), nil
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func wantToken(t *testing.T, k *tokens, now time.Time, want string) {
	t.Helper()
	got, p := k.get(now)
	if p != nil || got != want {
		t.Fatalf("token %q, problem %v, want %q", got, p, want)
	}
}

func TestATokenIsFetchedOnceAndRenewedBeforeItEnds(t *testing.T) {
	i := &issuer{}
	k := newTokens(i, start, i.fetch)
	wantToken(t, k, start, "token-1")
	wantToken(t, k, start.Add(47*time.Minute), "token-1")
	wantToken(t, k, start.Add(55*time.Minute), "token-2")
	if n := i.fetched.Load(); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

func TestTheConfiguredTokenServesUntilItIsDue(t *testing.T) {
	i := &issuer{first: signers.Token{Text: "configured", Expires: start.Add(time.Hour)}}
	k := newTokens(i, start, i.fetch)
	wantToken(t, k, start, "configured")
	i = &issuer{first: signers.Token{Text: "configured"}} // nobody knows for how long
	k = newTokens(i, start, i.fetch)
	wantToken(t, k, start, "token-1")
}

func TestOneRequestRenewsWhileTheOthersUseTheOldToken(t *testing.T) {
	i := &issuer{}
	k := newTokens(i, start, i.fetch)
	wantToken(t, k, start, "token-1")
	i.gate = make(chan struct{})
	late := start.Add(55 * time.Minute)
	renewed := make(chan string)
	go func() {
		token, _ := k.get(late)
		renewed <- token
	}()
	for { // until that one is at the service
		k.mu.Lock()
		busy := k.renewing
		k.mu.Unlock()
		if busy {
			break
		}
	}
	for range 10 {
		wantToken(t, k, late, "token-1")
	}
	close(i.gate)
	if token := <-renewed; token != "token-2" {
		t.Errorf("the renewing request got %q", token)
	}
}

func TestWithoutAValidTokenAllWaitForTheSameRenewal(t *testing.T) {
	i := &issuer{gate: make(chan struct{})}
	k := newTokens(i, start, i.fetch)
	var all sync.WaitGroup
	var wrong atomic.Int64
	for range 50 {
		all.Go(func() {
			if token, p := k.get(start); p != nil || token != "token-1" {
				wrong.Add(1)
			}
		})
	}
	close(i.gate)
	all.Wait()
	if wrong.Load() != 0 || i.fetched.Load() != 1 {
		t.Errorf("%d wrong tokens, %d fetches", wrong.Load(), i.fetched.Load())
	}
}

func TestFailuresBackOffAndTheOldTokenServesWhileItIsValid(t *testing.T) {
	i := &issuer{}
	k := newTokens(i, start, i.fetch)
	wantToken(t, k, start, "token-1")
	i.fail.Store(true)
	late := start.Add(55 * time.Minute)
	wantToken(t, k, late, "token-1")
	wantToken(t, k, late, "token-1") // waits a second before it asks again
	if n := i.fetched.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
	wantToken(t, k, late.Add(time.Second), "token-1")
	if n := i.fetched.Load(); n != 3 {
		t.Errorf("%d fetches, want 3", n)
	}
	if _, p := k.get(start.Add(61 * time.Minute)); p == nil || p.Status != 503 || p.RetryAfter < 1 {
		t.Errorf("an ended token was served: %+v", p)
	}
	i.fail.Store(false)
	wantToken(t, k, start.Add(64*time.Minute), "token-5")
}

func TestARefusedTokenIsDroppedOnceAMinute(t *testing.T) {
	i := &issuer{}
	k := newTokens(i, start, i.fetch)
	wantToken(t, k, start, "token-1")
	if k.drop("another", start) {
		t.Error("the refusal of an older token dropped the current one")
	}
	if !k.drop("token-1", start) {
		t.Error("the refused token was kept")
	}
	wantToken(t, k, start, "token-2")
	if k.drop("token-2", start.Add(59*time.Second)) {
		t.Error("a second token was dropped within a minute")
	}
	if !k.drop("token-2", start.Add(61*time.Second)) {
		t.Error("the second token was kept after a minute")
	}
}

func TestCredentialsShareTokensOnlyIfEveryFieldIsTheSame(t *testing.T) {
	key := func(c signers.CarbonBlack) string { return credentialKey("carbonblack", c.Settings()) }
	a := signers.CarbonBlack{OAuthAppID: "a", OAuthAppSecret: "b"}
	if key(a) != key(signers.CarbonBlack{OAuthAppID: "a", OAuthAppSecret: "b"}) {
		t.Error("the same credential has two keys")
	}
	for _, other := range []signers.CarbonBlack{
		{OAuthAppID: "a", OAuthAppSecret: "c"}, {OAuthAppID: "c", OAuthAppSecret: "b"}, {OAuthAppID: "ab"},
		{OAuthAppID: "a", OAuthAppSecret: "b", CSPURL: "https://csp"}, {CSPAPIToken: "b"},
	} {
		if key(a) == key(other) {
			t.Errorf("two credentials share a key: %d", len(other.OAuthAppID))
		}
	}
}
