//go:build go1.21

package wire

// bare are the bytes that Duo's canonical form leaves as they are. nibble is the value of a hexadecimal digit, and 16
// for any other byte.
var (
	bare   [256]bool
	nibble [256]byte
)

const upperHex = "0123456789ABCDEF"

func init() {
	for i := range nibble {
		nibble[i] = 16
	}
	for i := 0; i < len(upperHex); i++ {
		nibble[upperHex[i]] = byte(i)
		nibble[upperHex[i]|' '] = byte(i) // in lower case; the digits have that bit
	}
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		bare[c] = true
	}
}

// encoded is the length of the part of text, from its start, that is encoded as it should be: bare, or an escape in upper
// case of what must not be bare.
func encoded(text []byte) int {
	i := 0
	for i < len(text) {
		if bare[text[i]] {
			i++
			continue
		}
		c, ok := escape(text[i:])
		if !ok || bare[c] || text[i+1] > 'F' || text[i+2] > 'F' {
			break
		}
		i += 3
	}
	return i
}

// escape returns the byte that the %xx at the start of text encodes.
func escape(text []byte) (c byte, ok bool) {
	if len(text) < 3 || text[0] != '%' {
		return 0, false
	}
	high, low := nibble[text[1]], nibble[text[2]]
	return high<<4 | low, high < 16 && low < 16
}

// appendEncoded appends a key or value to dst, decoded and encoded again: a + is a blank, as in forms, and escapes get capital letters.
// It is not ok if a % begins no escape.
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
