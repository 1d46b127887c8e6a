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
