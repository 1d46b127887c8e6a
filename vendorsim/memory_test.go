package vendorsim

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestNoncesAreForgottenWhenTheyLapseOrMemoryIsFull(t *testing.T) {
	n := newNonces(3)
	until := midnight.Add(time.Minute)
	for _, c := range []struct {
		nonce string
		now   time.Time
		want  bool
	}{
		{"a", midnight, true},
		{"a", midnight, false},
		{"a", until, true}, // lapsed
		{"b", until, true},
		{"c", until, true}, // pushes the first use of a out, not its second
		{"a", until, false},
		{"d", until, true}, // pushes the second use of a out
		{"a", until, true},
	} {
		if got := n.use(c.nonce, c.now, c.now.Add(time.Minute)); got != c.want {
			t.Errorf("%s at %s: got %v", c.nonce, c.now.Format(time.TimeOnly), got)
		}
	}
	for i := range 100 {
		n.use(strconv.Itoa(i), until, until.Add(time.Minute))
	}
	if len(n.ring) != 3 || len(n.until) != 3 {
		t.Errorf("got %d and %d nonces in a memory for 3", len(n.ring), len(n.until))
	}
}

func TestTokensAreBounded(t *testing.T) {
	s := newTokens()
	for i := range maxTokens + 1 {
		s.add(strconv.Itoa(i), time.Time{})
	}
	if len(s.order) != maxTokens || len(s.expiry) != maxTokens {
		t.Errorf("got %d and %d tokens", len(s.order), len(s.expiry))
	}
	if s.state("0", midnight) != tokenUnknown || s.state("1", midnight) != tokenValid || s.state("", midnight) != tokenUnknown {
		t.Error("the oldest token is not the one that was forgotten")
	}
	for i := 1; i <= 2*maxTokens; i++ {
		if !s.replace(strconv.Itoa(i), strconv.Itoa(i+maxTokens), time.Time{}) {
			t.Fatalf("token %d is not renewed", i)
		}
	}
	if len(s.order) != maxTokens || len(s.expiry) != maxTokens {
		t.Errorf("after renewals: got %d and %d tokens", len(s.order), len(s.expiry))
	}
}

func TestOfManyRenewalsOfOneTokenOneSucceeds(t *testing.T) {
	s := simulator(t, "threatconnect", Config{Credential: map[string]string{"token": "APP:old"}}, midnight)
	var all sync.WaitGroup
	var succeeded atomic.Int32
	for range 16 {
		all.Go(func() {
			if s.Check(renewRequest("APP:old")).Accepted {
				succeeded.Add(1)
			}
		})
	}
	all.Wait()
	if succeeded.Load() != 1 {
		t.Errorf("%d renewals succeeded", succeeded.Load())
	}
}

func TestALimiterCountsInASlidingWindow(t *testing.T) {
	l := newLimiter(&Config{RateLimit: 2, RateWindow: 10 * time.Second}, time.Hour, false)
	for _, c := range []struct {
		second float64
		wait   int
	}{
		{0, 0}, {4, 0}, {4.5, 6}, {9.999, 1}, {10, 0}, {13, 1}, {14, 0}, {14, 6}, {100, 0}, {100, 0}, {100, 10},
	} {
		wait, ok := l.take(midnight.Add(time.Duration(c.second * float64(time.Second))))
		if wait != c.wait || ok != (c.wait == 0) {
			t.Errorf("second %v: got %d, %v, want %d", c.second, wait, ok, c.wait)
		}
	}
	var none *limiter
	if _, ok := none.take(midnight); !ok || newLimiter(&Config{}, time.Hour, false) != nil {
		t.Error("there is a limit without one")
	}
}

func TestFormDecodeKeepsWhatIsNoEscape(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a+b%20c": "a b c", "%2B%2b": "++", "%": "%", "%4": "%4", "%zz": "%zz", "%%41": "%A", "%e9": "\xe9", "%00": "\x00", "a%2": "a%2", "%gA": "%gA",
	} {
		if got := formDecode(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
