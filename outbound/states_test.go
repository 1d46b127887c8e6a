package outbound

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestReloadsKeepTheTokenAndLeaveNothingBehind(t *testing.T) {
	var fetched atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"access_token":"token-%d","scope":"","expires_in":3600}`, fetched.Add(1))
	}))
	defer service.Close()
	load := func(secret string) *Gate {
		return newTestGate(t, "carbonblack", signers.Values{"oauth_app_id": {t.Name()}, "oauth_app_secret": {secret}, "csp_url": {service.URL},
			"host": {"vendor.example"}})
	}
	want := func(g *Gate, token string) {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		if p := g.Begin(g.Now()).Sign(r, "/").Problem; p != nil || r.Header.Get("Authorization") != "Bearer "+token {
			t.Fatalf("problem %+v, signed with %q, want %q", p, r.Header.Get("Authorization"), token)
		}
	}
	want(load("one"), "token-1")
	goroutines := runtime.NumGoroutine()
	for range 1000 {
		want(load("one"), "token-1")
	}
	if n := runtime.NumGoroutine(); n > goroutines+50 { // those of connections come and go
		t.Errorf("%d goroutines after 1,000 reloads, %d before", n, goroutines)
	}
	want(load("two"), "token-2")
	want(load("one"), "token-1")
}

func TestTheStatesOfCredentialsAreBoundedAndTheOldestGoFirst(t *testing.T) {
	kept, used := statesKept, statesUsed
	statesKept, statesUsed = make(map[string]*credentialState), make(map[string]time.Time)
	defer func() { statesKept, statesUsed = kept, used }()
	load := func(n int) *credentialState {
		return sharedState("bounded-"+strconv.Itoa(n), start.Add(time.Duration(n)*time.Second), func() *tokens.Keeper { return tokens.New(new(signers.TokenSource), "vendor", false, start) })
	}
	first := load(0)
	for n := 1; n < maxStates; n++ {
		load(n)
	}
	if sharedState("bounded-0", start.Add(24*time.Hour), nil) != first {
		t.Error("a state that is in use was forgotten")
	}
	second := load(1)
	for n := maxStates; n < maxStates+10; n++ {
		load(n)
	}
	if len(statesKept) > maxStates || len(statesUsed) > maxStates {
		t.Errorf("%d states are kept", len(statesKept))
	}
	if load(0) != first {
		t.Error("the state that was used last was forgotten")
	}
	if load(1) == second {
		t.Error("the state that was used first was kept")
	}
}

func TestCredentialsShareTokensOnlyIfEveryFieldIsTheSame(t *testing.T) {
	scheme, err := signers.Lookup("carbonblack")
	if err != nil {
		t.Fatal(err)
	}
	key := func(v signers.Values) string { return credentialKey("carbonblack", scheme.Options, v) }
	a := signers.Values{"oauth_app_id": {"a"}, "oauth_app_secret": {"b"}}
	if key(a) != key(a.Copy()) {
		t.Error("the same credential has two keys")
	}
	for _, other := range []signers.Values{
		{"oauth_app_id": {"a"}, "oauth_app_secret": {"c"}}, {"oauth_app_id": {"c"}, "oauth_app_secret": {"b"}}, {"oauth_app_id": {"ab"}},
		{"oauth_app_id": {"a"}, "oauth_app_secret": {"b"}, "csp_url": {"https://csp"}}, {"csp_api_token": {"b"}},
	} {
		if key(a) == key(other) {
			t.Errorf("two credentials share a key: %d", len(other))
		}
	}
	options := []signers.Option{{Name: "later", Kind: signers.Number, Default: "60", Zero: true}}
	if credentialKey("acme", options, signers.Values{"later": {"0"}}) == credentialKey("acme", options, signers.Values{}) {
		t.Error("a credential with 0 shares a key with one that has the default")
	}
}
