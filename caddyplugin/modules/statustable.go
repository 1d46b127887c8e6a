package modules

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/cli/screen"
)

// statusTable lists signers, a row for each. Notes for the operator are below its row.
//
//	SIGNER  HOST              FINGERPRINT  EXPIRES     AGE
//	acme    api.acme.example  0f1e2d3c     in 12 days  3h
//	  the vendor's clock differs by +4s
func statusTable(all []signerStatus, now time.Time, s screen.Screen) string {
	rows := [][]string{{"SIGNER", "HOST", "FINGERPRINT", "EXPIRES", "AGE"}}
	for _, one := range all {
		rows = append(rows, statusRow(one, now))
	}
	// The column that may be shortened.
	const host = 1
	widths := columnWidths(rows, host, s.Width)
	var b strings.Builder
	for i, row := range rows {
		line := tableLine(row, widths)
		if i == 0 {
			b.WriteString(s.Bold(line) + "\n")
			continue
		}
		b.WriteString(line + "\n")
		for _, note := range statusNotes(all[i-1], now) {
			text := screen.Hang("  ", screen.Wrap(note.text, s.Prose()-len("  ")))
			// The colour ends before the line does.
			if note.bad {
				text = s.Bad(strings.TrimSuffix(text, "\n")) + "\n"
			}
			b.WriteString(text)
		}
	}
	return b.String()
}

// columnWidths fit a table into so many columns by shortening the column long, but not below its heading. Other
// columns keep their width, so that a narrow terminal may still wrap. There are two blanks between columns.
func columnWidths(rows [][]string, long, width int) []int {
	widths := make([]int, len(rows[0]))
	total := 0
	for i := range widths {
		for _, row := range rows {
			widths[i] = max(widths[i], screen.Length(row[i]))
		}
		total += widths[i] + len("  ")
	}
	// By what the table is too wide; negative where it is not.
	widths[long] = max(len(rows[0][long]), min(widths[long], widths[long]-(total-len("  ")-width)))
	return widths
}

// tableLine is a row whose cells have these widths, without blanks at its end.
func tableLine(row []string, widths []int) string {
	line := ""
	for k, cell := range row {
		cell = screen.Shorten(cell, widths[k])
		line += cell + strings.Repeat(" ", widths[k]-screen.Length(cell)+len("  "))
	}
	return strings.TrimRight(line, " ")
}

// statusRow shows the state that every signer has. A credential whose file is missing has no fingerprint and no
// age; their cells are dashes.
func statusRow(one signerStatus, now time.Time) []string {
	fingerprint, age := one.Credential, short(time.Duration(one.AgeSeconds)*time.Second)
	if one.Absent != "" {
		fingerprint, age = "-", "-"
	}
	return []string{one.Signer, hostCell(one.Hosts), fingerprint, expiryCell(one.Expires, now), age}
}

// expiryCell is how long something is good for, as in 12 days; a dash: for ever, or it is not known.
func expiryCell(at *time.Time, now time.Time) string {
	if at == nil {
		return "-"
	}
	switch left := at.Sub(now); {
	case left <= 0:
		return "expired"
	// Near the end hours matter.
	case left < 48*time.Hour:
		return fmt.Sprintf("in %d hours", left/time.Hour)
	default:
		return fmt.Sprintf("in %d days", left/(24*time.Hour))
	}
}

// hostCell keeps the table narrow if signers have many hosts; the endpoint lists them all: "a.example.com and 2
// more".
func hostCell(hosts []string) string {
	if len(hosts) > 1 {
		return fmt.Sprintf("%s and %d more", hosts[0], len(hosts)-1)
	}
	return strings.Join(hosts, " ")
}

// statusNote is a line below a row. A bad one needs the operator's attention, and is coloured where the terminal
// has colours.
type statusNote struct {
	text string
	bad  bool
}

// statusNotes are what needs more than a cell. A clock that differs by less than a second is left out: vendors'
// Date headers have no fractions.
func statusNotes(one signerStatus, now time.Time) (notes []statusNote) {
	add := func(bad bool, format string, a ...any) {
		notes = append(notes, statusNote{fmt.Sprintf(format, a...), bad})
	}
	if one.Absent != "" {
		add(true, "%s is not there: its file is missing", one.Absent)
	}
	if one.Unusable != "" {
		add(true, "%s; the previously loaded credential stays in use", one.Unusable)
	}
	if one.Previous {
		add(true, "the previous credential is in use: the vendor does not accept the new one")
	}
	if one.TokenExpires != nil {
		add(false, "the token ends in %s", short(one.TokenExpires.Sub(now)))
	}
	if o := one.TokenOutage; o != nil {
		next := short(o.Retry.Sub(now))
		add(true, "the token could not be renewed: %s (failed attempts: %d; the next in %s or later)", o.Reason, o.Failures, next)
	}
	if one.ClockOffsetSeconds <= -1 || one.ClockOffsetSeconds >= 1 {
		add(false, "the vendor's clock differs by %+.0fs", one.ClockOffsetSeconds)
	}
	if r := one.LastRefusal; r != nil {
		add(true, "refused %s ago: %d %s, %s", short(now.Sub(r.Time)), r.Status, r.Cause, r.Explanation)
	}
	// The gateway answers requests itself until then.
	if one.PauseEnds != nil {
		add(true, "the vendor asked for a pause: %s more", short(one.PauseEnds.Sub(now)))
	}
	return notes
}

// short is a duration in its largest unit: 42s, 7m, 30h, 3d. Hours go up to two days, since "1d" would hide half
// of it. A negative one is 0s.
func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}
