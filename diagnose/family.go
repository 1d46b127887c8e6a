package diagnose

import (
	"slices"
	"strings"
)

// namedHeader is one header of the family whose names begin alike and that is signed as a whole:
// the prefix is family in vendors.json. Of a header that appears twice the first value counts.
type namedHeader struct{ name, value string }

// familySent are the headers of the family, sorted by their names in lower case, as they are signed.
func (d *diagnosis) familySent() []namedHeader {
	var all []namedHeader
	for name, values := range d.Request.Header {
		if strings.HasPrefix(strings.ToLower(name), d.profile.Family) && len(values) > 0 {
			all = append(all, namedHeader{name, strings.TrimSpace(values[0])})
		}
	}
	sortByName(all)
	return all
}

// sortByName sorts headers by their names without regard to letter case.
func sortByName(headers []namedHeader) {
	slices.SortFunc(headers, func(a, b namedHeader) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
}

// familyText joins headers with something between name and value and something between two of them.
// The right form has NUL for both:
//
//	x-acme-a \x00 1 \x00 x-acme-b \x00 2
func familyText(headers []namedHeader, between, after string, lower bool) string {
	texts := make([]string, len(headers))
	for i, h := range headers {
		if lower {
			h.name = strings.ToLower(h.name)
		}
		texts[i] = h.name + between + h.value
	}
	return strings.Join(texts, after)
}

// fillFamily adds the ways to get the line of the headers of a family wrong. The line is the SHA-512 of
// their text, that of an empty text if there are none, so each way is hashed here: none of them, some
// of them, other separators, names as they were sent, and the header of the date among them.
func (d *diagnosis) fillFamily(s *slot) {
	rightly := func(headers []namedHeader) string { return familyText(headers, "\x00", "\x00", true) }
	headers := d.familySent()
	if len(headers) > 0 {
		s.wrong("header_not_signed", frequent, hexOf512(""))
	}
	// Of eight headers there are 254 choices; more would take more sums than all other mistakes
	// together.
	for _, some := range choices(headers[:min(len(headers), 8)]) {
		s.wrong("header_not_signed", usual, hexOf512(rightly(some)))
	}
	for _, c := range d.changes("headers") {
		between, after, _ := strings.Cut(c.apply("\x01"), "\x01")
		for _, lower := range []bool{true, false} {
			text := familyText(headers, between, after, lower)
			s.wrong(c.cause, c.tier, hexOf512(text), hexOf512(text+after))
		}
	}
	if d.stamp.text != "" {
		dated := append([]namedHeader{{d.profile.DateHeader, d.stamp.text}}, headers...)
		sortByName(dated)
		s.wrong("header_signed_otherwise", usual, hexOf512(rightly(dated)), hexOf512("date\x00"+d.stamp.text))
	}
	right := rightly(headers)
	s.wrong("text_layout", usual, "", right)
	s.wrong("wrong_digest", usual, sums(right)...)
	s.wrong("upper_hex", usual, strings.ToUpper(s.right()))
}
