package diagnose

import (
	"runtime"
	"strings"
	"testing"
)

// What is made of a long path is bounded in bytes: hundreds of ways to write it, and each pair of them, took gigabytes for 40 KB.
func TestFewWaysAreMadeOfALongPath(t *testing.T) {
	for _, part := range []string{"/a", "/%2e%2f"} {
		made := func(length int) uint64 {
			c := darktraceCase(strings.Repeat(part, length/len(part)), "something else")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			diagnosed(t, c)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		if short, long := made(500), made(40_000); long > 2*short {
			t.Errorf("%s: 40,000 bytes take %d MB, and 500 take %d", part, long>>20, short>>20)
		}
	}
}

// The causes of a way are named when it matches: to compare the encodings of each of some thousand took most of the time.
func TestNoWayOfAPathIsNamedBeforeItMatches(t *testing.T) {
	d := &diagnosis{Case: darktraceCase("/a%20b/c", "something else"), profile: profiles["darktrace"]}
	s := newSlot("path", "/a%20b/c")
	d.fillPath(s)
	named := map[string]string{"/a b/c": "path_decoded", "/a%20b": "path_prefix_not_signed", "/a%20b%2Fc": "path_encoding",
		"/a+b/c": "space_encoding", "/a b/c/": "path_decoded path_slash"}
	for _, o := range s.options[1:] {
		if o.named == nil && len(o.causes) == 0 {
			t.Errorf("%s has no cause", o.text)
		}
		if o.weight == 2 && o.causes != nil {
			t.Errorf("%s has its causes before it matches: %v", o.text, o.causes)
		}
		if want, ok := named[o.text]; ok && strings.Join(o.why(), " ") != want {
			t.Errorf("%s is %v, want %s", o.text, o.why(), want)
		}
		delete(named, o.text)
	}
	for text := range named {
		t.Errorf("%s is not tried", text)
	}
}

// Of hundreds of segments only the last may be variables.
func TestFewSegmentsAreTakenForVariables(t *testing.T) {
	d := &diagnosis{Case: darktraceCase("/", "/"), profile: profiles["darktrace"]}
	if few, many := len(d.variablePaths(strings.Repeat("/a", 20))), len(d.variablePaths(strings.Repeat("/a", 400))); many > few+few/2 || few < 100 {
		t.Errorf("400 segments make %d paths, and 20 make %d", many, few)
	}
}
