package vendorsim

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// sfReader reads a text from its beginning. Its methods take what they read off rest; after one that is not ok, rest is of no
// use. A dictionary and what is read of it:
//
//	a=1, b;x="y", c=(1 "t");q
//	  a  int64(1)
//	  b  true, with the parameter x "y"
//	  c  an inner list of int64(1) and "t", with the parameter q true
type sfReader struct{ rest string }

// peek is the next byte, 0 at the end.
func (r *sfReader) peek() byte {
	if r.rest == "" {
		return 0
	}
	return r.rest[0]
}

// take takes the longest beginning whose bytes are all of a kind.
func (r *sfReader) take(kind func(byte) bool) string {
	n := 0
	for n < len(r.rest) && kind(r.rest[n]) {
		n++
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// skip takes one byte if it is next, and says whether it was.
func (r *sfReader) skip(c byte) bool {
	if r.peek() != c || r.rest == "" {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// key reads a key of a dictionary or a parameter (RFC 9651, 4.2.3.3): lower-case letters, digits and _-.*, beginning with a
// letter or *.
func (r *sfReader) key() (string, bool) {
	if c := r.peek(); !isLower(c) && c != '*' {
		return "", false
	}
	return r.take(func(c byte) bool { return isLower(c) || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*' }), true
}

// bare reads a bare item (RFC 9651, 4.2.3.1). The first byte tells the type:
//
//	42 -7 1.5    number      "text"     text       token  */x:y   token
//	:aGk=:       bytes       ?1 ?0      bool       @1700000000    date       %"f%c3%bc"  display
func (r *sfReader) bare() (any, bool) {
	switch c := r.peek(); {
	// The first byte tells the type.
	case c == '-' || isDigit(c):
		return r.number()
	case c == '"':
		return r.text()
	case c == '*' || isAlpha(c):
		return sfToken(r.take(isTokenByte)), true
	case c == ':':
		return r.bytes()
	case c == '?':
		r.skip('?')
		if r.skip('1') {
			return true, true
		}
		return false, r.skip('0')
	case c == '@':
		r.skip('@')
		n, ok := r.number()
		seconds, whole := n.(int64)
		return sfDate(seconds), ok && whole
	case c == '%':
		return r.display()
	}
	return nil, false
}

// number is RFC 9651, 4.2.4: an integer of up to 15 digits, or a decimal of up to 12 and 3.
func (r *sfReader) number() (any, bool) {
	negative := r.skip('-')
	whole := r.take(isDigit)
	if whole == "" {
		return nil, false
	}
	sign := int64(1)
	if negative {
		sign = -1
	}
	// 15 digits fit exactly into a double, which is the reason for the RFC's limit.
	if !r.skip('.') {
		n, err := strconv.ParseInt(whole, 10, 64)
		return sign * n, err == nil && len(whole) <= 15
	}
	fraction := r.take(isDigit)
	if len(whole) > 12 || fraction == "" || len(fraction) > 3 {
		return nil, false
	}
	// In thousandths: 1.5 is 1500.
	n, err := strconv.ParseInt(whole+(fraction + "00")[:3], 10, 64)
	return sfDecimal(sign * n), err == nil
}

// text is RFC 9651, 4.2.5: printable ASCII in quotes, in which only a quote and a backslash may be escaped.
func (r *sfReader) text() (any, bool) {
	r.skip('"')
	var b strings.Builder
	for r.rest != "" {
		c := r.rest[0]
		r.rest = r.rest[1:]
		switch {
		case c == '"':
			return b.String(), true
		case c == '\\':
			if c = r.peek(); c != '"' && c != '\\' {
				return nil, false
			}
			r.rest = r.rest[1:]
		case c < ' ' || c > '~':
			return nil, false
		}
		b.WriteByte(c)
	}
	return nil, false
}

// bytes is RFC 9651, 4.2.7. Missing padding and stray bits at the end are taken, as the RFC asks.
func (r *sfReader) bytes() (any, bool) {
	r.skip(':')
	text, rest, found := strings.Cut(r.rest, ":")
	if !found {
		return nil, false
	}
	r.rest = rest
	if strings.ContainsAny(text, "\r\n") { // Go's decoder passes over line ends
		return nil, false
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return raw, err == nil
}

// display is RFC 9651, 4.2.10. The text stays as it is escaped, with lower-case hex.
func (r *sfReader) display() (any, bool) {
	r.skip('%')
	if !r.skip('"') {
		return nil, false
	}
	text, rest, found := strings.Cut(r.rest, `"`)
	r.rest = rest
	for i := 0; i < len(text); i++ {
		c := text[i]
		escape := c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) && strings.ToLower(text[i:i+3]) == text[i:i+3]
		if c < ' ' || c > '~' || c == '%' && !escape {
			return nil, false
		}
	}
	return sfDisplay(text), found
}

// parameters is RFC 9651, 4.2.3.2: of two with one key the last one counts, where the first one was.
func (r *sfReader) parameters() (all []sfParam, ok bool) {
	// Blanks are permitted after a semicolon and nowhere else.
	for r.skip(';') {
		r.take(isSpace)
		key, ok := r.key()
		if !ok || len(all) == maxMembers {
			return nil, false
		}
		p := sfParam{key, true}
		if r.skip('=') {
			if p.value, ok = r.bare(); !ok {
				return nil, false
			}
		}
		again := false
		for i := range all {
			if all[i].key == key {
				all[i], again = p, true
			}
		}
		if !again {
			all = append(all, p)
		}
	}
	return all, true
}

// item is an item or, if inner permits one, an inner list: RFC 9651, 4.2.1.1. An inner list has no other in it.
func (r *sfReader) item(inner bool) (i sfItem, ok bool) {
	if inner && r.skip('(') {
		list := []sfItem{}
		for {
			// Items of an inner list are separated by spaces, not by tabs.
			blanks := r.take(isSpace)
			if r.skip(')') {
				i.value = list
				break
			}
			if len(list) > 0 && blanks == "" || len(list) == maxMembers {
				return i, false
			}
			one, ok := r.item(false)
			if !ok {
				return i, false
			}
			list = append(list, one)
		}
	} else if i.value, ok = r.bare(); !ok {
		return i, false
	}
	i.params, ok = r.parameters()
	return i, ok
}

// sfMembers reads a dictionary or, without keys, a list: RFC 9651, 4.2.1 and 4.2.2. An empty field has no members, and is
// refused. Of two members with one key the last counts, where the first one was. Nothing may follow the last member, not even
// a comma.
//
//	a=1, b, a=2 -> a=2, b        a=1, -> not ok        1, 2;x without keys -> 1 and 2;x
func sfMembers(text string, keys bool) ([]sfMember, bool) {
	r := &sfReader{strings.Trim(text, " ")}
	var all []sfMember
	at := map[string]int{}
	for {
		// A member without a value is true, and may have parameters: b;x=1.
		m, ok := sfMember{sfItem: sfItem{value: true}}, true
		if keys {
			if m.key, ok = r.key(); !ok {
				return nil, false
			}
		}
		if !keys || r.skip('=') {
			m.sfItem, ok = r.item(true)
		} else {
			m.params, ok = r.parameters()
		}
		if !ok || len(all) == maxMembers {
			return nil, false
		}
		if i, again := at[m.key]; keys && again {
			all[i] = m
		} else {
			at[m.key] = len(all)
			all = append(all, m)
		}
		// Between members tabs are permitted, too (RFC 9651, 4.2.1).
		r.take(isBlank)
		if r.rest == "" {
			return all, true
		}
		if !r.skip(',') {
			return nil, false
		}
		r.take(isBlank)
	}
}
