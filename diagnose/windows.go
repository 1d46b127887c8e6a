package diagnose

import (
	"fmt"
	"slices"
)

// windows are the intervals of time that scripts ask logs for, around the request's own time: the last
// hour, day or week (spans of known.json), in seconds and milliseconds. A script that signs them and
// loses them on the way computed them a moment before the date.
//
//	maxtime=1767323045000&mintime=1767236645000
//
// Only vendors with an endpoint that wants mintime have them; nil for others, and without a readable
// date.
func (d *diagnosis) windows() []string {
	at := d.stamp.at.Unix()
	i := slices.IndexFunc(d.profile.Unfetched, func(e endpoint) bool { return e.Wants == "mintime" })
	if i < 0 || d.stamp.at.IsZero() {
		return nil
	}
	var all []string
	midnight := at - at%86400
	for _, unit := range []string{"000", ""} {
		for _, end := range []int64{at, at - 1, at - 2, at - 120, at - 60, at - 3, at - 5, midnight, midnight + 86400, at - at%3600, at - at%60,
			at + 1} {
			maxtime := fmt.Sprint("maxtime=", end, unit)
			for _, span := range known.Spans {
				mintime := fmt.Sprint("mintime=", end-span, unit)
				both := maxtime + "&" + mintime
				all = append(all, both, mintime, "limit=1000&"+both, "limit=100&"+both)
			}
			all = append(all, maxtime, maxtime+"&mintime=0")
		}
	}
	if !d.profile.Unfetched[i].Path.MatchString(d.Request.Target) {
		return all
	}
	for _, end := range []int64{at, at - 1} { // in milliseconds
		for _, span := range known.Spans[:4] {
			for ms := 1; ms < 1000; ms++ {
				all = append(all, fmt.Sprintf("maxtime=%d%03d&mintime=%d%03d", end, ms, end-span, ms))
			}
		}
	}
	return all
}
