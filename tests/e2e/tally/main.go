// Tally runs go test -json, shows what people want to see of it, and writes the numbers of tests that passed, failed,
// were skipped and are unsteady to the file that its first argument names. A test with subtests is not counted in
// addition to them. What failed, and the beginning of why, goes to the end of the second file. It exits with 1 if
// anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	ImportPath, FailedBuild       string // of build-output and of what could not be tested for it
}

// pack is what is known of a package's tests.
type pack struct {
	result map[string]string // by name: pass, fail or skip, or nothing yet
	output map[string][]string
	parent map[string]bool
}

type counts struct{ passed, failed, skipped int }

func (c counts) plus(d counts) counts {
	return counts{c.passed + d.passed, c.failed + d.failed, c.skipped + d.skipped}
}

func (c counts) minus(d counts) counts {
	return counts{c.passed - d.passed, c.failed - d.failed, c.skipped - d.skipped}
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: tally COUNTS FAILURES go test -json ...")
		os.Exit(2)
	}
	failed, err := report(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

// report runs the command and writes both files.
func report(numbers, summary string, command []string) (failed bool, err error) {
	t, status, err := run(command)
	if err != nil {
		return false, err
	}
	unsteady := 0
	if t.total.failed > 0 {
		unsteady = t.repeat(command, run)
	} else if status != nil {
		return false, fmt.Errorf("%s: %w", strings.Join(command, " "), status) // go itself failed
	}
	failures, err := os.OpenFile(summary, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return false, err
	}
	_, err = failures.WriteString(t.failures.String())
	counted := fmt.Appendf(nil, "%d %d %d %d\n", t.total.passed, t.total.failed, t.total.skipped, unsteady)
	return t.total.failed > 0, errors.Join(err, failures.Close(), os.WriteFile(numbers, counted, 0o644))
}

// run runs go test -json and reads it. A test that fails is no error.
func run(command []string) (t *tally, status, err error) {
	c := exec.Command(command[0], command[1:]...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return nil, nil, err
	}
	t = new(tally)
	err = t.read(out, os.Stdout)
	return t, c.Wait(), err
}

// tally is what came of one run.
type tally struct {
	packs    map[string]*pack
	total    counts
	failures strings.Builder // the summary
}

func (t *tally) read(in io.Reader, out io.Writer) error {
	t.packs = map[string]*pack{}
	builds := map[string][]string{}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF && line == "" {
			break
		}
		if err != nil && err != io.EOF {
			return err
		}
		var e event
		if json.Unmarshal([]byte(line), &e) != nil { // go itself writes plain text before the tests
			fmt.Fprint(out, line)
			continue
		}
		if e.Action == "build-output" {
			fmt.Fprint(out, e.Output)
			builds[e.ImportPath] = append(builds[e.ImportPath], e.Output)
		}
		if e.Package == "" {
			continue
		}
		p := t.packs[e.Package]
		if p == nil {
			p = &pack{map[string]string{}, map[string][]string{}, map[string]bool{}}
			t.packs[e.Package] = p
		}
		t.total = t.total.plus(p.take(e, out))
		if e.Test == "" && e.Action == "fail" {
			p.summarize(e.Package, builds[e.FailedBuild], &t.failures)
		}
	}
	// A package whose end is missing was interrupted.
	for _, name := range slices.Sorted(maps.Keys(t.packs)) {
		if p := t.packs[name]; p.result[""] == "" {
			fmt.Fprintf(out, "FAIL\t%s did not end\n", name)
			t.total.failed++
			p.abort(out)
			p.summarize(name, nil, &t.failures)
		}
	}
	return nil
}

// take notes an event; at the end of the package it counts.
func (p *pack) take(e event, out io.Writer) (n counts) {
	switch e.Action {
	case "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
	case "run":
		p.result[e.Test] = ""
		if i := strings.LastIndex(e.Test, "/"); i > 0 {
			p.parent[e.Test[:i]] = true
		}
	case "pass", "fail", "skip":
		p.result[e.Test] = e.Action
		if e.Action == "fail" && e.Test != "" {
			p.print(e.Test, out)
		}
		if e.Test == "" {
			if e.Action == "fail" {
				p.abort(out)
			}
			n = p.count(e.Action)
			p.show(e, out)
		}
	}
	return n
}

// print shows what a test said.
func (p *pack) print(test string, out io.Writer) {
	for _, line := range p.output[test] {
		if !strings.HasPrefix(line, "=== ") {
			fmt.Fprint(out, line)
		}
	}
}

// abort fails the tests that ran when their program ended, of a panic or of its time: what it said then is theirs.
func (p *pack) abort(out io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(p.result)) {
		if name != "" && p.result[name] == "" {
			p.result[name] = "fail"
			fmt.Fprintf(out, "--- FAIL: %s (did not end)\n", name)
			p.print(name, out)
		}
	}
}

// failed tells whether a test failed by itself, and not by its subtests.
func (p *pack) failed(name string) bool {
	if p.result[name] != "fail" {
		return false
	}
	for other, r := range p.result {
		if p.parent[name] && r == "fail" && strings.HasPrefix(other, name+"/") {
			return false
		}
	}
	return true
}

// count counts the leaves; a parent only if it failed by itself, and the package likewise.
func (p *pack) count(result string) counts {
	n := p.countOf("")
	if result == "fail" && n.failed == 0 {
		n.failed++
	}
	return n
}

// countOf counts the leaves of one test, or of all.
func (p *pack) countOf(test string) (n counts) {
	for name, r := range p.result {
		switch {
		case name == "" || test != "" && top(name) != test:
		case p.failed(name):
			n.failed++
		case p.parent[name]:
		case r == "pass":
			n.passed++
		case r == "skip":
			n.skipped++
		}
	}
	return n
}

// top is the test that a subtest is one of.
func top(name string) string {
	test, _, _ := strings.Cut(name, "/")
	return test
}

// show prints the package's last line, and all that it said itself if it failed.
func (p *pack) show(e event, out io.Writer) {
	lines := p.output[""]
	for i, line := range lines {
		if e.Action == "fail" && line != "FAIL\n" || i == len(lines)-1 && !strings.Contains(line, "[no test files]") {
			fmt.Fprint(out, line)
		}
	}
}
