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
	query := func(pairs int) string {
		var query strings.Builder
		for i := 0; i < pairs; i++ {
			fmt.Fprintf(&query, "&%%6%d=%d", 1+i*7%9, i)
		}
		return "/p?" + query.String()[1:]
	}
	both(t, func(t *testing.T, d drive) {
		for vendor := range credentials {
			f, err := d.Signer(vendor, []byte(credentials[vendor]))
			if err != nil {
				t.Fatal(err)
			}
			ordered := vendor == "darktrace" || vendor == "duo"
			for _, pairs := range []int{50000, 100000, 200000} {
				target := query(pairs)
				steps := allocations(func() {
					_, _, _, _, err := f("GET", "h", target, nil, nil, time.Now(), "", "n", "")
					if refused := err != nil; refused != (ordered && pairs > 100000) || refused && !strings.Contains(err.Error(), "the query has more than 100000 parameters") {
						t.Errorf("%s: %d pairs: %v", vendor, pairs, err)
					}
				})
				if steps > 200*pairs {
					t.Errorf("%s: it takes %d allocations for each pair", vendor, steps/pairs)
				}
			}
		}
	})
}

// Bodies are longer than targets.
func TestALongFormTakesFewStepsForEachPair(t *testing.T) {
	const times, pairs = 24999, 3 * 24999
	form := []byte(strings.Repeat("b=%2f&a=+&&a;c&", times) + "d=%")
	want := "D\nPOST\nh\n/p\n" + strings.Repeat("a=%20&", times) + strings.Repeat("a%3Bc=&", times) + strings.Repeat("b=%2F&", times) + "d="
	both(t, func(t *testing.T, d drive) {
		f, err := d.Signer("duo", []byte(`{"integration_key":"DIX","secret_key":"canary","signature_version":2}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, _, err := f("POST", "h", "/p", urlencoded(), form, time.Now(), "D", "", ""); err == nil {
			t.Error("an escape that is none is signed")
		}
		steps := allocations(func() {
			if _, _, canonical, _, err := f("POST", "h", "/p", urlencoded(), form[:len(form)-1], time.Now(), "D", "", ""); err != nil || canonical != want {
				t.Errorf("the canonical text has %d bytes, %v, want %d", len(canonical), err, len(want))
			}
		})
		if steps > 20*pairs {
			t.Errorf("it takes %d allocations for each pair", steps/pairs)
		}
	})
}

func urlencoded() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

// What a client sends may not cost more than its share, whatever it consists of.
func TestAFormOfTooManyParametersIsRefusedInAFewSteps(t *testing.T) {
	const size = 10 << 20
	both(t, func(t *testing.T, d drive) {
		f, err := d.Signer("duo", []byte(`{"integration_key":"DIX","secret_key":"canary","signature_version":2}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range []string{"&", "=&", "a&", "b&a&", "b=&a&", "+&", "%41%41=%41&", "\xff&", strings.Repeat("k", 100) + "&", "b=1&&&a=2&"} {
			form := []byte(strings.Repeat(pair, size/len(pair)))
			steps := allocations(func() {
				if _, _, _, _, err := f("POST", "h", "/p", urlencoded(), form, time.Now(), "D", "", ""); err == nil ||
					!strings.Contains(err.Error(), "the form has more than 100000 parameters") {
					t.Errorf("%.20q: %v", pair, err)
				}
			})
			if steps > 2000 {
				t.Errorf("%.20q: it takes %d allocations to refuse", pair, steps)
			}
		}
	})
}

func TestAnHonestBulkFormIsSigned(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f, err := d.Signer("duo", []byte(`{"integration_key":"DIX","secret_key":"canary","signature_version":2}`))
		if err != nil {
			t.Fatal(err)
		}
		megabyte := strings.Repeat("0123456789abcdef", 1<<16)
		var pairs, sorted []string
		for i := 0; i < 2000; i++ {
			pairs = append(pairs, fmt.Sprintf("user%d=Jane+Doe", 2999-i))
			sorted = append(sorted, fmt.Sprintf("user%d=Jane%%20Doe", 1000+i))
		}
		form := strings.Join(append(pairs, "b="+megabyte, "a="+megabyte), "&")
		want := "D\nPOST\nh\n/p\na=" + megabyte + "&b=" + megabyte + "&" + strings.Join(sorted, "&")
		if _, _, canonical, _, err := f("POST", "h", "/p", urlencoded(), []byte(form), time.Now(), "D", "", ""); err != nil || canonical != want {
			t.Errorf("the canonical text has %d bytes, want %d: %v", len(canonical), len(want), err)
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
