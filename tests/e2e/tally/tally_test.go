package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheNumbersAreThoseOfTheTestsThatRan(t *testing.T) {
	tests := []struct {
		name, events string
		want         counts
		shows        string
	}{
		{"tests of each kind", `
{"Action":"run","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"B"}
{"Action":"skip","Package":"p","Test":"B"}
{"Action":"run","Package":"p","Test":"C"}
{"Action":"output","Package":"p","Test":"C","Output":"c_test.go:1: because\n"}
{"Action":"fail","Package":"p","Test":"C"}
{"Action":"fail","Package":"p"}`, counts{1, 1, 1}, "c_test.go:1: because\n"},
		{"a test with subtests is not one more", `
{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"run","Package":"p","Test":"A/y"}
{"Action":"fail","Package":"p","Test":"A/y"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`, counts{1, 1, 0}, ""},
		{"a test that fails after its subtests passed", `
{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`, counts{1, 1, 0}, ""},
		{"a package that does not build", `
{"ImportPath":"p","Action":"build-output","Output":"x.go:1: undefined\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`, counts{0, 1, 0}, "x.go:1: undefined\nFAIL\tp [build failed]\n"},
		{"a package that ends by itself after its tests", `
{"Action":"run","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Output":"panic: late\n"}
{"Action":"fail","Package":"p"}`, counts{1, 1, 0}, "panic: late\n"},
		{"a package whose end is missing", `
{"Action":"run","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"A"}`, counts{0, 1, 0}, "p did not end"},
		{"a test that runs when its program ends", `
{"Action":"run","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"B"}
{"Action":"run","Package":"p","Test":"B/x"}
{"Action":"output","Package":"p","Test":"B/x","Output":"panic: test timed out after 10m0s\n"}
{"Action":"fail","Package":"p"}`, counts{1, 1, 0}, "--- FAIL: B/x (did not end)\npanic: test timed out after 10m0s\n"},
		{"a package without tests", `
{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"?   \tp\t[no test files]\n"}
{"Action":"skip","Package":"p"}`, counts{}, ""},
		{"text of go itself", "go: cannot find a module\n", counts{}, "go: cannot find a module\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			var n tally
			err := n.read(strings.NewReader(strings.TrimPrefix(tt.events, "\n")), &out)
			if err != nil || n.total != tt.want || !strings.Contains(out.String(), tt.shows) {
				t.Errorf("%+v, %v, and shows %q; want %+v and %q", n.total, err, out.String(), tt.want, tt.shows)
			}
		})
	}
}
