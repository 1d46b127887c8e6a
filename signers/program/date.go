//go:build go1.21

package program

import (
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// layouts are the dates by filter, as time.Format takes them. Times are in UTC. http_date is IMF-fixdate of RFC
// 9110 section 5.6.7, iso and iso_ms are profiles of RFC 3339, edgegrid is Akamai's. unix and unix_ms are not
// layouts of Go: format writes them as numbers.
var layouts = map[string]string{
	"http_date":  "Mon, 02 Jan 2006 15:04:05 GMT",
	"utc_date":   "Mon, 02 Jan 2006 15:04:05 UTC",
	"iso":        "2006-01-02T15:04:05Z",
	"iso_ms":     "2006-01-02T15:04:05.000Z",
	"iso_basic":  "20060102T150405Z",
	"date":       "2006-01-02",
	"date_basic": "20060102",
	"edgegrid":   "20060102T15:04:05+0000",
	"unix":       "unix",
	"unix_ms":    "unix_ms",
}

// dateFilter compiles add, or a filter that writes a time in a layout; that of format is its argument.
func (c *compiler) dateFilter(f call, v value, layout string, dst int) (value, string) {
	name := f.name.text
	if v.kind != moment {
		reason := name + " does not take " + kindNames[v.kind] + "; it takes a time"
		if name != "add" {
			reason += ", as now is"
		}
		return v, reason
	}
	switch name {
	// Nothing is computed here. The seconds are kept with the time until a filter writes it.
	case "add":
		by, reason := c.number(f.args[0])
		v.seconds = append(append([]offset(nil), v.seconds...), by)
		return v, reason
	case "format":
		layout = f.args[0].text
	}
	out := value{kind: text, slot: c.own(dst), name: v.name, fresh: true, safe: !strings.ContainsAny(layout, controls)}
	c.emit(instruction{op: opTime, dst: out.slot, text: layout, offsets: v.seconds})
	return out, ""
}

// doTime writes the time of the moment, with seconds added: a date that the gateway does not hand over, such as an
// expiry.
func doTime(in *instruction, slots []string, _ *signers.Message, at *signers.Moment) error {
	slots[in.dst] = FormatTime(at.Time.Add(time.Duration(in.n)*time.Second), in.text)
	return nil
}

// FormatTime writes a time in UTC, by a value of layouts or a layout of Go. Fractions are cut and not rounded: a date in the
// future may be refused.
func FormatTime(t time.Time, layout string) string {
	switch layout {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return t.UTC().Format(layout)
}
