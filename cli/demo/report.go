package demo

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/screen"
)

// reporter prints the results of the requests: a line for each vendor, and with verbose what was sent
// and what came back.
type reporter struct {
	out     io.Writer
	screen  screen.Screen
	verbose bool

	vendor string // whose results are being collected
	done   []outcome
	// Requests that were not answered as they should be.
	wrong int
}

// outcome is a request with its result, which is good or not.
type outcome struct {
	request
	result
}

// The widths of the table's columns: with a mark in front and the last one they fit 80. In a narrow terminal the second gives way.
const vendorWidth, wayWidth, gatewayWidth, lastWidth = 13, 35, 12, 11

// newReporter prints the head of the table, unless each request is shown.
func newReporter(out io.Writer, verbose bool) *reporter {
	t := &reporter{out: out, screen: screen.Of(out), verbose: verbose}
	if !verbose {
		t.line(" ", "VENDOR", "SIGNED WITH", "GATEWAY", "UNSIGNED")
	}
	return t
}

// add takes one result. The line of a vendor is printed with the first request of the next one.
func (t *reporter) add(o outcome) {
	if !o.good() {
		t.wrong++
	}
	if t.verbose {
		t.details(o)
		return
	}
	if o.vendor != t.vendor {
		t.flush()
	}
	t.vendor, t.done = o.vendor, append(t.done, o)
}

// flush prints the line of the current vendor, and what went wrong. The line shows the first request
// that failed, or else the first.
func (t *reporter) flush() {
	if len(t.done) == 0 {
		return
	}
	wrong := slices.DeleteFunc(slices.Clone(t.done), outcome.good)
	first, mark := t.done[0], t.screen.Good("✓")
	if len(wrong) > 0 {
		first, mark = wrong[0], t.screen.Bad("✗")
	}
	t.line(mark, t.vendor, ways[t.vendor], first.signed.verdict(), first.unsigned.verdict())
	for _, o := range wrong {
		text := fmt.Sprintf("%s: %s", cmp.Or(o.mode, o.method+" "+o.target), o.signed.told())
		if o.unsigned.judged == nil || o.unsigned.judged.Accepted {
			text += "; unsigned " + o.unsigned.told()
		}
		fmt.Fprint(t.out, screen.Hang("  ", screen.Wrap(text, t.screen.Prose()-2)))
	}
	t.done = nil
}

// line prints a row. In a narrow terminal the second column is shortened or left out: the others are
// what the demo is about.
func (t *reporter) line(mark, vendor, way, gateway, unsigned string) {
	width := min(wayWidth, t.screen.Width-len("  ")-vendorWidth-len("  ")-gatewayWidth-len("  ")-lastWidth-len("  "))
	line := fmt.Sprintf("%s %-*s  ", mark, vendorWidth, vendor)
	if width > 0 {
		line += fmt.Sprintf("%-*s  ", width, screen.Shorten(way, width))
	}
	fmt.Fprintf(t.out, "%s%-*s  %s\n", line, gatewayWidth, gateway, unsigned)
}

// details prints all of one request: what was sent, the headers that the gateway added, and both
// verdicts.
func (t *reporter) details(o outcome) {
	const left = "  unsigned  "
	width := t.screen.Prose() - len(left)
	row := func(name string, lines ...string) {
		for i, line := range lines {
			lines[i] = screen.Shorten(line, width)
		}
		if len(lines) > 0 {
			fmt.Fprint(t.out, screen.Hang(fmt.Sprintf("  %-8s  ", name), lines))
		}
	}
	fmt.Fprintln(t.out, t.screen.Bold(strings.TrimRight(o.vendor+"  "+o.mode, " ")))
	sent := screen.Fold(o.method+" "+o.target, width)
	if o.body != "" {
		sent = append(sent, screen.Fold(o.body, width)...)
	}
	row("sent", sent...)
	row("added", o.added()...)
	row("gateway", screen.Wrap(o.signed.told(), width)...)
	row("unsigned", screen.Wrap(o.unsigned.told(), width)...)
	fmt.Fprintln(t.out)
}

// told is the verdict and the reason, where there is one: "401 refused: the signatures do not match".
func (a answer) told() string {
	if reason := a.reason(); reason != "" && reason != "refused" {
		return a.verdict() + ": " + reason
	}
	return a.verdict()
}
