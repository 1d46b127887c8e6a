package diagnose

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// exchanged looks for two of the vendor's own headers whose values are in each other's place, and
// answers if the signature is right once they are exchanged. It comes before the search: a value in a
// wrong header looks like a wrong ID, date or text, which the search would prove.
//
//	DTAPI-Token: 20260102T030405
//	DTAPI-Date: public              ->  headers_swapped
//
// read reads a case as the caller does. It is called for each pair of headers, at most 15 times, and
// makes one signature each. nil, nil: no exchange explains it.
func (d *diagnosis) exchanged(read func(*Case) (*diagnosis, error)) (*diagnosis, *Finding) {
	if d.secret == "" || d.token || d.Sanitised || d.answer.kind == accepted || slices.Contains(d.facts, "secret_sent") ||
		d.asSent() != nil {
		return nil, nil
	}
	names := d.exchangeable()
	for i, a := range names {
		for _, b := range names[i+1:] {
			c := *d.Case
			c.Request.Header = maps.Clone(d.Request.Header)
			c.Request.Header[a], c.Request.Header[b] = d.Request.Header[b], d.Request.Header[a]
			if datesOnly(a, b) || c.Request.Header[a][0] == c.Request.Header[b][0] {
				continue
			}
			other, err := read(&c)
			if err != nil {
				return nil, nil
			}
			if m := other.asSent(); other.matched && d.worse(other) {
				return other, d.exchange(other, m, plain(a), plain(b))
			}
		}
	}
	return nil, nil
}

// worse reports whether the values are less likely as they were sent than exchanged. A client that
// joins the parts of the text in another order makes the same signature, but what it sends is good:
// then the order is the mistake, not the headers.
func (d *diagnosis) worse(other *diagnosis) bool {
	s := d.stamp
	if s.text != other.stamp.text && s.cause == "" && !s.at.IsZero() {
		return false
	}
	return slices.Contains(d.facts, "wrong_id") || !slices.Contains(other.facts, "wrong_id")
}

// exchangeable are the vendor's headers that were sent once, with a value. At most six, sorted, so that
// the answer does not depend on the order of a map.
func (d *diagnosis) exchangeable() []string {
	count := make(map[string]int)
	for name := range d.Request.Header {
		count[strings.ToLower(name)]++
	}
	var names []string
	for name, values := range d.Request.Header {
		if d.own(name) && count[strings.ToLower(name)] == 1 && len(values) == 1 && strings.TrimSpace(values[0]) != "" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return names[:min(len(names), 6)]
}

// datesOnly reports whether two headers hold a date each, such as Date and a vendor's own: which of them
// counts is a question of its own (date_overridden).
func datesOnly(a, b string) bool {
	dated := func(name string) bool { return strings.HasSuffix(http.CanonicalHeaderKey(name), "Date") }
	return dated(a) && dated(b)
}

// exchange words the answer: other is the request with its values in the right places, which the
// signature proves. The right text is that of the request as it was sent.
func (d *diagnosis) exchange(other *diagnosis, m *match, a, b string) *Finding {
	other.right = d.rightText()
	other.details["headers_swapped"] = "the values of the headers " + a + " and " + b + " are exchanged: " +
		"the signature is right once each is in its own"
	return other.finding(append([]string{"headers_swapped"}, other.found(m)...), true, m)
}
