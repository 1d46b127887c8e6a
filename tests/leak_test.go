package tests

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// What was read from a file that is replaced is given back, however often.
func TestReplacedCredentialsAreGivenBack(t *testing.T) {
	const replacements = 200
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID", "secret": "first"})
		replace := func(n int) {
			l.write("secret", fmt.Sprint("secret-", n), time.Hour)
			l.pass(3 * time.Second)
			if got, want := l.signedWith("X-Auth-Token"), fmt.Sprintf("secret-%d/ID", n); got != want {
				t.Fatalf("signed with %q, want %q", got, want)
			}
		}
		held := func() int64 {
			l.news()
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		for n := range 20 {
			replace(n)
		}
		before := held()
		for n := range replacements {
			replace(20 + n)
		}
		if each := (held() - before) / replacements; each > 8<<10 {
			t.Errorf("each replaced credential leaves %d bytes behind", each)
		}
		runtime.KeepAlive(l)
	})
}
