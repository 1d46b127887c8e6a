package outbound

import (
	"strconv"
	"testing"
	"time"
)

// What is remembered are secrets: a replaced one must not be used for ever, nor be kept for every configuration there was.
func TestOldOptionsAreForgotten(t *testing.T) {
	t.Cleanup(func() { keptAll = make(map[string]*lastGood) })
	keptAll = make(map[string]*lastGood)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	keepLastGood("first", new(loaded), start)
	if lastGoodOf("first", start.Add(24*time.Hour-time.Second)) == nil {
		t.Error("the options are forgotten within a day")
	}
	if lastGoodOf("first", start.Add(24*time.Hour)) != nil {
		t.Error("the options are remembered for longer than a day")
	}
	for i := range 4096 {
		keepLastGood(strconv.Itoa(i), new(loaded), start.Add(time.Second))
	}
	if len(keptAll) != 4096 || keptAll["first"] != nil || keptAll["4095"] == nil {
		t.Errorf("%d configurations are remembered, the oldest of them: %v", len(keptAll), keptAll["first"] != nil)
	}
}
