package tests

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A target may be as long as the gateway takes headers, a megabyte as a rule: nobody may keep a processor busy with it.
func TestALongQueryTakesFewStepsForEachPair(t *testing.T) {
	const pairs = 50000
	var query strings.Builder
	for i := 0; i < pairs; i++ {
		fmt.Fprintf(&query, "&%%6%d=%d", 1+i*7%9, i)
	}
	both(t, func(t *testing.T, d drive) {
		for vendor := range credentials {
			f, err := d.Signer(vendor, []byte(credentials[vendor]))
			if err != nil {
				t.Fatal(err)
			}
			target := "/p?" + query.String()[1:]
			steps := allocations(func() {
				if _, _, _, _, err := f("GET", "h", target, nil, nil, time.Now(), "", "n", ""); err != nil {
					t.Error(err)
				}
			})
			if steps > 200*pairs {
				t.Errorf("%s: it takes %d allocations for each pair", vendor, steps/pairs)
			}
		}
	})
}

// Bodies are longer than targets.
func TestALongFormTakesFewStepsForEachPair(t *testing.T) {
	const pairs = 900000
	form := []byte(strings.Repeat("b=%2f&a=+&&a;c&", 300000) + "d=%")
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	want := "D\nPOST\nh\n/p\n" + strings.Repeat("a=%20&", 300000) + strings.Repeat("a%3Bc=&", 300000) + strings.Repeat("b=%2F&", 300000) + "d="
	both(t, func(t *testing.T, d drive) {
		f, err := d.Signer("duo", []byte(`{"integration_key":"DIX","secret_key":"canary","signature_version":2}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, _, err := f("POST", "h", "/p", header, form, time.Now(), "D", "", ""); err == nil {
			t.Error("an escape that is none is signed")
		}
		steps := allocations(func() {
			if _, _, canonical, _, err := f("POST", "h", "/p", header, form[:len(form)-1], time.Now(), "D", "", ""); err != nil || canonical != want {
				t.Errorf("the canonical text has %d bytes, %v, want %d", len(canonical), err, len(want))
			}
		})
		if steps > 20*pairs {
			t.Errorf("it takes %d allocations for each pair", steps/pairs)
		}
	})
}

// allocations counts those of f. Interpreted, each step is some, and they do not depend on how busy the machine is.
func allocations(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.Mallocs - before.Mallocs)
}
