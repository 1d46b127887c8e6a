package limits

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// below compiles patterns in place of the gate's rules: each is the beginning of a path.
func below(patterns string) (func(path string) bool, error) {
	if strings.Contains(patterns, "bad") {
		return nil, errors.New("a text that must not be shown")
	}
	return func(path string) bool {
		for _, prefix := range strings.Fields(patterns) {
			if strings.HasPrefix(path, prefix) {
				return true
			}
		}
		return false
	}, nil
}

func parse(t *testing.T, lines ...string) []*Rate {
	t.Helper()
	rates, err := ParseRates(lines, below)
	if err != nil {
		t.Fatal(err)
	}
	return rates
}

func TestARateIsReadOrRefusedWithoutItsText(t *testing.T) {
	for _, line := range []string{"1/s", "10/5m", "100000/24h", "3/s queue 0s", "3/s /a /b queue 5m", "3/1.5s"} {
		if _, err := ParseRates([]string{line}, below); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, line := range []string{"", "10", "0/s", "-1/s", "100001/s", "1/0s", "1/25h", "1/x", "x/s", "1/s queue x", "1/s queue 6m",
		"1/s queue -1s", "1/s /bad"} {
		if _, err := ParseRates([]string{"1/s", line}, below); err == nil || !strings.HasPrefix(err.Error(), "rate ") ||
			strings.Contains(err.Error(), "shown") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestARateCountsItsPathsOnly(t *testing.T) {
	rates := parse(t, "1/s", "2/s /a", "3/s /b /c")
	for path, want := range map[string]int{"/": 1, "/a": 2, "/c": 2} {
		if got := len(Counting(rates, path)); got != want {
			t.Errorf("%d rates count %s, want %d", got, path, want)
		}
	}
}

func TestAReservationIsTheEarliestThatSuitsAllRates(t *testing.T) {
	w, rates := new(Windows), parse(t, "2/1s queue 10s", "3/10s queue 10s")
	for i, want := range []time.Duration{0, 0, time.Second, 10 * time.Second} {
		place, wait := Reserve(w, rates, start, 0)
		if place == nil || wait != want {
			t.Fatalf("request %d waits %v, want %v", i, wait, want)
		}
	}
	if _, ok := CanReserve(w, rates, start.Add(time.Second-1), 0); !ok {
		t.Error("a place within the queue is refused")
	}
	if wait, ok := CanReserve(w, parse(t, "3/10s"), start, 0); ok || wait != 10*time.Second { // the same rate without a queue
		t.Errorf("waits %v, %v", wait, ok)
	}
	if place, wait := Reserve(w, parse(t, "3/10s queue 9s"), start, 0); place != nil || wait != 10*time.Second {
		t.Errorf("a place was taken beyond the queue, after %v", wait)
	}
}

func TestACanceledReservationIsGivenBackOnce(t *testing.T) {
	w, rates := new(Windows), parse(t, "2/1m")
	first, _ := Reserve(w, rates, start, 0)
	Reserve(w, rates, start, 0)
	Cancel(first)
	Cancel(first)
	Cancel(nil)
	if place, _ := Reserve(w, rates, start.Add(2*time.Second), 0); place == nil {
		t.Error("the place was not given back")
	}
	if place, wait := Reserve(w, rates, start.Add(2*time.Second), 0); place != nil || wait != 58*time.Second {
		t.Errorf("two places were given back, or another one: %v", wait)
	}
}

func TestSparePlacesAreLeftToOthers(t *testing.T) {
	w, rates := new(Windows), parse(t, "2/1m")
	Reserve(w, rates, start, 1)
	if place, _ := Reserve(w, rates, start, 1); place != nil {
		t.Error("the spare place was taken")
	}
	if place, _ := Reserve(w, rates, start, 0); place == nil {
		t.Error("the spare place is not there for others")
	}
}

func TestARateOutlivesAClockThatIsSetBack(t *testing.T) {
	w, rates := new(Windows), parse(t, "2/1m")
	Reserve(w, rates, start.Add(time.Hour), 0)
	Reserve(w, rates, start.Add(time.Hour), 0)
	if wait, ok := CanReserve(w, rates, start, 0); ok || wait != time.Minute {
		t.Errorf("after the clock was set back an hour, a request waits %v, %v", wait, ok)
	}
}
