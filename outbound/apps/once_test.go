package apps

import (
	"fmt"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Where no signature may be used twice, an app without allow and rate is judged by fewer steps. They come to the same.
func TestASignatureIsGoodOnceForAnAppWithLimitsAndForOneWithout(t *testing.T) {
	later := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	steps := []struct {
		method, target string
		at, now        int // seconds after the start
		back           bool
		room           int
		reason, detail string
	}{
		{method: "GET", target: "/1", now: 1},
		{method: "GET", target: "/1", now: 2, reason: Replay, detail: "the signature was used before"},
		{method: "POST", target: "/1", now: 3, back: true},
		{method: "POST", target: "/1", now: 4},
		{method: "POST", target: "/1", now: 5, reason: Replay, detail: "the signature was used before"},
		{method: "GET", target: "/2", at: -1, now: 6, reason: Replay,
			detail: "the signature is from before the start of the gateway, which cannot tell whether it was used"},
		{method: "GET", target: "/3", at: -100, now: 6, reason: Clock, detail: "the signature is too old for the option window"},
		{method: "GET", target: "/4", at: 60, now: 7, room: 2, reason: Full,
			detail: "the app has used so many signatures within the window that no more can be remembered"},
		{method: "GET", target: "/5", at: 60, now: 61},
		{method: "GET", target: "/5", at: 60, now: 119, reason: Replay, detail: "the signature was used before"},
		{method: "GET", target: "/5", at: 60, now: 130, reason: Clock, detail: "the signature is too old for the option window"},
	}
	limited := billing
	limited.Rate = "1000/1m"
	for _, app := range []App{billing, limited} {
		v := newCounted(t, Options{Replay: replayRefuse, Window: time.Minute}, app)
		StartAt(v, start)
		for i, step := range steps {
			v.memory.most = maxRemembered
			if step.room > 0 {
				v.memory.most = step.room
			}
			got := ask(v, "B", "secret-b", step.method, step.target, later(step.at), later(step.now))
			if got.Reason != step.reason || got.Detail != step.detail || (got.Verified != nil) != (step.reason == "") {
				t.Errorf("%q, step %d: %q %q %v, want %q %q", app.Rate, i, got.Reason, got.Detail, got.Verified, step.reason, step.detail)
			}
			if step.back {
				GiveBack(got.Verified)
			}
		}
	}
}

// A coarse date leaves a part of itself out, so that a later one may be from before the start.
func TestACoarseDateOfAnAppWithoutLimitsMayBeFromBeforeTheStart(t *testing.T) {
	scheme, err := signers.Lookup("counted")
	if err != nil {
		t.Fatal(err)
	}
	before := scheme.Claims.Coarse
	scheme.Claims.Coarse = time.Hour // the claims are a pointer
	defer func() { scheme.Claims.Coarse = before }()
	v := newCounted(t, Options{Replay: replayRefuse}, billing)
	StartAt(v, start)
	hour := start.Truncate(time.Hour).Add(time.Hour)
	// Long after the window is over, too: the whole hour of the start has one date.
	for at, want := range map[time.Time]string{start.Add(time.Second): Replay, hour.Add(-time.Second): Replay, hour: ""} {
		if got := ask(v, "B", "secret-b", "GET", "/", at, at); got.Reason != want {
			t.Errorf("at %s: %q, want %q", at.Format(time.TimeOnly), got.Reason, want)
		}
	}
}

func TestASignatureStaysRememberedThroughTurnsAndClocksThatAreSetBack(t *testing.T) {
	m := newMemory(time.Minute, 0)
	m.most = 10
	for i, step := range []struct {
		proof string
		after time.Duration
		want  string
	}{
		{"a", 0, ""}, {"a", time.Second, Replay}, {"b", 50 * time.Second, ""},
		{"c", time.Minute, ""}, {"b", 61 * time.Second, Replay}, {"a", 61 * time.Second, Replay}, // in the older map
		{"c", -10 * time.Minute, Replay}, {"d", -10 * time.Minute, ""}, {"c", -550 * time.Second, Replay}, // a period begins there
		{"b", -8 * time.Minute, ""}, {"c", -8 * time.Minute, ""},
	} {
		if got := remember(m, "A", step.proof, start.Add(step.after)); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

// What an app has in both maps counts, as does what all have in both.
func TestTheRoomOfAnAppCountsWhatBothMapsHave(t *testing.T) {
	m := newMemory(time.Minute, 0)
	m.most = 4
	for i, step := range []struct {
		key   string
		after time.Duration
		want  string
	}{
		{"A", 0, ""}, {"A", time.Minute, ""}, {"A", time.Minute, Full}, {"B", time.Minute, ""}, {"B", time.Minute, Full}, {"C", time.Minute, ""},
		{"C", time.Minute, Full}, {"D", time.Minute, Full},
	} {
		if got := remember(m, step.key, fmt.Sprint(i), start.Add(step.after)); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

// A message without a body and with a short target takes a signer that does not count memory. Another one takes the one that does.
func TestOnlySmallMessagesAreNotCounted(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	for _, step := range []struct {
		target, body string
		small        bool
	}{{"/", "", true}, {"/" + string(make([]byte, shortTarget)), "", false}, {"/", "x", false}} {
		ask(v, "B", "secret-b", "GET", "/", start, start) // makes the signer
		k := v.table.Load().(*table).byKey["B"].current
		p := k.made.Load().(*madeSigners).by["1"]
		small := p.small
		calls := 0
		p.small = func(m *signers.Message, at *signers.Moment) (string, error) { calls++; return small(m, at) }
		m := &signers.Message{Method: "GET", Target: step.target}
		if step.body != "" {
			m.Body = []byte(step.body)
		}
		proves(v, k, &signers.Claim{At: new(signers.Moment), Target: step.target, Tries: []signers.Try{{Name: "1"}}}, m, true)
		p.small = small
		if (calls == 1) != step.small {
			t.Errorf("%d bytes and %q: %d calls that do not count", len(step.target), step.body, calls)
		}
	}
}

// The window is how long a captured signature could be used, and how long a used one is remembered.
func TestTheWindowIsFromOneSecondToADay(t *testing.T) {
	for window, good := range map[time.Duration]bool{
		-time.Second: false, time.Second - 1: false, time.Second: true, 24 * time.Hour: true, 24*time.Hour + 1: false,
	} {
		_, faults := New(Options{Vendor: "counted", Window: window})
		if (len(faults) == 0) != good || !good && faults[0].Option != "window" {
			t.Errorf("%s: %v", window, faults)
		}
	}
	// A nonce makes each signature another one, so that they may be remembered for longer.
	for vendor, want := range map[string]time.Duration{"counted": time.Minute, "duo": time.Minute, "cortex": 5 * time.Minute} {
		if v, faults := New(Options{Vendor: vendor}); len(faults) > 0 || v.window != want {
			t.Errorf("%s: %v, %v, want %s", vendor, v, faults, want)
		}
	}
}

// A clock that is set back brings the dates of signatures into the window again that the memory has forgotten. They may have been used.
func TestASignatureThatWasForgottenIsNotTakenAgainWhenTheClockIsSetBack(t *testing.T) {
	later := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	limited := billing
	limited.Rate = "1000/1m"
	for _, app := range []App{billing, limited} {
		v := newCounted(t, Options{Replay: replayRefuse, Window: time.Minute}, app)
		for i, step := range []struct {
			target  string
			at, now int // minutes after the start
			reason  string
		}{
			{"/once", 0, 0, ""}, {"/other", 3, 3, ""}, {"/third", 6, 6, ""}, {"/fourth", 9, 9, ""}, // the memory has turned three times
			{"/once", 0, 0, Replay},     // used, and forgotten
			{"/captured", 3, 3, Replay}, // by its date it may be one that was used
			{"/later", 30, 30, ""},
		} {
			if got := ask(v, "B", "secret-b", "POST", step.target, later(step.at), later(step.now)); got.Reason != step.reason {
				t.Errorf("%q, step %d: %q %q, want %q", app.Rate, i, got.Reason, got.Detail, step.reason)
			}
		}
	}
}

// What was never used is not refused: a clock that was wrong at the start of the machine, and is set, costs no request.
func TestAClockThatIsSetBackBeforeTheFirstSignatureCostsNothing(t *testing.T) {
	v := newCounted(t, Options{Replay: replayRefuse, Window: time.Minute}, billing)
	for i := 10; i > 0; i-- {
		now := start.Add(time.Duration(i) * time.Hour)
		wasUsed(v.memory, "none", now)
		wasUsed(v.memory, "none", now.Add(10*time.Minute))
	}
	if got := ask(v, "B", "secret-b", "POST", "/", start, start); got.Reason != "" {
		t.Errorf("%q %q", got.Reason, got.Detail)
	}
}

// A date that leaves a part of itself out may be any of that part.
func TestTheWholeHourOfAForgottenCoarseDateMayHaveBeenUsed(t *testing.T) {
	scheme, err := signers.Lookup("counted")
	if err != nil {
		t.Fatal(err)
	}
	before := scheme.Claims.Coarse
	scheme.Claims.Coarse = time.Hour // the claims are a pointer
	defer func() { scheme.Claims.Coarse = before }()
	v := newCounted(t, Options{Replay: replayRefuse, Window: 5 * time.Minute}, billing)
	hour := start.Truncate(time.Hour).Add(time.Hour)
	for i, step := range []struct {
		after  time.Duration // of the date and of the clock
		reason string
	}{{0, ""}, {2 * time.Hour, ""}, {4 * time.Hour, ""}, {59 * time.Minute, Replay}, {125 * time.Minute, ""}} {
		now := hour.Add(step.after)
		if got := ask(v, "B", "secret-b", "POST", fmt.Sprint("/", i), now, now); got.Reason != step.reason {
			t.Errorf("step %d: %q %q, want %q", i, got.Reason, got.Detail, step.reason)
		}
	}
}
