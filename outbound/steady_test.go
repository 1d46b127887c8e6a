package outbound

import (
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// steadyGate is a gate whose vendor has judged its credential, at a time that the test sets, so that the next second's snapshot is
// made from the last one.
func steadyGate(t *testing.T, now *time.Time, more ...string) *Gate {
	t.Helper()
	v := signers.Values{"public_token": {t.Name()}, "private_token": {"key"}, "host": {"vendor.example"}}
	for _, flag := range more {
		v[flag] = []string{"true"}
	}
	g := newTestGate(t, "darktrace", v)
	g.Now = func() time.Time { return *now }
	answer(g, 200, http.Header{"Date": {now.UTC().Format(http.TimeFormat)}})
	*now = now.Add(time.Second)
	if s := g.Begin(*now); !s.steady {
		t.Fatalf("a gate of which nothing changes is not steady: %+v", s)
	}
	return g
}

// answer signs a request, and learns from an answer to it.
func answer(g *Gate, status int, h http.Header) *Problem {
	r := &http.Request{Method: http.MethodGet, Host: "vendor.example", Header: make(http.Header), Body: http.NoBody}
	signed := Sign(Begin(g), r, "/devices")
	if signed.Problem == nil && (signed.ClockDue || signed.FirstDue || status != 200) { // as gateways do
		Learn(g, Answer{Status: status, Header: h, Verified: true, Signed: signed})
	}
	return signed.Problem
}

func TestASteadyGateObeysAPauseThatAnotherOneOfItsAccountLearnt(t *testing.T) {
	now := start
	one, other := steadyGate(t, &now), steadyGate(t, &now)
	if p := answer(one, http.StatusTooManyRequests, http.Header{"Retry-After": {"60"}}); p != nil {
		t.Fatal(p.Detail)
	}
	now = now.Add(time.Second)
	if p := answer(other, 200, nil); p == nil || p.Status != http.StatusTooManyRequests {
		t.Errorf("a second later the other gate has the problem %+v", p)
	}
	now = now.Add(time.Hour)
	if p := answer(other, 200, nil); p != nil {
		t.Errorf("an hour later it still refuses: %s", p.Detail)
	}
}

func TestASteadyGateLearnsTheVendorsTime(t *testing.T) {
	now := start
	g := steadyGate(t, &now)
	began, steady := g.Begin(now), 0
	for range 120 {
		if g.Begin(now).steady {
			steady++
		}
		const ahead = 40 * time.Second
		if p := answer(g, 200, http.Header{"Date": {now.Add(ahead).UTC().Format(http.TimeFormat)}}); p != nil {
			t.Fatal(p.Detail)
		}
		now = now.Add(time.Second)
	}
	s := g.Begin(now)
	const learnt = 41 * time.Second // a Date is the beginning of its second
	if off := s.moment.Time.Sub(now); off != learnt || s.moment.Date != "20260102T030647" {
		t.Errorf("signs with %s, %v ahead", s.moment.Date, off)
	}
	if steady < 90 {
		t.Errorf("steady in %d of 120 seconds", steady)
	}
	late := *s // of a request that began before, and makes its snapshot known after what was learnt
	late.offset, late.changes = began.offset, began.changes
	g.snapshot.Store(&late)
	now = now.Add(time.Second)
	if s := g.Begin(now); s.moment.Time.Sub(now) != learnt || s.offset != learnt {
		t.Errorf("a second after a late snapshot it signs %v ahead", s.offset)
	}
}

// With insecure_upstream no answer is asked for the time, but one whose server was verified in spite of it is believed.
func TestASteadyGateKeepsTheTimeThatItLearnt(t *testing.T) {
	now := start
	g := steadyGate(t, &now, "insecure_upstream")
	for range 5 {
		Learn(g, Answer{Status: 200, Header: http.Header{"Date": {now.Add(40 * time.Second).UTC().Format(http.TimeFormat)}}, Verified: true})
		now = now.Add(6 * time.Second)
	}
	for second := range 3 {
		if s := g.Begin(now); s.offset != 41*time.Second || s.moment.Time.Sub(now) != s.offset {
			t.Errorf("second %d: %v ahead", second, s.offset)
		}
		now = now.Add(time.Second)
	}
}

func TestASteadyGateHasADateForEachSecondAndEverythingElseOfTheLastOne(t *testing.T) {
	now := start
	g := steadyGate(t, &now)
	before := g.Begin(now)
	now = now.Add(time.Second)
	s := g.Begin(now)
	if s == before || s.own || s.moment == before.moment || s.second != now.Unix() || s.fastSecond != s.second {
		t.Errorf("the snapshot of the next second is %+v", s)
	}
	if s.outcome != before.outcome || s.credential != before.credential || s.usual == nil || g.Begin(now) != s {
		t.Errorf("it lost something: %+v", s)
	}
	if s.moment.Date == before.moment.Date {
		t.Errorf("both seconds have the date %s", s.moment.Date)
	}
	invalidate(g)
	if s := g.Begin(now); s.second != now.Unix() || s.steady != true {
		t.Errorf("after a change: %+v", s)
	}
}

func TestASteadyGateAsksForTheTimeAgainWhenTheClockWasSetBack(t *testing.T) {
	now := start
	g := steadyGate(t, &now)
	if g.Begin(now).due {
		t.Fatal("a steady gate asks for the time")
	}
	now = now.Add(-time.Hour)
	if !g.Begin(now).due {
		t.Error("it does not ask for it after the clock was set back by an hour")
	}
}
