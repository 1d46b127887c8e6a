package tokens

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// issuer is a token service whose tokens live for an hour.
type issuer struct {
	first    signers.Token
	replaces bool
	silent   bool // it does not say for how long
	fetched  atomic.Int64
	fail     atomic.Bool
	arrived  chan struct{} // if set, fetch tells it
	gate     chan struct{} // if set, fetch waits for it
}

func (i *issuer) source() *signers.TokenSource {
	return &signers.TokenSource{First: i.first, Replaces: i.replaces, Next: next, Parse: i.parse, Options: []string{"id", "secret"}}
}

func next(s *signers.TokenStep) (signers.TokenRequest, bool, error) {
	return signers.TokenRequest{Body: s.Current.Text}, len(s.Answers) == 0, nil
}

func (i *issuer) parse(s *signers.TokenStep) (signers.Token, error) {
	answer := s.Answers[0]
	if answer.Status != 200 {
		return signers.Token{}, errors.New("refused")
	}
	if i.silent {
		return signers.Token{Text: string(answer.Body)}, nil
	}
	return signers.Token{Text: string(answer.Body), Expires: s.Time.Add(time.Hour)}, nil
}

func (i *issuer) fetch(signers.TokenRequest) (signers.TokenAnswer, error) {
	if i.arrived != nil {
		i.arrived <- struct{}{}
	}
	if i.gate != nil {
		<-i.gate
	}
	n := i.fetched.Add(1)
	if i.fail.Load() {
		return signers.TokenAnswer{Status: 500}, nil
	}
	return signers.TokenAnswer{Status: 200, Body: []byte("token-" + strconv.FormatInt(n, 10))}, nil
}

func (i *issuer) tokens() *testTokens {
	return &testTokens{New(i.source(), "vendor", false, start), i, nil}
}

func (k *testTokens) drop(token string, now time.Time) bool { return Invalidate(k.Keeper, token, now) }

// testTokens keep a token that is fetched from an issuer.
type testTokens struct {
	*Keeper
	issuer *issuer
	share  *Share // nil: not shared
}

func (k *testTokens) get(now time.Time) (string, *Failure) {
	token, failure := Get(k.Keeper, now, Service{Fetch: k.issuer.fetch, Share: k.share}, nil)
	return token.Text, failure
}

const noToken = "there is no valid token, and the token service did not issue one"

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func wantToken(t *testing.T, k *testTokens, now time.Time, want string) {
	t.Helper()
	got, p := k.get(now)
	if p != nil || got != want {
		t.Fatalf("token %q, problem %v, want %q", got, p, want)
	}
}

func TestATokenIsFetchedOnceAndRenewedBeforeItEnds(t *testing.T) {
	i := &issuer{}
	k := i.tokens()
	wantToken(t, k, start, "token-1")
	wantToken(t, k, start.Add(47*time.Minute), "token-1")
	wantToken(t, k, start.Add(55*time.Minute), "token-2")
	if n := i.fetched.Load(); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

func TestTheConfiguredTokenServesUntilItIsDue(t *testing.T) {
	i := &issuer{first: signers.Token{Text: "configured", Expires: start.Add(time.Hour)}}
	k := i.tokens()
	wantToken(t, k, start, "configured")
	i = &issuer{first: signers.Token{Text: "configured"}} // nobody knows for how long
	k = i.tokens()
	wantToken(t, k, start, "token-1")
}

func TestOneRequestRenewsWhileTheOthersUseTheOldToken(t *testing.T) {
	i := &issuer{}
	k := i.tokens()
	wantToken(t, k, start, "token-1")
	i.arrived, i.gate = make(chan struct{}), make(chan struct{})
	late := start.Add(55 * time.Minute)
	renewed := make(chan string)
	go func() {
		token, _ := k.get(late)
		renewed <- token
	}()
	<-i.arrived
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
	k := i.tokens()
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

// While the service hangs, only so many requests wait for it; the others are refused at once, and those that wait get the token.
func TestOnlySoManyRequestsWaitForARenewal(t *testing.T) {
	i := &issuer{gate: make(chan struct{})}
	k := i.tokens()
	const more = 50
	var all sync.WaitGroup
	var wrong atomic.Int64
	refused := make(chan string, more)
	for range 1 + maxWaiting + more { // one of them renews
		all.Go(func() {
			token, p := k.get(start)
			switch {
			case p != nil:
				refused <- p.Text
			case token != "token-1":
				wrong.Add(1)
			}
		})
	}
	for range more {
		if text := <-refused; text != "too many requests wait for the token service" {
			t.Errorf("refused because %s", text)
		}
	}
	close(i.gate)
	all.Wait()
	if wrong.Load() != 0 || len(refused) != 0 || i.fetched.Load() != 1 || k.waiting != 0 {
		t.Errorf("%d wrong tokens, %d more refused, %d fetches, %d wait", wrong.Load(), len(refused), i.fetched.Load(), k.waiting)
	}
	wantToken(t, k, start, "token-1")
}

func TestFailuresBackOffAndTheOldTokenServesWhileItIsValid(t *testing.T) {
	i := &issuer{}
	k := i.tokens()
	wantToken(t, k, start, "token-1")
	i.fail.Store(true)
	late, begun := start.Add(55*time.Minute), time.Now()
	wantToken(t, k, late, "token-1")
	passed := time.Since(begun)                         // which passes for the token too
	wantToken(t, k, late.Add(time.Second-1), "token-1") // waits a second before it asks again
	if n := i.fetched.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
	wantToken(t, k, late.Add(1250*time.Millisecond+passed), "token-1") // and up to a quarter more
	if n := i.fetched.Load(); n != 3 {
		t.Errorf("%d fetches, want 3", n)
	}
	if _, p := k.get(start.Add(61 * time.Minute)); p == nil || p.Text != noToken || p.RetryAfter < 1 {
		t.Errorf("an ended token was served: %+v", p)
	}
	i.fail.Store(false)
	wantToken(t, k, start.Add(64*time.Minute), "token-5")
}

func TestARefusedTokenIsDroppedOnceAMinute(t *testing.T) {
	i := &issuer{}
	k := i.tokens()
	wantToken(t, k, start, "token-1")
	if k.drop("", start) {
		t.Error("an answer to a request without token dropped the current one")
	}
	if !k.drop("token-0", start) {
		t.Error("a request with an older token is not repeated with the current one")
	}
	wantToken(t, k, start, "token-1")
	for range 2 {
		if !k.drop("token-1", start) {
			t.Error("a request with the refused token is not repeated with a new one")
		}
	}
	wantToken(t, k, start, "token-2")
	if k.drop("token-2", start.Add(59*time.Second)) {
		t.Error("a second token was dropped within a minute")
	}
	if !k.drop("token-2", start.Add(61*time.Second)) {
		t.Error("the second token was kept after a minute")
	}
}

func TestATokenThatIsOrWillBeRefusedIsNotUsedDuringItsRenewal(t *testing.T) {
	for _, test := range []struct {
		name     string
		replaces bool
		refused  bool
		late     time.Time
	}{
		{"a token that its successor ends", true, false, start.Add(55 * time.Minute)},
		{"a token that the vendor refused", false, true, start.Add(time.Minute)},
	} {
		i := &issuer{replaces: test.replaces}
		k := i.tokens()
		wantToken(t, k, start, "token-1")
		late := test.late
		if test.refused && !k.drop("token-1", late) {
			t.Errorf("%s: it was not dropped", test.name)
		}
		i.arrived, i.gate = make(chan struct{}, 1), make(chan struct{})
		got := make(chan string)
		for range 20 {
			go func() {
				token, _ := k.get(late)
				got <- token
			}()
		}
		<-i.arrived
		if !k.drop("token-1", late) { // the answer to an earlier request
			t.Errorf("%s: a request that the renewal overtook is not repeated", test.name)
		}
		select {
		case token := <-got:
			t.Errorf("%s: %s was used during the renewal", test.name, token)
		default:
		}
		close(i.gate)
		for range 20 {
			if token := <-got; token != "token-2" {
				t.Errorf("%s: a request went out with %q", test.name, token)
			}
		}
		if n := i.fetched.Load(); n != 2 {
			t.Errorf("%s: %d fetches, want 2", test.name, n)
		}
	}
}

func TestARefusedTokenThatCannotBeRenewedServesOnWithoutALoop(t *testing.T) {
	i := &issuer{}
	k := i.tokens()
	wantToken(t, k, start, "token-1")
	i.fail.Store(true)
	if !k.drop("token-1", start) {
		t.Error("the refused token was kept")
	}
	wantToken(t, k, start, "token-1")
	for range 5 {
		if k.drop("token-1", start) {
			t.Error("a request is repeated, although there is no other token")
		}
		wantToken(t, k, start, "token-1")
	}
	if n := i.fetched.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestATokenWhoseEndIsNotKnownServesForTenMinutes(t *testing.T) {
	i := &issuer{silent: true}
	k := i.tokens()
	wantToken(t, k, start, "token-1")
	wantToken(t, k, start.Add(10*time.Minute-1), "token-1")
	wantToken(t, k, start.Add(10*time.Minute), "token-2")
}

func TestAPanicOfTheServiceLeavesNobodyWaiting(t *testing.T) {
	i := &issuer{}
	k := i.tokens()
	func() {
		defer func() { recover() }()
		Get(k.Keeper, start, Service{Fetch: func(signers.TokenRequest) (signers.TokenAnswer, error) { panic("broken") }}, nil)
	}()
	wantToken(t, k, start, "token-1")
}

func TestAnOutageIsToldOnceAndSoIsItsEnd(t *testing.T) {
	for failures, end := range map[int]string{1: "the token is renewed, after a failed attempt", 3: "the token is renewed, after 3 failed attempts"} {
		i := &issuer{}
		i.fail.Store(true)
		k := New(i.source(), "vendor", false, start)
		var said []string
		get := func(n int) {
			Get(k, start.Add(time.Duration(n)*time.Minute), Service{Fetch: i.fetch}, func(news string) { said = append(said, news) })
		}
		for n := range failures {
			get(n)
			if o := OutageOf(k); o.Failures != n+1 || o.Reason != "refused" || !o.Retry.After(start.Add(time.Duration(n)*time.Minute)) {
				t.Errorf("after %d failures the outage is %+v", n+1, o)
			}
		}
		i.fail.Store(false)
		get(failures)
		get(failures + 1)
		if want := []string{"the token could not be renewed: refused", end}; !slices.Equal(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
		if o := OutageOf(k); o != (Outage{}) {
			t.Errorf("after the end, the outage is %+v", o)
		}
	}
}
