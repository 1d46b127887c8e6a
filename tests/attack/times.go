package attack

import (
	"strings"
	"time"
)

// timeAttacks come at another time, or again. The windows of gateways are the default ones, so that 20 minutes are outside of
// each.
var timeAttacks = []Attack{
	{Name: "an old request", Want: Clock, Make: dated(false, 20*time.Minute)},
	{Name: "an old write", Want: Clock, Make: dated(true, 20*time.Minute)},
	{Name: "a request from the future", Want: Clock, Make: dated(false, -20*time.Minute)},
	{Name: "a link after its end", Only: "aws", Want: Clock, Make: dated(false, 40*time.Second),
		Not: otherwise{"aws": noEnd, "s3": noEnd, "s3 link": {Want: Clock}}},
	{Name: "an old request with a new date", Make: restamped(20*time.Minute, 0),
		Not: otherwise{"bloodhound": notHere}}, // see the next
	// What nobody can refuse: see Scheme.Coarse.
	{Name: "an old request with a new date in its hour", Only: "bloodhound", Want: Pass, Make: func(f *Forge) []Request {
		age := 20 * time.Minute
		if f.Now.UTC().Minute() < 30 {
			age = -age
		}
		return []Request{f.Restamped(false, age, 0)}
	}}, // the signature covers the date down to the hour
	{Name: "a request with a date of a second later", Make: restamped(0, -time.Second),
		Not: otherwise{"bloodhound": notHere}},
	// A read may come again in a scheme without a nonce, since its clients send the same bytes twice within a second.
	{Name: "a read again", Want: Pass, Make: twice(false), Not: otherwise{
		"cortex": {Replay, ""}, "veracode": {Replay, ""}, "akamai": {Replay, ""}}}, // the default of schemes with a nonce is refuse
	{Name: "a write again", Want: Replay, Make: twice(true)},
	// Schemes that leave the body out have one signature for both.
	{Name: "a write again with another body", Only: "threatconnect veracode cortex", Want: Replay, Make: func(f *Forge) []Request {
		r := f.Signed(true)
		other := r.copied()
		other.Body = "other"
		return []Request{r, other}
	}},
	{Name: "a write again in other letters", Only: "veracode", Want: Replay, Make: func(f *Forge) []Request {
		r := f.Signed(true)
		head, rest, _ := strings.Cut(r.value("Authorization"), ",nonce=")
		nonce, proof, _ := strings.Cut(rest, ",sig=")
		return []Request{r, r.changed("Authorization", head+",nonce="+strings.ToUpper(nonce)+",sig="+strings.ToUpper(proof))}
	}},
	// The signature leaves the method out, so that it must count as used.
	{Name: "a read that becomes a write after it came", Only: "darktrace cortex", Want: Replay, Make: func(f *Forge) []Request {
		r := f.Signed(false)
		other := r.copied()
		other.Method = "DELETE"
		return []Request{r, other}
	}},
	{Name: "a write again with a new date in its hour", Only: "bloodhound", Want: Replay, Make: func(f *Forge) []Request {
		r := f.Signed(true)
		now := r.value("RequestDate")
		when, _ := time.Parse(time.RFC3339, now)
		other := when.Add(time.Second)
		if other.Hour() != when.Hour() {
			other = when.Add(-time.Second)
		}
		return []Request{r, r.changed("RequestDate", other.Format(time.RFC3339))}
	}},
}

// dated is an attack with a request that was signed at another time.
func dated(write bool, age time.Duration) func(f *Forge) []Request {
	return func(f *Forge) []Request { return []Request{f.Dated(write, age)} }
}

// restamped is an attack with a request whose date was changed after it was signed: what a scheme that does not sign its date
// would let pass.
func restamped(signed, says time.Duration) func(f *Forge) []Request {
	return func(f *Forge) []Request { return []Request{f.Restamped(false, signed, says)} }
}

// twice is an attack with a request that is sent again.
func twice(write bool) func(f *Forge) []Request {
	return func(f *Forge) []Request {
		r := f.Signed(write)
		return []Request{r, r}
	}
}
