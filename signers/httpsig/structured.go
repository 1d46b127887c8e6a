//go:build go1.21

package httpsig

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// Each pattern is of the beginning of a text: loops over its bytes would be slow interpreted. They
// are the types of bare items of RFC 9651, section 3.3, and the keys of dictionaries and
// parameters.
var (
	// sfKey is a key, sfString and sfToken are texts with and without quotes (RFC 9651, sections
	// 3.3.3 and 3.3.4).
	sfKey    = regexp.MustCompile(`^[a-z*][a-z0-9_.*-]*`)
	sfString = regexp.MustCompile(`^"(?:[ !#-\[\]-~]|\\["\\])*"`)
	sfToken  = regexp.MustCompile(`^[A-Za-z*][!#$%&'*+.^_|~0-9A-Za-z:/` + "`" + `-]*`)
	// sfBytes has its alphabet alone checked; base64 itself is decoded in bareItem.
	sfBytes   = regexp.MustCompile(`^:[A-Za-z0-9+/]*=*:`)
	sfBoolean = regexp.MustCompile(`^\?[01]`)
	// Decimals have at most 12 digits before the point and 3 behind it, integers 15 (sections 3.3.1
	// and 3.3.2).
	sfDecimal = regexp.MustCompile(`^-?[0-9]{1,12}\.[0-9]{1,3}`)
	sfInteger = regexp.MustCompile(`^-?[0-9]{1,15}`)
	sfDate    = regexp.MustCompile(`^@-?[0-9]{1,15}`)
	// sfDisplay is a text with other characters than ASCII, percent-encoded in lower case (section
	// 3.3.8).
	sfDisplay = regexp.MustCompile(`^%"(?:[ !#$&-~]|%[0-9a-f]{2})*"`)
	sfComma   = regexp.MustCompile(`^[ \t]*,[ \t]*`)
)

// bareItem reads an item without parameters (RFC 9651, section 3.3), and returns its canonical form
// and what follows it. The first byte tells the type.
//
//	"a" b       "a"        and the rest is  b
//	:YQ:        :YQ==:
//	@0012       @12
//	1.500       1.5
//	1234567890123456       not ok: integers have 15 digits
func bareItem(text string) (string, string, bool) {
	if text == "" {
		return "", "", false
	}
	found := ""
	switch text[0] {
	case '"':
		found = sfString.FindString(text)
	case ':':
		found = sfBytes.FindString(text)
		// Parsers may accept bytes without their padding (RFC 9651, section 4.2.7).
		raw, err := base64.RawStdEncoding.DecodeString(strings.Trim(found, ":="))
		if err != nil || found == "" {
			return "", "", false
		}
		return ":" + base64.StdEncoding.EncodeToString(raw) + ":", text[len(found):], true
	case '?':
		found = sfBoolean.FindString(text)
	case '@':
		found = sfDate.FindString(text)
		return "@" + number(strings.TrimPrefix(found, "@")), text[len(found):], found != ""
	case '%':
		found = sfDisplay.FindString(text)
	default:
		// The decimal is tried first: the integer would match what is before its point.
		if found = sfDecimal.FindString(text); found == "" {
			found = sfInteger.FindString(text)
		}
		if found != "" {
			rest := text[len(found):]
			// More digits or another point would make it a number that is not permitted, and not
			// two items.
			return number(found), rest, rest == "" || !strings.ContainsAny(rest[:1], "0123456789.")
		}
		found = sfToken.FindString(text)
	}
	return found, text[len(found):], found != ""
}

// number spells an integer or a decimal in the one way that there is (RFC 9651, sections 4.1.4 and
// 4.1.5): 007 is 7, -0 is 0, 1.500 is 1.5 and 2.0 stays 2.0.
func number(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
		text = text[1:]
	}
	whole, fraction, isDecimal := strings.Cut(text, ".")
	// Zeros in front mean nothing, but one digit must be there.
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	fraction = strings.TrimRight(fraction, "0")
	if whole == "0" && fraction == "" {
		sign = ""
	}
	if !isDecimal {
		return sign + whole
	}
	if fraction == "" {
		fraction = "0"
	}
	return sign + whole + "." + fraction
}

// parameters reads those behind an item (RFC 9651, section 3.1.2), and returns them in canonical
// form and what follows. One without a value is true, ?1, which is not written (section 4.1.1.2):
// of ";a;b=2 x" it returns ";a;b=2" and " x". There may be no parameters.
func parameters(text string) (string, string, bool) {
	var all []entry
	places := make(map[string]int)
	for n := 0; strings.HasPrefix(text, ";"); n++ {
		if n == maxMembers {
			return "", "", false
		}
		// Blanks are permitted behind the semicolon, and not before it (section 4.2.3.2).
		text = strings.TrimLeft(text[1:], " ")
		name := sfKey.FindString(text)
		if name == "" {
			return "", "", false
		}
		text = text[len(name):]
		value := "?1"
		if strings.HasPrefix(text, "=") {
			item, rest, ok := bareItem(text[1:])
			if !ok {
				return "", "", false
			}
			value = item
			text = rest
		}
		all = put(all, places, entry{key: name, value: value})
	}
	written := make([]string, len(all))
	for i, p := range all {
		written[i] = ";" + p.key
		if p.value != "?1" {
			written[i] += "=" + p.value
		}
	}
	return strings.Join(written, ""), text, true
}

// itemOrInner reads an item or an inner list (RFC 9651, section 3.1.1), without its parameters. It
// returns it in canonical form and what follows: of (a  "b";x)y these are (a "b";x) and y.
func itemOrInner(text string) (string, string, bool) {
	if !strings.HasPrefix(text, "(") {
		return bareItem(text)
	}
	text = text[1:]
	var items []string
	for {
		trimmed := strings.TrimLeft(text, " ")
		if strings.HasPrefix(trimmed, ")") {
			return "(" + strings.Join(items, " ") + ")", trimmed[1:], true
		}
		// Items of an inner list must have a blank between them.
		if len(items) == maxMembers || len(items) > 0 && trimmed == text {
			return "", "", false
		}
		item, rest, ok := bareItem(trimmed)
		if !ok {
			return "", "", false
		}
		params, behind, ok := parameters(rest)
		if !ok {
			return "", "", false
		}
		items = append(items, item+params)
		text = behind
	}
}
