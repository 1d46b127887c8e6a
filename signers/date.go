//go:build go1.21

package signers

import "time"

// dates formats the times of a scheme.
type dates struct {
	format func(time.Time) string
	fine   bool // times differ within a second
}

// dateText is at's date: the verbatim one, or its time formatted.
func dateText(d *dates, at *Moment) string {
	if at.Date != "" {
		return at.Date
	}
	return d.format(at.Time.UTC())
}

// secondText is the date of every time within t's second, or empty if there is none.
func secondText(d *dates, t time.Time) string {
	if d.fine {
		return ""
	}
	return d.format(t.UTC())
}
