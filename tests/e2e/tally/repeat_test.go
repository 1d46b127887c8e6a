package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

const (
	oneFails = `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"run","Package":"p","Test":"A/y"}
{"Action":"output","Package":"p","Test":"A/y","Output":"    a_test.go:1: because\n"}
{"Action":"fail","Package":"p","Test":"A/y"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"AB"}
{"Action":"pass","Package":"p","Test":"AB"}
{"Action":"fail","Package":"p"}`
	bothPass = `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"run","Package":"p","Test":"A/y"}
{"Action":"pass","Package":"p","Test":"A/y"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"p"}`
	skipped = `{"Action":"run","Package":"p","Test":"A"}
{"Action":"skip","Package":"p","Test":"A"}
{"Action":"pass","Package":"p"}`
	nothing = `{"Action":"pass","Package":"p"}`
)

func failing(tests ...string) string {
	var said [][2]string
	for _, test := range tests {
		said = append(said, [2]string{test, "    a_test.go:1: because\n"})
	}
	return events("p", said...)
}

func summary(tests ...string) string {
	var b strings.Builder
	for _, test := range tests {
		b.WriteString("failed: p " + test + "\n    a_test.go:1: because\n")
	}
	return b.String()
}

func TestATestThatPassesWhenItRunsAgainIsUnsteady(t *testing.T) {
	race := strings.Replace(oneFails, "    a_test.go:1: because", "WARNING: DATA RACE", 1)
	tests := []struct {
		name, first, again string
		want               counts
		unsteady, repeated int
		summary            string
	}{
		{"it passes", oneFails, bothPass, counts{3, 0, 0}, 1, 1, "unsteady, passed when it ran again: p A/y\n    a_test.go:1: because\n"},
		{"it fails again", oneFails, oneFails, counts{2, 1, 0}, 0, 1, "failed: p A/y\n    a_test.go:1: because\n"},
		{"it is skipped", oneFails, skipped, counts{2, 1, 0}, 0, 1, "failed: p A/y\n    a_test.go:1: because\n"},
		{"it is not there", oneFails, nothing, counts{2, 1, 0}, 0, 1, "failed: p A/y\n    a_test.go:1: because\n"},
		{"a data race", race, bothPass, counts{2, 1, 0}, 0, 0, "failed: p A/y\n    WARNING: DATA RACE\n"},
		{"a crash beside the tests", strings.Replace(oneFails, `{"Action":"fail","Package":"p"}`, `{"Action":"output","Package":"p","Output":"panic: late\n"}`+"\n"+`{"Action":"fail","Package":"p"}`, 1), bothPass, counts{2, 1, 0}, 0, 0,
			"failed: p A/y\n    a_test.go:1: because\n"},
		{"it did not end", `{"Action":"run","Package":"p","Test":"A"}`, bothPass, counts{0, 1, 0}, 0, 0, "failed: p A\n"},
		{"only the package failed", events("p", [2]string{"", "os.Exit\n"}), bothPass, counts{0, 1, 0}, 0, 0, "failed: p\n    os.Exit\n"},
		{"another package was not built", oneFails + "\n" + `{"Action":"fail","Package":"q","FailedBuild":"q"}`, bothPass, counts{2, 2, 0}, 0, 0,
			"failed: p A/y\n    a_test.go:1: because\nfailed: q\n"},
		{"three fail", failing("A", "B", "C"), strings.ReplaceAll(skipped, "skip", "pass"), counts{3, 0, 0}, 3, 3,
			strings.ReplaceAll(summary("A", "B", "C"), "failed: ", "unsteady, passed when it ran again: ")},
		{"four fail", failing("A", "B", "C", "D"), bothPass, counts{0, 4, 0}, 0, 0, summary("A", "B", "C", "D")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var n tally
			if err := n.read(strings.NewReader(tt.first), io.Discard); err != nil {
				t.Fatal(err)
			}
			repeated := 0
			unsteady := n.repeat([]string{"go", "test", "-json", "./..."}, func(command []string) (*tally, error, error) {
				repeated++
				test := strings.Trim(command[len(command)-2], "^$")
				var again tally
				err := again.read(strings.NewReader(strings.ReplaceAll(tt.again, `"Test":"A`, `"Test":"`+test)), io.Discard)
				var status error
				if again.total.failed > 0 {
					status = errors.New("exit status 1")
				}
				return &again, status, err
			})
			if n.total != tt.want || unsteady != tt.unsteady || repeated != tt.repeated || n.failures.String() != tt.summary {
				t.Errorf("%+v, %d unsteady after %d repetitions, want %+v, %d and %d\n%s", n.total, unsteady, repeated, tt.want, tt.unsteady, tt.repeated, n.failures.String())
			}
		})
	}
}

func TestATestRunsAgainAlone(t *testing.T) {
	command := []string{"go", "test", "-json", "-race", "-timeout", "30m", "./e2e", "github.com/a/b"}
	want := []string{"go", "test", "-json", "-race", "-timeout", "30m", "-count=1", "-run", "^TestA$", "github.com/a/b"}
	if got := alone(command, suspect{"github.com/a/b", "TestA"}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
