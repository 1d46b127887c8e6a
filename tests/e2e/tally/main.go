// Tally reads the output of go test -json, shows what people want to see of it, and writes the numbers of tests that
// passed, failed and were skipped to the file that its first argument names. A test with subtests is not counted beside
// them. What failed, and the beginning of why, goes to the end of the second file. It exits with 1 if anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
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

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ... | tally COUNTS FAILURES")
		os.Exit(2)
	}
	failures, err := os.OpenFile(os.Args[2], os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	var n counts
	if err == nil {
		n, err = tally(os.Stdin, os.Stdout, failures)
	}
	if err == nil {
		err = errors.Join(failures.Close(), os.WriteFile(os.Args[1], fmt.Appendf(nil, "%d %d %d\n", n.passed, n.failed, n.skipped), 0o644))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(2)
	}
	if n.failed > 0 {
		os.Exit(1)
	}
}

func tally(in io.Reader, out, failures io.Writer) (total counts, err error) {
	packs, builds := map[string]*pack{}, map[string][]string{}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF && line == "" {
			break
		}
		if err != nil && err != io.EOF {
			return total, err
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
		p := packs[e.Package]
		if p == nil {
			p = &pack{map[string]string{}, map[string][]string{}, map[string]bool{}}
			packs[e.Package] = p
		}
		n := p.take(e, out)
		if e.Test == "" && e.Action == "fail" {
			p.summarize(e.Package, builds[e.FailedBuild], failures)
		}
		total.passed, total.failed, total.skipped = total.passed+n.passed, total.failed+n.failed, total.skipped+n.skipped
	}
	// A package whose end is missing was interrupted.
	for _, name := range slices.Sorted(maps.Keys(packs)) {
		if p := packs[name]; p.result[""] == "" {
			fmt.Fprintf(out, "FAIL\t%s did not end\n", name)
			total.failed++
			p.abort(out)
			p.summarize(name, nil, failures)
		}
	}
	return total, nil
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
func (p *pack) count(result string) (n counts) {
	for name, r := range p.result {
		switch {
		case name == "":
		case p.failed(name):
			n.failed++
		case p.parent[name]:
		case r == "pass":
			n.passed++
		case r == "skip":
			n.skipped++
		}
	}
	if result == "fail" && n.failed == 0 {
		n.failed++
	}
	return n
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
