package vendorsim

import "strings"

// Structured fields (RFC 9651, which has all of RFC 8941) as Signature-Input, Signature, Content-Digest and Signature-Agent are
// written. A bare item is an int64, sfDecimal, string, sfToken, []byte, bool, sfDate or sfDisplay; an inner list is []sfItem.

// The types that Go has no other of, so that write spells each of them as it was read.
type (
	// Of these values a signature base needs nothing but their spelling, so that they are kept in the form that is easiest to
	// write.
	sfDecimal int64  // thousandths
	sfToken   string //
	sfDate    int64  // seconds
	sfDisplay string // as it is escaped
)

// sfItem is an item or an inner list, with its parameters.
type sfItem struct {
	value  any
	params []sfParam
}

// sfParam is a parameter. One without a value is true (RFC 9651, 3.1.2).
type sfParam struct {
	key   string
	value any
}

// sfMember is a member of a dictionary.
type sfMember struct {
	key string
	sfItem
}

// maxMembers bounds what is read of one field: RFC 9651 asks for 1024 members, 256 items of an inner list and 256 parameters.
const maxMembers = 1024

// param is the value of a parameter, nil without it.
func (i sfItem) param(key string) any {
	for _, p := range i.params {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// member is the member of a dictionary with a key.
func member(all []sfMember, key string) (sfItem, bool) {
	for _, m := range all {
		if m.key == key {
			return m.sfItem, true
		}
	}
	return sfItem{}, false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// The kinds of bytes of the RFC's grammar, which is ASCII alone.
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isAlpha(c byte) bool { return isLower(c|0x20) && c >= 'A' }

func isSpace(c byte) bool { return c == ' ' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isTokenByte reports whether a byte may be in a token after its first one (RFC 9651, 3.3.4).
func isTokenByte(c byte) bool {
	return isAlpha(c) || isDigit(c) || c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0
}
