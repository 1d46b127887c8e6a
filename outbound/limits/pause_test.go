package limits

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A client chooses its paths: what is remembered of them is bounded.
func TestFewPathsArePaused(t *testing.T) {
	p := new(Pauses)
	for i := range 10000 {
		path := "/" + strings.Repeat("x", 100) + strconv.Itoa(i) + strings.Repeat("y", 1<<10)
		BeginPause(p, path, 0, time.Hour, start.Add(time.Duration(i)*time.Second))
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
