package limits

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// dated is the head of an answer that a vendor gave whose clock is ahead by offset.
func dated(at time.Time, offset time.Duration) http.Header {
	return http.Header{"Date": {at.Add(offset).Format(http.TimeFormat)}}
}

// learn takes three samples, six seconds apart, and returns what the last one tells.
func learn(c *Clock, from time.Time, offset time.Duration) (news string) {
	for i := 0; i < clockSamples; i++ {
		at := from.Add(time.Duration(6*i) * time.Second)
		news, _ = Learn(c, dated(at, offset), at)
	}
	return news
}

func TestAnOffsetIsUsedThatThreeSamplesAgreeOn(t *testing.T) {
	for _, test := range []struct {
		vendor, want time.Duration
		news         string
	}{
		{10 * time.Second, 0, ""},
		{2 * time.Minute, 2 * time.Minute, "the local clock is off by -2m1s"},
		{-2 * time.Minute, -2 * time.Minute, "the local clock is off by 2m0s"},
		{20 * time.Minute, 0, "the vendor's clock differs by 20m"},
	} {
		c := NewClock(15 * time.Minute)
		news := learn(c, start, test.vendor)
		if off := Offset(c) - test.want; off > time.Second || off < -time.Second {
			t.Errorf("%v: offset %v, want %v", test.vendor, Offset(c), test.want)
		}
		if !strings.HasPrefix(news, test.news) || (news == "") != (test.news == "") {
			t.Errorf("%v: offset %v, news %q", test.vendor, Offset(c), news)
		}
	}
	if Offset(nil) != 0 {
		t.Error("the local time has an offset")
	}
}

func TestSamplesThatDifferAreNotUsed(t *testing.T) {
	c := NewClock(time.Hour)
	for i, offset := range []time.Duration{2 * time.Minute, 3 * time.Minute, 2 * time.Minute} {
		at := start.Add(time.Duration(6*i) * time.Second)
		Learn(c, dated(at, offset), at)
	}
	if Offset(c) != 0 {
		t.Errorf("offset %v", Offset(c))
	}
	if _, taken := Learn(c, dated(start, 0), start.Add(13*time.Second)); taken || SampleDue(c, start.Add(13*time.Second).Unix()) {
		t.Error("a sample is taken a second after another")
	}
}

func TestADateOfACacheSaysNothing(t *testing.T) {
	h := dated(start, time.Hour)
	if offset, ok := VendorOffset(h, start); !ok || offset != time.Hour+time.Second/2 {
		t.Errorf("offset %v, %v", offset, ok)
	}
	h["Age"] = []string{"0"}
	for _, h := range []http.Header{h, {}, {"Date": {"yesterday"}}} {
		if _, ok := VendorOffset(h, start); ok {
			t.Errorf("%v has a time", h)
		}
	}
}

func TestOnlyAnOffsetThatMattersAndIsBelievableIsWorthARetry(t *testing.T) {
	c := NewClock(15 * time.Minute)
	for offset, want := range map[time.Duration]bool{
		MinOffset: false, -MinOffset: false, MinOffset + 1: true, -MinOffset - 1: true, 15 * time.Minute: true, 15*time.Minute + 1: false,
		-15*time.Minute - 1: false,
	} {
		if WorthRetry(c, offset) != want {
			t.Errorf("%v: %v", offset, !want)
		}
	}
	learn(c, start, 2*time.Minute)
	if WorthRetry(c, 2*time.Minute) || !WorthRetry(c, 0) {
		t.Error("the offset in use does not count")
	}
}

func TestRetryAfterIsSecondsOrADateByTheClockOfItsSender(t *testing.T) {
	in := func(d time.Duration) string { return start.Add(d).Format(http.TimeFormat) }
	for _, test := range []struct {
		h    http.Header
		want time.Duration
	}{
		{http.Header{}, 0},
		{http.Header{"Retry-After": {"x"}}, 0},
		{http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		{http.Header{"Retry-After": {"99999"}}, maxRetryAfter},
		{http.Header{"Retry-After": {in(time.Minute)}}, time.Minute},
		{http.Header{"Retry-After": {in(time.Minute)}, "Date": {in(20 * time.Second)}}, 40 * time.Second},
	} {
		if got := RetryAfter(test.h, start); got != test.want {
			t.Errorf("%v: %v, want %v", test.h, got, test.want)
		}
	}
}

func TestAPauseIsAskedForByStatusAndHeader(t *testing.T) {
	hour := http.Header{"Retry-After": {"3600"}}
	for _, test := range []struct {
		status int
		h      http.Header
		may    bool
		want   time.Duration
	}{
		{429, hour, true, time.Hour}, {503, hour, true, time.Hour}, {429, nil, true, 0}, {202, hour, false, time.Hour},
		{0, hour, true, time.Minute}, {0, nil, false, 0},
	} {
		if may, wait := MayAskPause(test.status, test.h), PauseAsked(test.status, test.h, start); may != test.may || wait != test.want {
			t.Errorf("%d: %v, %v", test.status, may, wait)
		}
	}
}

func TestAPauseHoldsForItsPathAndShorterForTheOthers(t *testing.T) {
	p := new(Pauses)
	if Pausing(p, start.Unix()) || !PauseEnds(p, start).IsZero() {
		t.Error("a pause before any was asked for")
	}
	BeginPause(p, "/a", 0, time.Minute, start)
	if left, round := PauseFor(p, "/a", start); left != 60 || round != 1 {
		t.Errorf("the path: %d, %d", left, round)
	}
	if left, _ := PauseFor(p, "/b", start); left != 10 {
		t.Errorf("another path: %d", left)
	}
	EndPause(p, start)
	if left, round := PauseFor(p, "/b", start); left != 0 || round != 0 {
		t.Errorf("another path, after one was answered: %d, %d", left, round)
	}
	if left, _ := PauseFor(p, "/a", start.Add(59*time.Second)); left != 1 || PauseEnds(p, start) != start.Add(time.Minute).Local() {
		t.Errorf("the path at its end: %d, %v", left, PauseEnds(p, start))
	}
	if Pausing(p, start.Add(time.Minute).Unix()) || Pausing(p, start.Add(-2*time.Hour).Unix()) {
		t.Error("the pause outlives its end, or a clock that was set back")
	}
}
