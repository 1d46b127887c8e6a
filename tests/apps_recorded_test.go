package tests

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// change changes a request that is an app's own, or judges it at another time or for another app.
type change struct {
	name   string
	change func(r *appRequest) bool // false: it cannot be made of this request
}

// proofHeader is where the vendor's signature is.
func proofHeader(r *appRequest) string {
	switch r.vendor {
	case "darktrace":
		return "Dtapi-Signature"
	case "bloodhound":
		return "Signature"
	}
	return "Authorization"
}

// inProof changes the last letters or digits of the header with the signature.
func inProof(change func(value string) string) func(*appRequest) bool {
	return func(r *appRequest) bool {
		name := proofHeader(r)
		before := r.header.Get(name)
		if len(before) < 8 { // an attack before this one took it
			return false
		}
		r.header.Set(name, change(before))
		return r.header.Get(name) != before
	}
}

var dateHeaders = []string{"Date", "X-Duo-Date", "Dtapi-Date", "Timestamp", "X-Xdr-Timestamp", "Requestdate"}

var changes = []change{
	{"another method", func(r *appRequest) bool {
		before := r.method
		r.method = map[string]string{"GET": "DELETE", "POST": "PUT", "PUT": "PATCH", "DELETE": "GET", "PATCH": "PUT"}[r.method]
		return before != "" && r.method != ""
	}},
	{"another path", func(r *appRequest) bool {
		path, query, asked := strings.Cut(r.target, "?")
		if r.target = path + "x"; asked {
			r.target += "?" + query
		}
		return true
	}},
	{"another host", func(r *appRequest) bool { r.host = "x" + r.host; return true }},
	{"a parameter more", func(r *appRequest) bool {
		separator := "?"
		if strings.Contains(r.target, "?") {
			separator = "&"
		}
		r.target += separator + "zz=1"
		return true
	}},
	{"no query", func(r *appRequest) bool {
		path, query, _ := strings.Cut(r.target, "?")
		r.target = path
		return query != ""
	}},
	{"another body", func(r *appRequest) bool { r.body = append(bytes.Clone(r.body), " zz=1"...); return len(r.body) > 5 }},
	{"a body where there was none", func(r *appRequest) bool {
		none := len(r.body) == 0
		r.body = []byte("zz=1")
		r.header.Set("Content-Type", "application/x-www-form-urlencoded")
		return none
	}},
	{"no body", func(r *appRequest) bool { had := len(r.body) > 0; r.body = nil; return had }},
	{"no signature", func(r *appRequest) bool { r.header.Del(proofHeader(r)); return true }},
	{"an empty signature", inProof(func(string) string { return "" })},
	{"a signature that is cut", inProof(func(v string) string { return v[:len(v)-2] })},
	{"a signature with more behind it", inProof(func(v string) string { return v + "00" })},
	{"a signature with another letter", inProof(func(v string) string {
		at := len(v) - 6 // not among the last ones, whose bits may mean nothing in base64
		other := "a"
		if v[at] == 'a' {
			other = "b"
		}
		return v[:at] + other + v[at+1:]
	})},
	{"a signature in capitals", inProof(strings.ToUpper)},
	{"two signatures", func(r *appRequest) bool {
		name := proofHeader(r)
		r.header.Add(name, r.header.Get(name))
		return true
	}},
	{"two signatures, of which one is another", func(r *appRequest) bool {
		name := proofHeader(r)
		r.header[name] = append([]string{strings.ToLower(r.header.Get(name))}, r.header[name]...)
		return true
	}},
	{"another date", func(r *appRequest) bool {
		changed := false
		for _, name := range dateHeaders {
			if text := r.header.Get(name); len(text) > 8 {
				other := strings.NewReplacer(":1", ":2", ":2", ":3", ":3", ":4", ":4", ":5", ":5", ":0", ":0", ":1").Replace(text)
				if other == text { // a number
					other = text[:len(text)-4] + strings.NewReplacer("0", "1", "1", "2", "2", "3", "3", "4", "4", "5", "5", "3").Replace(text[len(text)-4:])
				}
				r.header.Set(name, other)
				changed = changed || other != text
			}
		}
		return changed
	}},
	{"a day and a minute later", func(r *appRequest) bool { r.at = r.at.Add(48*time.Hour + time.Minute); return true }},
	{"the key of another app", func(r *appRequest) bool {
		before := r.secret
		r.secret = strings.NewReplacer("0", "1", "1", "0", "a", "b", "b", "a", "e", "f", "f", "e").Replace(before)
		return r.secret != before
	}},
}

// unsigned are the attacks that a scheme cannot notice, because its signature leaves out what they change. In front of such a vendor the
// network or client certificates must keep others away from an app's requests, and the app's allow must be narrow.
var unsigned = map[string]map[string]bool{
	"darktrace":     {"another method": true, "another host": true},
	"threatconnect": {"another host": true, "another body": true, "a body where there was none": true, "no body": true},
	"cortex": {"another method": true, "another path": true, "another host": true, "a parameter more": true, "no query": true,
		"another body": true, "a body where there was none": true, "no body": true},
	"bloodhound": {"another host": true, "another date": true}, // of the date, the hour
	"veracode":   {"a body where there was none": true, "another body": true, "no body": true},
}

// mayPass reports whether an attack on a request changes nothing that is signed.
func mayPass(r *appRequest, a *change) bool {
	if r.vendor == "akamai" && r.method != "POST" { // EdgeGrid signs the bodies of POST alone
		return strings.Contains(a.name, "body")
	}
	return unsigned[r.vendor][a.name]
}

// own is a copy of a request that an attack may change.
func (r *appRequest) own() appRequest {
	copied := *r
	copied.header = r.header.Clone()
	copied.body = bytes.Clone(r.body)
	return copied
}

// What an attack changes and the scheme signs is noticed, for each request that the vendors' own clients made.
func TestNoAttackOnAnAppsRequestPasses(t *testing.T) {
	all := append(clientRequests(t), presetRequests(t)...)
	both(t, func(t *testing.T, d drive) {
		tried, passed := 0, make(map[string]int)
		for i := range all {
			for j := range changes {
				a, r := &changes[j], all[i].own()
				if i%4 != j%4 && all[i].vendor == "duo" || r.refused != "" || !a.change(&r) { // of Duo's many each has some of the attacks
					continue
				}
				tried++
				_, refused, _ := r.judgedFor(t, d, r.secret)
				switch {
				case refused != "":
				case mayPass(&all[i], a):
					passed[r.vendor]++
				default:
					t.Errorf("%s: %s passes", r.id, a.name)
				}
			}
		}
		for vendor := range unsigned {
			if passed[vendor] == 0 {
				t.Errorf("%s: what its signature leaves out was not tried", vendor)
			}
		}
		if tried < 2500 {
			t.Errorf("%d attacks were tried", tried)
		}
	})
}

// A hostile client changes several things at once, and adds what gateways and vendors read.
func TestNoMixtureOfAttacksPasses(t *testing.T) {
	all := append(clientRequests(t), presetRequests(t)...)
	more := []string{"Authorization", "Date", "X-Duo-Date", "X-Duo-Other", "Dtapi-Token", "Dtapi-Signature", "Timestamp", "X-Amz-Date",
		"X-Amz-Security-Token", "X-Xdr-Nonce", "X-Xdr-Auth-Id", "Requestdate", "Signature", "X-Forwarded-Host", "Connection", "Content-Type"}
	both(t, func(t *testing.T, d drive) {
		random := rand.New(rand.NewPCG(20, 6))
		tried := runs(t, 1500)
		if t.Name() != "TestNoMixtureOfAttacksPasses/compiled" {
			tried = runs(t, 300)
		}
		for range tried {
			from := &all[random.IntN(len(all))]
			if from.refused != "" {
				continue
			}
			r := from.own()
			var made []*change
			for range 1 + random.IntN(3) {
				if random.IntN(4) == 0 {
					r.header.Add(more[random.IntN(len(more))], []string{"", "x", "Basic eDp5", from.key}[random.IntN(4)])
					continue
				}
				a := &changes[random.IntN(len(changes))]
				before := r.own()
				if !a.change(&r) {
					r = before
					continue
				}
				made = append(made, a)
			}
			_, refused, _ := r.judgedFor(t, d, r.secret)
			for _, a := range made {
				if refused == "" && !mayPass(from, a) && !undone(&r, from, a) {
					t.Fatalf("%s: %s passes", r.id, a.name)
				}
			}
		}
	})
}

// undone reports whether a later attack took back the change of one.
func undone(r, from *appRequest, a *change) bool {
	switch a.name {
	case "another method":
		return r.method == from.method
	case "another path", "a parameter more", "no query":
		return strings.TrimSuffix(r.target, "?") == strings.TrimSuffix(from.target, "?") // an empty query is none
	case "the key of another app":
		return r.secret == from.secret
	case "another date":
		for _, name := range dateHeaders {
			if from.header.Get(name) != r.header.Get(name) && from.header.Get(name) != "" {
				return false
			}
		}
		return true
	}
	if strings.Contains(a.name, "signature") {
		return slices.Equal(r.header[proofHeader(r)], from.header[proofHeader(from)])
	}
	return strings.Contains(a.name, "body") && bytes.Equal(r.body, from.body)
}
