package demo

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// columns are 100 characters wide with two blanks between them.
var columns = []struct {
	title string
	width int
}{{"VENDOR", 13}, {"SENT", 24}, {"HEADERS ADDED", 30}, {"ANSWER", 13}, {"UNSIGNED", 12}}

// table writes rows whose cells may have several lines.
type table struct{ out io.Writer }

func newTable(out io.Writer) table {
	t := table{out}
	var titles, rules []string
	for _, c := range columns {
		titles = append(titles, c.title)
		rules = append(rules, strings.Repeat("-", c.width))
	}
	t.lines(titles)
	t.lines(rules)
	return t
}

// row writes one row and a blank line. Lines that are too long for their column are broken.
func (t table) row(cells ...string) {
	var wrapped [][]string
	height := 0
	for i, cell := range cells {
		var lines []string
		for line := range strings.SplitSeq(cell, "\n") {
			lines = append(lines, wrap(line, columns[i].width)...)
		}
		wrapped = append(wrapped, lines)
		height = max(height, len(lines))
	}
	for y := range height {
		line := make([]string, len(wrapped))
		for i, lines := range wrapped {
			if y < len(lines) {
				line[i] = lines[y]
			}
		}
		t.lines(line)
	}
	fmt.Fprintln(t.out)
}

// lines writes one line of each column.
func (t table) lines(cells []string) {
	var b strings.Builder
	for i, cell := range cells {
		b.WriteString(cell + strings.Repeat(" ", max(0, columns[i].width-utf8.RuneCountInString(cell))+2))
	}
	fmt.Fprintln(t.out, strings.TrimRight(b.String(), " "))
}

// wrap breaks a line at blanks, and before the separators of a query and a path.
func wrap(line string, width int) []string {
	var lines []string
	for utf8.RuneCountInString(line) > width {
		cut := strings.LastIndexAny(line[:width+1], " &?")
		if cut < width/2 {
			cut = strings.LastIndexAny(line[:width+1], " &?/,")
		}
		if cut <= 0 {
			cut = width
		}
		lines = append(lines, line[:cut])
		line = strings.TrimPrefix(line[cut:], " ")
	}
	return append(lines, line)
}

// shorten cuts a line to a width and marks the cut.
func shorten(line string, width int) string {
	if len(line) <= width {
		return line
	}
	return line[:width-1] + "…"
}
