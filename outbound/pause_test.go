package outbound

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// A client chooses its paths: what is remembered of them is bounded.
func TestFewPathsArePaused(t *testing.T) {
	p := new(pauses)
	for i := range 10000 {
		beginPause(p, pausePath("/"+strings.Repeat("x", 100)+strconv.Itoa(i)+strings.Repeat("y", 1<<10)), 0, time.Hour, start.Add(time.Duration(i)*time.Second))
	}
	if len(p.paths) > maxPaused {
		t.Errorf("%d paths are remembered", len(p.paths))
	}
	for path := range p.paths {
		if len(path) > maxPausedPath {
			t.Errorf("%d bytes of a path are remembered", len(path))
		}
	}
}
