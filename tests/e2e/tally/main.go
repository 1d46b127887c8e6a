// Tally reads the output of go test -json, shows what people want to see of it, and writes the numbers of tests that
// passed, failed and were skipped to the file that its argument names. A test with subtests is not counted beside
// them. It exits with 1 if anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// pack is what is known of a package's tests.
type pack struct {
	result map[string]string // by name: pass, fail or skip
	output map[string][]string
	parent map[string]bool
}

type counts struct{ passed, failed, skipped int }

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ... | tally FILE")
		os.Exit(2)
	}
	n, err := tally(os.Stdin, os.Stdout)
	if err == nil {
		err = os.WriteFile(os.Args[1], fmt.Appendf(nil, "%d %d %d\n", n.passed, n.failed, n.skipped), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(2)
	}
	if n.failed > 0 {
		os.Exit(1)
	}
}

func tally(in io.Reader, out io.Writer) (total counts, err error) {
	packs := map[string]*pack{}
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
		total.passed, total.failed, total.skipped = total.passed+n.passed, total.failed+n.failed, total.skipped+n.skipped
	}
	// A package whose end is missing was interrupted.
	for name, p := range packs {
		if p != nil && p.result[""] == "" {
			fmt.Fprintf(out, "FAIL\t%s did not end\n", name)
			total.failed++
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
		if i := strings.LastIndex(e.Test, "/"); i > 0 {
			p.parent[e.Test[:i]] = true
		}
	case "pass", "fail", "skip":
		p.result[e.Test] = e.Action
		if e.Action == "fail" && e.Test != "" {
			for _, line := range p.output[e.Test] {
				if !strings.HasPrefix(line, "=== ") {
					fmt.Fprint(out, line)
				}
			}
		}
		if e.Test == "" {
			n = p.count(e.Action)
			p.show(e, out)
		}
	}
	return n
}

// count counts the leaves; a parent only if it failed by itself, and the package likewise.
func (p *pack) count(result string) (n counts) {
	failedBelow := func(name string) bool {
		for other, r := range p.result {
			if r == "fail" && strings.HasPrefix(other, name+"/") {
				return true
			}
		}
		return false
	}
	for name, r := range p.result {
		switch {
		case name == "":
		case r == "fail" && (!p.parent[name] || !failedBelow(name)):
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
