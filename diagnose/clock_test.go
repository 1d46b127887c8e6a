package diagnose

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// A number without an end is no time, and does not keep the search from ending.
func TestANumberWithoutAnEndIsNoDate(t *testing.T) {
	for _, text := range []string{"Infinity", "+inf", "NaN", "1e999", "-5"} {
		if at := parseLoosely(text); !at.IsZero() {
			t.Errorf("%q is read as %s", text, at)
		}
	}
}

// An hour's difference is a fact; that the clock shows the local time is a guess: a request that was captured and sent again exactly an
// hour later has the same date, and so has one of a clock that is an hour off.
func TestALocalTimeIsSaidToBeUsualAndNotProved(t *testing.T) {
	const usual = "which is usual where the local time is written as UTC"
	for name, tt := range map[string]struct {
		late time.Duration
		says string
	}{
		"an hour": {time.Hour, "The date of the request is 60 minutes behind the vendor's clock, " + usual +
			"; the vendor takes 5 minutes either way."},
		"the time of Delhi":            {-330 * time.Minute, "The date of the request is 330 minutes ahead of the vendor's clock, " + usual},
		"what to do":                   {time.Hour, "Where it is in UTC already, set the clock (NTP)"},
		"some seconds after the hour":  {time.Hour + 5*time.Second, usual},
		"a minute after the hour":      {time.Hour + time.Minute, usual},
		"two minutes before two hours": {2*time.Hour - 2*time.Minute, usual},
		"a minute ahead of the hour":   {-time.Hour - time.Minute, usual},
	} {
		t.Run(name, func(t *testing.T) {
			c := threatConnectCase(strconv.FormatInt(moment.Unix(), 10))
			c.Now = moment.Add(tt.late)
			answered(t, c, "E", "local_time", false, tt.says)
		})
	}
	t.Run("a text with an offset shows it", func(t *testing.T) {
		c := darktraceCase("/devices", "/devices")
		date := moment.In(time.FixedZone("", 7200)).Format(time.RFC3339)
		c.Request.Header.Set("Dtapi-Date", date)
		c.Request.Header.Set("Dtapi-Signature", darktraceSumAt(canary, "public", date))
		c.Response.Body = []byte(`{"error":"API DATE ERROR"}`)
		answered(t, c, "E", "local_time", true, "The date was written in local time instead of UTC.")
	})
}

// A request that the vendor took, and that comes again an hour later, was sent twice: its date was right.
func TestARequestThatWasTakenAnHourAgoIsNotInLocalTime(t *testing.T) {
	var s Session
	for _, tt := range []struct {
		late   time.Duration
		status int
		causes string
	}{{0, 200, ""}, {time.Hour, 401, "signature_reused"}} {
		c := threatConnectCase(strconv.FormatInt(moment.Unix(), 10))
		c.Now, c.Response = moment.Add(tt.late), &Response{Status: tt.status}
		f, err := s.Diagnose(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.Causes, " "); got != tt.causes {
			t.Errorf("%s late: %s, want %s: %s", tt.late, got, tt.causes, f.Explanation)
		}
	}
}
