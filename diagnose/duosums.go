package diagnose

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// xDuoHeader is one header whose name begins with X-Duo-.
type xDuoHeader struct{ name, value string }

func (d *diagnosis) xDuo() []xDuoHeader {
	var all []xDuoHeader
	for name, values := range d.Request.Header {
		if strings.HasPrefix(strings.ToLower(name), "x-duo-") && len(values) > 0 {
			all = append(all, xDuoHeader{name, strings.TrimSpace(values[0])})
		}
	}
	slices.SortFunc(all, func(a, b xDuoHeader) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	return all
}

func xDuoText(headers []xDuoHeader, separator string, lower bool) string {
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

// fillXDuo adds the ways to get the line of the X-Duo headers wrong.
func (d *diagnosis) fillXDuo(s *slot) {
	headers := d.xDuo()
	if len(headers) > 0 {
		s.wrong("header_not_signed", frequent, hexOf512(""))
	}
	for mask := 1; mask < 1<<min(len(headers), 8)-1; mask++ {
		var some []xDuoHeader
		for i, h := range headers {
			if i < 8 && mask>>i&1 == 1 {
				some = append(some, h)
			}
		}
		s.wrong("header_not_signed", usual, hexOf512(xDuoText(some, "\x00", true)))
	}
	for _, separator := range []string{"\x00", "", ":", "\n", "=", " ", ",", "&", "\\x00", "\\0"} {
		for _, lower := range []bool{true, false} {
			s.wrong("header_signed_otherwise", usual, hexOf512(xDuoText(headers, separator, lower)), hexOf512(xDuoText(headers, separator, lower)+separator))
		}
	}
	for _, between := range []string{":", ": ", "=", " ", ",", "\x00", ""} {
		for _, after := range []string{"\n", "&", ",", ";", "|", "", "\x00", "\r\n", " "} {
			for _, lower := range []bool{true, false} {
				var texts []string
				for _, h := range headers {
					texts = append(texts, xDuoText([]xDuoHeader{h}, between, lower))
				}
				text := strings.Join(texts, after)
				s.wrong("header_signed_otherwise", usual, hexOf512(text), hexOf512(text+after))
			}
		}
	}
	reverse := slices.Clone(headers)
	slices.Reverse(reverse)
	s.wrong("header_signed_otherwise", usual, hexOf512(xDuoText(reverse, "\x00", true)))
	if d.stamp.text != "" {
		dated := append([]xDuoHeader{{"x-duo-date", d.stamp.text}}, headers...)
		slices.SortFunc(dated, func(a, b xDuoHeader) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
		s.wrong("header_signed_otherwise", usual, hexOf512(xDuoText(dated, "\x00", true)), hexOf512("date\x00"+d.stamp.text))
	}
	right := xDuoText(headers, "\x00", true)
	s.wrong("text_layout", usual, "", right)
	s.wrong("wrong_digest", usual, sums(right)...)
	s.wrong("upper_hex", usual, strings.ToUpper(s.right()))
}

// fillBodySum adds the sums of the bodies that may have been signed, and of the right one by other functions.
func (d *diagnosis) fillBodySum(s *slot) {
	for _, o := range d.bodies() {
		s.add(option{text: hexOf512(o.text), causes: o.causes, weight: o.weight, tier: o.tier})
	}
	if len(d.Request.Body) <= someWays {
		body := string(d.Request.Body)
		s.wrong("wrong_digest", usual, sums(body)...)
		s.wrong("upper_hex", usual, strings.ToUpper(s.right()))
		sum := sha512.Sum512(d.Request.Body)
		s.wrong("base64_for_hex", usual, base64.StdEncoding.EncodeToString(sum[:]))
		s.wrong("wrong_construction", usual, "", body)
	}
}

func hexOf512(text string) string {
	sum := sha512.Sum512([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sums are the other usual hashes in hexadecimal.
func sums(text string) []string {
	b := []byte(text)
	one, two, three, four := sha1.Sum(b), sha256.Sum256(b), md5.Sum(b), sha512.Sum384(b)
	return []string{hex.EncodeToString(one[:]), hex.EncodeToString(two[:]), hex.EncodeToString(three[:]), hex.EncodeToString(four[:])}
}
