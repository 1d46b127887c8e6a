//go:build go1.21

package signers

import (
	"regexp"
	"strings"
)

// headerLine is a line of a text that begins with the name of a header.
var headerLine = regexp.MustCompile(`^([a-z0-9-]{1,64}):`)

// Differing names the parts that differ from the text that the vendor says it made from the same message: by their labels, or by
// name for headers that only the vendor has. It returns nothing else of the vendor's text.
func Differing(ours []Part, theirs string) []string {
	var lines, labels []string
	begun := false // a line goes on in the next part
	for _, p := range ours {
		for i, line := range strings.Split(p.Text, "\n") {
			if i == 0 && begun {
				lines[len(lines)-1] += line
				continue
			}
			lines, labels = append(lines, line), append(labels, p.Label)
			begun = true
		}
		if strings.HasSuffix(p.Text, "\n") { // what follows the last line end is the next part's
			lines, labels = lines[:len(lines)-1], labels[:len(labels)-1]
			begun = false
		}
	}
	other := strings.Split(theirs, "\n")
	// Lines that are equal at the beginning and at the end say nothing. Between them the order may differ, so each line is looked for
	// anywhere.
	start, end := 0, 0
	for start < len(lines) && start < len(other) && lines[start] == other[start] {
		start++
	}
	for end < len(lines)-start && end < len(other)-start && lines[len(lines)-1-end] == other[len(other)-1-end] {
		end++
	}
	had := make(map[string]bool)
	for _, line := range other[start : len(other)-end] {
		had[line] = true
	}
	var found []string
	named := make(map[string]bool)
	add := func(label string) {
		if !named[label] {
			named[label] = true
			found = append(found, label)
		}
	}
	mine := make(map[string]bool)
	for i := start; i < len(lines)-end; i++ {
		mine[lines[i]] = true
		if !had[lines[i]] {
			add(labels[i])
		}
	}
	for _, line := range other[start : len(other)-end] {
		if name := headerLine.FindStringSubmatch(line); name != nil && !mine[line] {
			add(name[1])
		}
	}
	return found
}
