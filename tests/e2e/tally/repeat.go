package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// One test in thousands, of real gateways on a busy machine, may fail once though nothing is wrong. It runs again, alone. If
// it passes then, it is unsteady: the summary and the last line report it, so that it gets fixed, and nothing fails. More
// than a few at once are no accident, and a crash or a data race never is.
const mostRepeated = 3

// suspect is a test that failed, without its subtests.
type suspect struct{ pack, test string }

// suspects are the tests that are worth a repetition.
func (t *tally) suspects() (all []suspect) {
	for _, name := range slices.Sorted(maps.Keys(t.packs)) {
		p := t.packs[name]
		if p.result[""] == "pass" || p.result[""] == "skip" {
			continue
		}
		found := 0
		for _, test := range slices.Sorted(maps.Keys(p.result)) {
			if test != "" && test == top(test) && p.result[test] == "fail" {
				all = append(all, suspect{name, test})
				found++
			}
		}
		if found == 0 || p.result[""] == "" || p.crashed() {
			return nil
		}
	}
	if len(all) > mostRepeated {
		return nil
	}
	return all
}

func (p *pack) crashed() bool {
	for _, output := range p.output {
		if slices.ContainsFunc(output, crash.MatchString) {
			return true
		}
	}
	return false
}

// repeat runs the suspects again, each alone, and returns how many tests were unsteady. Those count as passed.
func (t *tally) repeat(command []string, run func([]string) (*tally, error, error)) (unsteady int) {
	for _, s := range t.suspects() {
		fmt.Printf("once more, alone: %s %s\n", s.pack, s.test)
		again, status, err := run(alone(command, s))
		if err != nil || status != nil || again.packs[s.pack] == nil || again.total.failed > 0 {
			continue
		}
		first, second := t.packs[s.pack].countOf(s.test), again.packs[s.pack].countOf(s.test)
		if second.passed == 0 || second.skipped > first.skipped {
			continue
		}
		unsteady += first.failed
		t.total = t.total.minus(first).plus(second)
		t.forgive(s)
	}
	return unsteady
}

// alone is the command for one test of one package. Packages come last in a command.
func alone(command []string, s suspect) []string {
	flags := slices.DeleteFunc(slices.Clone(command), func(argument string) bool {
		return strings.Contains(argument, "/") && !strings.HasPrefix(argument, "-")
	})
	if strings.Contains(command[0], "/") {
		flags = append(command[:1:1], flags...)
	}
	return append(flags, "-count=1", "-run", "^"+regexp.QuoteMeta(s.test)+"$", s.pack)
}

// forgive has the summary say unsteady of the test and its subtests.
func (t *tally) forgive(s suspect) {
	lines := strings.SplitAfter(t.failures.String(), "\n")
	t.failures.Reset()
	for _, line := range lines {
		if name, failed := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "failed: "+s.pack+" "); failed && top(name) == s.test {
			line = "unsteady, passed when it ran again: " + s.pack + " " + name + "\n"
		}
		t.failures.WriteString(line)
	}
}
