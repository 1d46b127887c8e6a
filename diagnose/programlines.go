package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// carriageReturn is what operations have for a carriage return, for which they know no escape.
const carriageReturn = `[['0d'|unhex]]`

// headerLines are the lines of a list of headers, and in what letter case their values are signed.
var headerLines = regexp.MustCompile(`\[\[header_lines(?:_trimmed)?:([^|\]]+)((?:\|lower)?)\]\]`)

// lineEndEdits join the lines that are signed with CRLF, as texts of Windows and of templates there have
// them: those of the operations, and also those of the headers.
func (w *programmed) lineEndEdits(d *diagnosis) (all []programEdit) {
	for _, lines := range []func(line string) string{
		func(line string) string { return line },
		func(line string) string { return headerLines.ReplaceAllStringFunc(line, d.linesOf) },
	} {
		change := eachLine(func(line string) string {
			if !strings.HasPrefix(line, "let ") {
				return line
			}
			return outsideValues(lines(line), func(text string) string { return strings.ReplaceAll(text, `\n`, carriageReturn+`\n`) })
		})
		all = append(all, programEdit{cause: "text_layout", tier: usual, says: "the lines were joined with CRLF", change: change})
	}
	return all
}

// linesOf writes header_lines as the lines of the headers that were sent:
//
//	[[header_lines:host,x-acs-*]]  ->  host:[[host]]\nx-acs-date:[[header.x-acs-date]]\n
func (d *diagnosis) linesOf(value string) string {
	parts := headerLines.FindStringSubmatch(value)
	var b strings.Builder
	for _, name := range d.sentOf(parts[1]) {
		source := "header." + name
		if name == "host" {
			source = name
		}
		b.WriteString(name + ":[[" + source + parts[2] + `]]\n`)
	}
	return b.String()
}

// sentOf are the headers that were sent, and host, as far as a list such as host,x-acs-* has them: in
// lower case, sorted.
func (d *diagnosis) sentOf(list string) []string {
	sent := []string{"host"}
	for name := range d.Request.Header {
		sent = append(sent, strings.ToLower(name))
	}
	sent = slices.DeleteFunc(sent, func(name string) bool {
		return !slices.ContainsFunc(strings.Split(list, ","), func(listed string) bool {
			prefix, some := strings.CutSuffix(listed, "*")
			return listed == name || some && strings.HasPrefix(name, prefix)
		})
	})
	slices.Sort(sent)
	return slices.Compact(sent)
}

// outsideValues changes the text of an operation between its values.
func outsideValues(line string, change func(string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range valueIn.FindAllStringIndex(line, -1) {
		b.WriteString(change(line[last:at[0]]) + line[at[0]:at[1]])
		last = at[1]
	}
	return b.String() + change(line[last:])
}
