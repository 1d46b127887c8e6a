package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/signers"
)

// mostRows are as many differing parts as are shown without -v.
const mostRows = 3

// differing shows the parts in which two texts differ, hashes shortened, three of them at most:
//
//	path  yours     /a␊
//	      expected  /b␊
func differing(signed, right []signers.Part, width int) string {
	if len(signed) == 0 || len(right) == 0 {
		return ""
	}
	// What is the same on both sides is not shown: -v shows all.
	rows := slices.DeleteFunc(align(signed, right), func(r row) bool { return r.left == r.right })
	more := max(0, len(rows)-mostRows)
	rows = rows[:len(rows)-more]
	labels := 0
	for _, r := range rows {
		labels = max(labels, screen.Length(r.label))
	}
	var b strings.Builder
	for _, r := range rows {
		yours, expected := excerpts(r.left, r.right, width-labels-len("    expected  "))
		fmt.Fprintf(&b, "  %-*s  yours     %s\n", labels, r.label, yours)
		fmt.Fprintf(&b, "  %-*s  expected  %s\n", labels, "", expected)
	}
	if more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	return b.String()
}

// excerpts are two texts, shortened to a width around the place where they begin to differ. Hashes are
// cut to their first characters, unless the texts differ in a hash behind these.
func excerpts(a, b string, width int) (string, string) {
	if x, y := screen.ShortenHashes(a), screen.ShortenHashes(b); x != y {
		a, b = x, y
	}
	skip := 0
	if n := common(a, b); max(screen.Length(a), screen.Length(b)) > width && n > width/2 {
		skip = n - width/3
	}
	cut := func(text string) string {
		switch {
		case text == "":
			return "(nothing)"
		case skip > 0 && screen.Length(text) > skip:
			text = "…" + string([]rune(text)[skip:])
		}
		return screen.Shorten(text, width)
	}
	return cut(a), cut(b)
}
