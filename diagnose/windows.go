package diagnose

import (
	"slices"
	"strconv"
)

// windows are the intervals of time that scripts ask logs for, around the request's own time.
func (d *diagnosis) windows() []string {
	timed := func(e endpoint) bool { return e.Wants == "mintime" }
	at := d.stamp.at.Unix()
	i := slices.IndexFunc(d.profile.Unfetched, timed)
	if i < 0 || d.stamp.at.IsZero() {
		return nil
	}
	var all []string
	midnight := at - at%86400
	spans := []int64{
		86400, 3600, 7 * 86400, 30 * 86400, 2 * 86400, 12 * 3600, 6 * 3600, 600, 300, 900, 1800, 180 * 86400, 90 * 86400, 60, 365 * 86400,
		14 * 86400,
		120, 7200, 28 * 86400, 31 * 86400, 60 * 86400, 3 * 86400,
	}
	for _, unit := range []string{"000", ""} {
		for _, end := range []int64{at, at - 1, at - 2, at - 120, at - 60, at - 3, at - 5, midnight, midnight + 86400, at - at%3600, at - at%60,
			at + 1} {
			maxtime := "maxtime=" + strconv.FormatInt(end, 10) + unit
			for _, span := range spans {
				mintime := "mintime=" + strconv.FormatInt(end-span, 10) + unit
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
		for _, span := range spans[:4] {
			for ms := int64(1); ms < 1000; ms++ {
				fraction := strconv.FormatInt(1000+ms, 10)[1:]
				all = append(all, "maxtime="+strconv.FormatInt(end, 10)+fraction+"&mintime="+strconv.FormatInt(end-span, 10)+fraction)
			}
		}
	}
	return all
}
