//go:build go1.21

package wire

import (
	"net/url"
	"strings"
)

// bare are the unreserved characters of RFC 3986, section 2.3, which a canonical form leaves as
// they are; it encodes all others, as Duo and AWS do. nibble is the value of a hexadecimal digit,
// and 16 for any other byte. Both are tables, because a body of megabytes is looked at byte by
// byte.
var (
	bare   [256]bool
	nibble [256]byte
)

// upperHex are the digits of escapes. RFC 3986, section 2.1, prefers capitals, and vendors compare
// bytes: %2f and %2F differ in a hash.
const upperHex = "0123456789ABCDEF"

func init() {
	for i := range nibble {
		nibble[i] = 16
	}
	for i := 0; i < len(upperHex); i++ {
		nibble[upperHex[i]] = byte(i)
		// A blank is 0x20, the bit by which lower-case letters differ from capitals. Digits have it
		// already.
		nibble[upperHex[i]|' '] = byte(i)
	}
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		bare[c] = true
	}
}

// encoded is the length of the part of text, from its start, that is encoded as it should be: bare,
// or an escape in capitals of what must not be bare.
//
//	encoded("a%2Fb")    5
//	encoded("a%2fb")    1    the escape is in lower case
//	encoded("a%7Eb")    1    a tilde goes without an escape
//	encoded("a+b")      1    a + is a blank, which is %20
func encoded(text []byte) int {
	i := 0
	for i < len(text) {
		if bare[text[i]] {
			i++
			continue
		}
		// text[i+1] and text[i+2] exist if ok is true. Letters of lower case come after F.
		c, ok := escape(text[i:])
		if !ok || bare[c] || text[i+1] > 'F' || text[i+2] > 'F' {
			break
		}
		i += 3
	}
	return i
}

// escape returns the byte that the %xx at the start of text encodes. It is not ok where the text is
// too short, or has no % or another character than a hexadecimal digit.
func escape(text []byte) (c byte, ok bool) {
	if len(text) < 3 || text[0] != '%' {
		return 0, false
	}
	high, low := nibble[text[1]], nibble[text[2]]
	return high<<4 | low, high < 16 && low < 16
}

// appendEncoded appends a key or value to dst, decoded and encoded again: a + is a blank, as in
// forms, and escapes get capital letters. It is not ok if a % begins no escape: such a text has no
// decoded form, and servers differ in what they make of it.
//
//	"a+b%7e%2f"   "a%20b~%2F"
//	"100%"        not ok
//
// What is encoded as it should be is copied in one piece, since most texts are so from start to
// end.
func appendEncoded(dst, text []byte) ([]byte, bool) {
	for {
		n := encoded(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return dst, true
		}
		text = text[n:]
		c, size := text[0], 1
		if c == '+' {
			c = ' '
		} else if c == '%' {
			decoded, ok := escape(text)
			if !ok {
				return dst, false
			}
			c = decoded
			size = 3
		}
		if bare[c] {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
		text = text[size:]
	}
}

// PercentEncode leaves only A-Za-z0-9-._~ bare (RFC 3986, section 2.3): "a b/~é" -> "a%20b%2F~%C3%A9". QueryEscape
// differs in the blank alone; it writes a plus sign itself as %2B, so that each + in its result is a blank.
func PercentEncode(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
