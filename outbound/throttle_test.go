package outbound

import (
	"testing"
	"time"
)

func TestEachKindOfLineIsLoggedOnceInTenSeconds(t *testing.T) {
	start := time.Unix(1e9, 0)
	throttle := new(Throttle)
	for i, step := range []struct {
		kind  string
		after time.Duration
		want  bool
	}{
		{"key", 0, true}, {"key", 0, false}, {"signature", 0, true}, {"key", 9999 * time.Millisecond, false}, {"key", 10 * time.Second, true},
		{"key", 11 * time.Second, false},
		{"key", time.Second, true}, // the clock was set back
		{"key", 2 * time.Second, false}, {"signature", 10 * time.Second, true},
	} {
		if got := MayLog(throttle, step.kind, start.Add(step.after)); got != step.want {
			t.Errorf("step %d: %s after %v: %v", i, step.kind, step.after, got)
		}
	}
}
