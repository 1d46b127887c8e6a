package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Whoever has only the end of a long output must still see what failed and why, and a log of kilobytes must not push the
// other failures out.
const (
	mostTests   = 20 // of a package
	mostLines   = 10 // of a test
	mostOfOne   = 4  // of one of its messages
	mostLetters = 200
)

var (
	message = regexp.MustCompile(`^\s+[\w./-]+\.go:\d+: `) // of t.Error and the like
	crash   = regexp.MustCompile(`^(panic: |fatal error: |WARNING: DATA RACE|SIG[A-Z]+: )`)
)

// summarize writes what failed in a package and the beginning of each reason. built is what the compiler said.
func (p *pack) summarize(name string, built []string, out io.Writer) {
	var tests []string
	for _, test := range slices.Sorted(maps.Keys(p.result)) {
		if test != "" && p.failed(test) {
			tests = append(tests, test)
		}
	}
	if len(tests) == 0 { // then the package itself did: it was not built, or ended outside of its tests
		tests = []string{""}
	}
	for i, test := range tests {
		if i == mostTests {
			fmt.Fprintf(out, "failed: %d more in %s\n", len(tests)-i, name)
			return
		}
		fmt.Fprintln(out, strings.TrimSpace("failed: "+name+" "+test))
		output := p.output[test]
		if test == "" && len(built) > 0 {
			output = built[:min(len(built), mostLines)]
		}
		for _, line := range reason(output) {
			fmt.Fprintln(out, "    "+shorten(line))
		}
	}
}

// reason takes the first lines of a test's messages or, where it has none, those from a crash on or the last ones.
func reason(output []string) (lines []string) {
	var said []string
	for line := range strings.Lines(strings.Join(output, "")) {
		line = strings.TrimRight(line, " \r\n")
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(strings.TrimLeft(line, " "), "--- ") {
			said = append(said, line)
		}
	}
	left := 0
	for i, line := range said {
		switch {
		case crash.MatchString(line):
			return append(lines, said[i:min(len(said), i+mostLines-len(lines))]...)
		case message.MatchString(line):
			left = mostOfOne
		}
		if left > 0 && len(lines) < mostLines {
			lines = append(lines, line)
		}
		left--
	}
	if len(lines) == 0 {
		return said[max(0, len(said)-mostLines):]
	}
	return lines
}

func shorten(line string) string {
	line = strings.TrimSpace(line)
	if letters := []rune(line); len(letters) > mostLetters {
		return string(letters[:mostLetters-3]) + "..."
	}
	return line
}
