package tokens

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// fleet makes gateways that share the tokens of an issuer through a store.
func fleet(t *testing.T, i *issuer, store *Store, gateways int) []*testTokens {
	t.Helper()
	var all []*testTokens
	for range gateways {
		s, err := NewShare(store, "vendor", "the credential", "this")
		if err != nil {
			t.Fatal(err)
		}
		k := i.tokens()
		k.share = s
		all = append(all, k)
	}
	return all
}

// fragile is a store whose parts can fail.
type fragile struct {
	load, save, lock atomic.Bool
}

func (f *fragile) over(store *Store) *Store {
	broken := errors.New("the storage is broken")
	return &Store{
		Load: func(key string) ([]byte, error) {
			if f.load.Load() {
				return nil, broken
			}
			return store.Load(key)
		},
		Save: func(key string, data []byte) error {
			if f.save.Load() {
				return broken
			}
			return store.Save(key, data)
		},
		Lock: func(key string, wait time.Duration) (func() error, func(), error) {
			if f.lock.Load() {
				return nil, nil, broken
			}
			return store.Lock(key, wait)
		},
	}
}

func TestAFleetFetchesOneToken(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		i := &issuer{replaces: replaces}
		all := fleet(t, i, Folder(t.TempDir(), "this"), 5)
		var done sync.WaitGroup
		for _, k := range all {
			for range 5 {
				done.Go(func() {
					if token, p := k.get(start); p != nil || token != "token-1" {
						t.Errorf("token %q, problem %v", token, p)
					}
				})
			}
		}
		done.Wait()
		late := start.Add(59*time.Minute + 59*time.Second)
		for _, k := range all { // each finds it due, and the first renews
			wantToken(t, k, late, "token-2")
		}
		if n := i.fetched.Load(); n != 2 {
			t.Errorf("%d tokens were asked for, want 2", n)
		}
	}
}

func TestARefusalOfAFleetsTokenCostsOneRenewal(t *testing.T) {
	i := &issuer{}
	all := fleet(t, i, Folder(t.TempDir(), "this"), 5)
	for _, k := range all {
		wantToken(t, k, start, "token-1")
	}
	for _, k := range all {
		if !k.drop("token-1", start) {
			t.Error("another attempt has no other token")
		}
	}
	for _, k := range all {
		wantToken(t, k, start, "token-2")
	}
	// A minute has not passed, so that nobody gives token-2 up; but who hears that it is refused looks for a better one.
	soon := start.Add(30 * time.Second)
	if all[0].drop("token-2", soon) || all[1].drop("token-2", soon) {
		t.Error("a second token was given up within a minute")
	}
	later := start.Add(time.Minute)
	all[2].drop("token-2", later)
	wantToken(t, all[2], later, "token-3")
	wantToken(t, all[0], later, "token-3")
	wantToken(t, all[1], later, "token-3")
	if n := i.fetched.Load(); n != 3 {
		t.Errorf("%d tokens were asked for, want 3", n)
	}
}

// The token service hears from all gateways together: one that has not failed yet waits for as long as those that have.
func TestAGatewayGoesOnWithTheBackoffOfTheOthers(t *testing.T) {
	i := &issuer{}
	i.fail.Store(true)
	k := fleet(t, i, Folder(t.TempDir(), "this"), 1)[0]
	if err := save(k.share, record{Number: 1, Failures: 6, Retry: start.Unix() - 1}); err != nil {
		t.Fatal(err)
	}
	if _, f := k.get(start); f == nil {
		t.Fatal("there is a token")
	}
	kept, err := load(k.share)
	if err != nil || kept.Failures != 7 || kept.Retry < start.Unix()+30 {
		t.Errorf("after another failure the record is %+v, %v", kept, err)
	}
}

func TestTheStoredTokenIsPreferredToTheConfiguredOne(t *testing.T) {
	i := &issuer{first: signers.Token{Text: "configured", Expires: start.Add(time.Hour)}, replaces: true}
	store := Folder(t.TempDir(), "this")
	k := fleet(t, i, store, 1)[0]
	wantToken(t, k, start, "configured")
	wantToken(t, k, start.Add(59*time.Minute+30*time.Second), "token-1")
	restarted := fleet(t, i, store, 1)[0] // its configuration has not changed, and its token seems to be good
	wantToken(t, restarted, start.Add(59*time.Minute+40*time.Second), "token-1")
	// A long stop: the stored token has ended too, and it is the one that is renewed.
	var asked string
	late := fleet(t, i, store, 1)[0]
	late.from.Next = func(s *signers.TokenStep) (signers.TokenRequest, bool, error) {
		asked = s.Current.Text
		return next(s)
	}
	wantToken(t, late, start.Add(3*time.Hour), "token-2")
	if asked != "token-1" {
		t.Errorf("%q was renewed", asked)
	}
}

func TestARenewalThatEndsTheTokenIsAnnouncedToTheOthers(t *testing.T) {
	i := &issuer{replaces: true}
	all := fleet(t, i, Folder(t.TempDir(), "this"), 2)
	for _, k := range all {
		wantToken(t, k, start, "token-1")
	}
	i.arrived, i.gate = make(chan struct{}), make(chan struct{})
	// The last moment at which the second gateway's own renewal is not due, if the first one's is.
	all[0].due = start.Add(50 * time.Minute)
	all[1].due = start.Add(55 * time.Minute)
	late := start.Add(51 * time.Minute)
	tokens := make(chan string, 3)
	get := func(k *testTokens) {
		token, _ := k.get(late)
		tokens <- token
	}
	go get(all[0])
	<-i.arrived   // it has announced the renewal, and asks
	for range 2 { // the first to come looks, and the other one waits for it
		go get(all[1])
		select {
		case token := <-tokens:
			t.Errorf("%q was used while it was renewed", token)
		case <-time.After(100 * time.Millisecond): // nothing tells that a goroutine waits for good reason
		}
	}
	close(i.gate)
	for range 3 {
		if token := <-tokens; token != "token-2" {
			t.Errorf("token %q", token)
		}
	}
	if n := i.fetched.Load(); n != 2 {
		t.Errorf("%d tokens were asked for, want 2", n)
	}
}

func TestWhatAnotherGatewayRenewedIsTakenWithoutTheLock(t *testing.T) {
	i := &issuer{}
	store := Folder(t.TempDir(), "this")
	all := fleet(t, i, store, 2)
	wantToken(t, all[0], start, "token-1")
	all[1].share.store = &Store{Load: store.Load, Save: store.Save, Lock: func(string, time.Duration) (func() error, func(), error) {
		t.Error("it asks for the lock")
		return nil, nil, errors.New("the storage is broken")
	}}
	wantToken(t, all[1], start, "token-1")
}

func TestWhileOneGatewayRenewsTheOthersUseTheirToken(t *testing.T) {
	i := &issuer{}
	all := fleet(t, i, Folder(t.TempDir(), "this"), 2)
	for _, k := range all {
		wantToken(t, k, start, "token-1")
	}
	i.arrived, i.gate = make(chan struct{}), make(chan struct{})
	late := start.Add(59 * time.Minute)
	done := make(chan struct{})
	go func() {
		all[0].get(late)
		close(done)
	}()
	<-i.arrived
	begun := time.Now()
	for range 3 {
		wantToken(t, all[1], late, "token-1")
	}
	soon := late.Add(time.Since(begun) + time.Second) // what a renewal takes is time that passes for it
	close(i.gate)
	<-done
	wantToken(t, all[1], soon, "token-2")
}

func TestAStoreThatFailsStopsOnlyRenewalsThatEndTheToken(t *testing.T) {
	parts := map[string]func(f *fragile){
		"load": func(f *fragile) { f.load.Store(true) },
		"save": func(f *fragile) { f.save.Store(true) },
		"lock": func(f *fragile) { f.lock.Store(true) },
	}
	for name, fail := range parts {
		i, f := &issuer{}, new(fragile)
		all := fleet(t, i, f.over(Folder(t.TempDir(), "this")), 2)
		fail(f)
		wantToken(t, all[0], start, "token-1") // each for itself
		wantToken(t, all[1], start, "token-2")
		f.load.Store(false)
		f.save.Store(false)
		f.lock.Store(false)
		wantToken(t, all[0], start.Add(59*time.Minute), "token-3")
		wantToken(t, all[1], start.Add(59*time.Minute), "token-3")

		i = &issuer{replaces: true, first: signers.Token{Text: "configured", Expires: start.Add(time.Hour)}}
		k := fleet(t, i, f.over(Folder(t.TempDir(), "this")), 1)[0]
		fail(f)
		wantToken(t, k, start.Add(55*time.Minute), "configured") // due, and still good
		if _, p := k.get(start.Add(61 * time.Minute)); p == nil || p.Text != noToken {
			t.Errorf("%s: problem %v", name, p)
		}
		if n := i.fetched.Load(); n != 0 {
			t.Errorf("%s: a token was renewed that could not be shared", name)
		}
	}
}

// The token before is dead: the new one must be used, and get into the store as soon as that works.
func TestATokenThatCouldNotBeSavedIsSavedLater(t *testing.T) {
	f := new(fragile)
	i := &issuer{replaces: true}
	all := fleet(t, i, f.over(Folder(t.TempDir(), "this")), 2)
	i.arrived, i.gate = make(chan struct{}), make(chan struct{})
	first := make(chan string)
	go func() {
		token, _ := all[0].get(start)
		first <- token
	}()
	<-i.arrived // the announcement was saved
	f.save.Store(true)
	close(i.gate)
	if token := <-first; token != "token-1" {
		t.Fatalf("token %q", token)
	}
	wantToken(t, all[0], start.Add(time.Second), "token-1")
	f.save.Store(false)
	wantToken(t, all[0], start.Add(2*time.Second), "token-1")
	wantToken(t, all[1], start.Add(2*time.Second), "token-1")
	if n := i.fetched.Load(); n != 1 {
		t.Errorf("%d tokens were asked for, want 1", n)
	}
}

func TestAFailureOfTheServiceIsOneForTheFleet(t *testing.T) {
	i := &issuer{}
	i.fail.Store(true)
	all := fleet(t, i, Folder(t.TempDir(), "this"), 5)
	begun := time.Now()
	for _, k := range all {
		if _, p := k.get(start); p == nil || p.RetryAfter < 1 {
			t.Errorf("problem %v", p)
		}
	}
	if n := i.fetched.Load(); n != 1 {
		t.Errorf("%d tokens were asked for, want 1", n)
	}
	soon := start.Add(3*time.Second + time.Since(begun)) // what a renewal takes is time that passes for it
	i.fail.Store(false)
	for _, k := range all {
		wantToken(t, k, soon, "token-2")
	}
}

func TestWhatIsStoredIsReadOnlyByTheSameCredentialAndOnlyIfItIsWhole(t *testing.T) {
	dir := t.TempDir()
	store := Folder(dir, "this")
	own := func(fields string) *Share {
		s, err := NewShare(store, "vendor", fields, "this")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	mine := own("id and secret")
	if err := save(mine, record{Token: "canary-token", Number: 1}); err != nil {
		t.Fatal(err)
	}
	if r, err := load(own("id and secret")); err != nil || r.Token != "canary-token" {
		t.Fatalf("read %v", err)
	}
	data, err := store.Load(mine.key)
	if err != nil || bytes.Contains(data, []byte("canary")) || strings.Contains(mine.key, "secret") {
		t.Errorf("the token or the credential is readable: %v", err)
	}
	other := own("id and another secret")
	if other.key == mine.key {
		t.Error("two credentials have one key")
	}
	broken := map[string][]byte{"nothing": {}, "half": data[:len(data)/2], "less than a nonce": data[:5],
		"text": []byte("{\"token\":\"foreign\"}"), "a long text": bytes.Repeat([]byte("x"), 1000)}
	for n := range data {
		tampered := bytes.Clone(data)
		tampered[n] ^= 1
		broken["byte "+string(rune('a'+n%26))+" tampered"] = tampered
	}
	for what, data := range broken {
		if err := store.Save(mine.key, data); err != nil {
			t.Fatal(err)
		}
		if r, err := load(mine); err != nil || !reflect.DeepEqual(r, record{}) {
			t.Errorf("%s is taken for a token, or an error: %v", what, err)
		}
	}
	for _, elsewhere := range []*Share{other, {store: store, key: other.key, seal: mine.seal}} { // another's key or place
		if err := store.Save(other.key, data); err != nil {
			t.Fatal(err)
		}
		if r, err := load(elsewhere); err != nil || !reflect.DeepEqual(r, record{}) {
			t.Errorf("a foreign record is taken, or an error: %v", err)
		}
	}
}

func TestTheTokenServicesOwnRetryAfterIsKeptToUpToTenMinutes(t *testing.T) {
	for asked, want := range map[string]time.Duration{
		"": time.Second, "x": time.Second, "-5": time.Second, "30": 30 * time.Second, "86400": 10 * time.Minute,
		start.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
	} {
		h := http.Header{}
		if asked != "" {
			h.Set("Retry-After", asked)
		}
		least, most := time.Hour, time.Duration(0)
		for range 200 {
			wait := backOff(0, false, h, start)
			if wait < least {
				least = wait
			}
			if wait > most {
				most = wait
			}
		}
		if least < want || most >= want+want/4 || most-least < want/20 {
			t.Errorf("Retry-After %q: between %v and %v, want %v and up to a quarter more", asked, least, most, want)
		}
	}
}

func TestAGatewayCountsItsRenewalsThoseOfOthersAndFailures(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		i := &issuer{replaces: replaces}
		all := fleet(t, i, Folder(t.TempDir(), "this"), 2)
		wantToken(t, all[0], start, "token-1")
		wantToken(t, all[1], start, "token-1")
		i.fail.Store(true)
		late := start.Add(2 * time.Hour)
		if _, p := all[0].get(late); p == nil {
			t.Error("a token came from a broken service")
		}
		if got, want := Count(all[0].Keeper), (Renewals{Own: 1, Failed: 1}); got != want {
			t.Errorf("the gateway that asked counts %+v", got)
		}
		if got, want := Count(all[1].Keeper), (Renewals{Others: 1}); got != want {
			t.Errorf("the other one counts %+v", got)
		}
	}
}
