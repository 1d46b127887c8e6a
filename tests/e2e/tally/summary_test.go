package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// events writes what go test -json does of tests that failed, by what they said.
func events(pack string, said ...[2]string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	add := func(e event) { _ = encoder.Encode(e) }
	for _, test := range said {
		if test[0] != "" {
			add(event{Action: "run", Package: pack, Test: test[0]})
		}
		for line := range strings.Lines(test[1]) {
			add(event{Action: "output", Package: pack, Test: test[0], Output: line})
		}
		if test[0] != "" {
			add(event{Action: "fail", Package: pack, Test: test[0]})
		}
	}
	add(event{Action: "fail", Package: pack})
	return b.String()
}

func TestTheSummaryTellsWhatFailedAndTheBeginningOfWhy(t *testing.T) {
	log := strings.Repeat(`{"level":"debug","msg":"a line of a gateway's log"}`+"\n", 100)
	tests := []struct{ name, events, want string }{
		{"a test's messages, without what else it printed", events("p", [2]string{"A", "=== RUN   A\n" + log + "    a_test.go:1: because\n    a_test.go:2: and\n        so\n--- FAIL: A (0.00s)\n"}),
			"failed: p A\n    a_test.go:1: because\n    a_test.go:2: and\n    so\n"},
		{"four lines of a message, and ten of a test", events("p", [2]string{"A", "    a_test.go:1: 1\n2\n3\n4\n5\n    a_test.go:2: 1\n2\n3\n4\n5\n    a_test.go:3: 1\n2\n3\n"}),
			"failed: p A\n    a_test.go:1: 1\n    2\n    3\n    4\n    a_test.go:2: 1\n    2\n    3\n    4\n    a_test.go:3: 1\n    2\n"},
		{"200 letters of a line", events("p", [2]string{"A", "    a_test.go:1: " + strings.Repeat("ä", 300) + "\n"}),
			"failed: p A\n    a_test.go:1: " + strings.Repeat("ä", 184) + "...\n"},
		{"subtests in place of their parents", events("p", [2]string{"A/x", "    a_test.go:1: because\n"}, [2]string{"A", "    --- FAIL: A/x (0.00s)\n"}),
			"failed: p A/x\n    a_test.go:1: because\n"},
		{"a crash from its beginning", events("p", [2]string{"A", "one\ntwo\npanic: late\n\ngoroutine 1 [running]:\n" + strings.Repeat("main.go:1\n", 50)}),
			"failed: p A\n    panic: late\n    goroutine 1 [running]:\n" + strings.Repeat("    main.go:1\n", 8)},
		{"the end of what only the package said", events("p", [2]string{"", log + "the reason\nFAIL\n"}),
			"failed: p\n" + strings.Repeat("    "+strings.SplitAfter(log, "\n")[0], 8) + "    the reason\n    FAIL\n"},
		{"what the compiler said", `{"ImportPath":"p [p.test]","Action":"build-output","Output":"x.go:1: undefined\n"}` + "\n" + `{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
			"failed: p\n    x.go:1: undefined\n"},
		{"a test that did not end", `{"Action":"run","Package":"p","Test":"A"}` + "\n" + `{"Action":"output","Package":"p","Test":"A","Output":"half a line"}`, "failed: p A\n    half a line\n"},
		{"nothing where all passed", `{"Action":"run","Package":"p","Test":"A"}` + "\n" + `{"Action":"pass","Package":"p","Test":"A"}` + "\n" + `{"Action":"pass","Package":"p"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var n tally
			if err := n.read(strings.NewReader(tt.events), io.Discard); err != nil || n.failures.String() != tt.want {
				t.Errorf("%v\n%swant\n%s", err, n.failures.String(), tt.want)
			}
		})
	}
}

func TestTheSummaryOfAPackageIsBounded(t *testing.T) {
	var said [][2]string
	for n := range 30 {
		said = append(said, [2]string{fmt.Sprintf("A%02d", n), strings.Repeat("    a_test.go:1: because\n", 100)})
	}
	var n tally
	if err := n.read(strings.NewReader(events("p", said...)), io.Discard); err != nil {
		t.Fatal(err)
	}
	summary := n.failures.String()
	if lines := strings.Count(summary, "\n"); lines != 20*11+1 || !strings.HasSuffix(summary, "\nfailed: 10 more in p\n") {
		t.Errorf("%d lines\n%s", lines, summary)
	}
}
