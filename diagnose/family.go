package diagnose

import (
	"slices"
	"strings"
)

// namedHeader is one header of the family whose names begin alike, and that is signed.
type namedHeader struct{ name, value string }

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

func sortByName(headers []namedHeader) {
	slices.SortFunc(headers, func(a, b namedHeader) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
}

func familyText(headers []namedHeader, separator string, lower bool) string {
	var texts []string
	for _, h := range headers {
		name := h.name
		if lower {
			name = strings.ToLower(name)
		}
		texts = append(texts, name, h.value)
	}
	return strings.Join(texts, separator)
}

// fillFamily adds the ways to get the line of the headers of a family wrong.
func (d *diagnosis) fillFamily(s *slot) {
	headers := d.familySent()
	if len(headers) > 0 {
		s.wrong("header_not_signed", frequent, hexOf512(""))
	}
	for mask := 1; mask < 1<<min(len(headers), 8)-1; mask++ {
		var some []namedHeader
		for i, h := range headers {
			if i < 8 && mask>>i&1 == 1 {
				some = append(some, h)
			}
		}
		s.wrong("header_not_signed", usual, hexOf512(familyText(some, "\x00", true)))
	}
	for _, separator := range []string{"\x00", "", ":", "\n", "=", " ", ",", "&", "\\x00", "\\0"} {
		for _, lower := range []bool{true, false} {
			s.wrong("header_signed_otherwise", usual, hexOf512(familyText(headers, separator, lower)), hexOf512(familyText(headers, separator,
				lower)+separator))
		}
	}
	for _, between := range []string{":", ": ", "=", " ", ",", "\x00", ""} {
		for _, after := range []string{"\n", "&", ",", ";", "|", "", "\x00", "\r\n", " "} {
			for _, lower := range []bool{true, false} {
				var texts []string
				for _, h := range headers {
					texts = append(texts, familyText([]namedHeader{h}, between, lower))
				}
				text := strings.Join(texts, after)
				s.wrong("header_signed_otherwise", usual, hexOf512(text), hexOf512(text+after))
			}
		}
	}
	reverse := slices.Clone(headers)
	slices.Reverse(reverse)
	s.wrong("header_signed_otherwise", usual, hexOf512(familyText(reverse, "\x00", true)))
	if d.stamp.text != "" {
		dated := append([]namedHeader{{d.profile.DateHeader, d.stamp.text}}, headers...)
		sortByName(dated)
		s.wrong("header_signed_otherwise", usual, hexOf512(familyText(dated, "\x00", true)), hexOf512("date\x00"+d.stamp.text))
	}
	right := familyText(headers, "\x00", true)
	s.wrong("text_layout", usual, "", right)
	s.wrong("wrong_digest", usual, sums(right)...)
	s.wrong("upper_hex", usual, strings.ToUpper(s.right()))
}
