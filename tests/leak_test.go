package tests

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
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

// What is made anew each second holds no request of the second before. In the interpreter a function made meanwhile would:
// it keeps the frames of all its callers.
func TestRequestsOfFormerSecondsAreGivenBack(t *testing.T) {
	const seconds = 3
	plugin := interpret.LoadPlugin(t)
	handlers, gone := make(map[string]http.Handler), make(map[string]*atomic.Int32)
	for _, name := range []string{"cortex", "cortex standard", "darktrace", "darktrace iso"} {
		block := map[string]any{"host": "vendor.example.com"}
		for option, value := range shortOptions[strings.TrimSuffix(name, " iso")] {
			block[option] = value
		}
		if strings.HasSuffix(name, " iso") {
			block["dateFormat"] = "iso"
		}
		vendor, _, _ := strings.Cut(name, " ")
		handler, err := plugin.New(map[string]any{vendor: block}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if err != nil {
			t.Fatal(err)
		}
		handlers[name], gone[name] = handler, new(atomic.Int32)
	}
	for range seconds {
		for name, handler := range handlers {
			r := shortRequest(t, "GET", "/a?a=1", "", false)
			runtime.SetFinalizer(r, func(*http.Request) { gone[name].Add(1) })
			handler.ServeHTTP(&shortAnswer{}, r)
		}
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	}
	for name := range handlers {
		for tries := 0; gone[name].Load() < seconds-1; tries++ { // that of the last second may still be held
			if tries == 100 {
				t.Fatalf("%s: of %d requests %d are held for ever", name, seconds, seconds-gone[name].Load())
			}
			runtime.GC() // finalizers run soon after it
			runtime.Gosched()
		}
	}
	runtime.KeepAlive(handlers)
}

// A list that nobody configures any more is given back: whoever writes labels may change one for ever.
func TestListsThatWereConfiguredOnceAreGivenBack(t *testing.T) {
	const round = 128 // as many as are kept, so that each round ends with as many
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		load := func(from int) int64 {
			for n := range round {
				_, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
					"keepHeader": fmt.Sprint("X-Mine-", from+n)}}, http.NotFoundHandler())
				if err != nil {
					t.Fatal(err)
				}
			}
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		load(0)
		before := load(round)
		if each := (load(2*round) - before) / round; each > 4<<10 {
			t.Errorf("each list leaves %d bytes behind", each)
		}
		runtime.KeepAlive(p)
	})
}
