package diagnose

import (
	_ "embed"
	"encoding/hex"
	"strings"
)

// param is one parameter of a query or form.
type param struct {
	raw        string // as it came
	key, value string // decoded
	bare       bool   // without =
}

// plain is a parameter without any encoding.
func (p param) plain() string { return p.key + "=" + p.value }

// splitParams reads a query or form. What is no escape stays as it is; empty pairs do not count; ; is
// text.
//
//	a=1%202&&b&c=x;y  ->  a "1 2", b bare, c "x;y"
func splitParams(query string) []param {
	var all []param
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		key, value, has := strings.Cut(pair, "=")
		all = append(all, param{raw: pair, key: unescape(key, true), value: unescape(value, true), bare: !has})
	}
	return all
}

// joinRaw writes parameters as they came, without empty pairs.
func joinRaw(params []param) string {
	return joinPairs(params, func(p param) string { return p.raw })
}

// joinPairs writes parameters, or what else is joined with & as they are.
func joinPairs[T any](all []T, pair func(T) string) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = pair(one)
	}
	return strings.Join(texts, "&")
}

// unescape decodes percent escapes and, where plus is set, + to a blank. What is no escape stays as it
// is, where net/url would fail: what was sent has to be read, however wrong it is.
//
//	a%2Fb+c%zz  ->  "a/b c%zz" with plus, "a/b+c%zz" without
func unescape(s string, plus bool) string {
	if plus {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return escapesIn(s, decoded(func(escape string) ([]byte, error) { return hex.DecodeString(escape[1:]) }))
}

// escapesIn changes all percent escapes (RFC 3986, 2.1), and nothing between them. It is called thousands of times for a long path,
// for which a regular expression took most of the time.
func escapesIn(s string, change func(string) string) string {
	at := strings.IndexByte(s, '%')
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; at >= 0; at = strings.IndexByte(s, '%') {
		end := at + 1
		if len(s) >= at+3 && hexDigit(s[at+1]) && hexDigit(s[at+2]) {
			end = at + 3
			b.WriteString(s[:at])
			b.WriteString(change(s[at:end]))
		} else {
			b.WriteString(s[:end])
		}
		s = s[end:]
	}
	b.WriteString(s)
	return b.String()
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// style is how an encoder writes text. A row of styles.json:
//
//	{"bare": "*", "plus": true, "of": "Java URLEncoder, HTML forms"}
type style struct {
	Of     string // whose encoder
	Bare   string // what it leaves bare in addition to letters, digits and - . _
	Plus   bool   // a blank becomes +
	Lower  bool   // lower-case digits
	Raw    bool   // bytes from 0x80 on stay
	Latin1 bool   // characters are written in Latin-1 where that has them
	Twice  bool   // UTF-8 is taken for Latin-1 and encoded again
}

// rfc3986 is how schemes that encode parameters themselves write them (RFC 3986, 2.3).
var rfc3986 = style{Bare: "~"}

// styles are the encoders of the usual languages and libraries.
var styles = func() (all []style) {
	parseTable("styles.json", stylesJSON, &all)
	return all
}()

// stylesJSON has an encoder a row, the most usual first: the first ones count as frequent.
//
//go:embed styles.json
var stylesJSON []byte

// escape writes a text in the style.
//
//	{Bare: "~", Plus: true, Lower: true}, a b/c~é  ->  a+b%2fc~%c3%a9
//	{Latin1: true}, é                              ->  %E9
//	{Twice: true}, é                               ->  %C3%83%C2%A9
func (st style) escape(s string) string {
	switch {
	case st.Latin1:
		s = toLatin1(s)
	case st.Twice:
		s = fromLatin1(s)
	}
	digits := "0123456789ABCDEF"
	if st.Lower {
		digits = "0123456789abcdef"
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_',
			c < 0x80 && strings.IndexByte(st.Bare, c) >= 0, c >= 0x80 && st.Raw:
			b.WriteByte(c)
		case c == ' ' && st.Plus:
			b.WriteByte('+')
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// pair writes a parameter, always with its =.
func (st style) pair(p param) string { return st.escape(p.key) + "=" + st.escape(p.value) }

// toLatin1 writes a text in Latin-1, or leaves one that has other characters.
func toLatin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return s
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// fromLatin1 takes each byte for a character: UTF-8 that was read as Latin-1.
func fromLatin1(s string) string {
	runes := make([]rune, len(s))
	for i, c := range []byte(s) {
		runes[i] = rune(c)
	}
	return string(runes)
}

// encodingCauses names what differs between two encodings of the same text: the fewest properties that,
// made the same on both sides, make both the same. otherwise is for texts that differ in more.
//
//	a=%2F&b=+ and a=%2f&b=%20  ->  escape_case, space_encoding
//	k= and k                   ->  bare_parameter
func encodingCauses(a, b, otherwise string) []string {
	same := func(set []int) bool {
		x, y := a, b
		for _, i := range set {
			x, y = properties[i].equal(x), properties[i].equal(y)
		}
		return x == y
	}
	var fewest func(set []int, from, size int) []string
	fewest = func(set []int, from, size int) (causes []string) {
		if len(set) == size {
			if same(set) {
				for _, i := range set {
					causes = append(causes, properties[i].cause)
				}
			}
			return causes
		}
		for i := from; i < len(properties) && causes == nil; i++ {
			causes = fewest(append(set, i), i+1, size)
		}
		return causes
	}
	for size := 1; size <= 3; size++ {
		if causes := fewest(nil, 0, size); causes != nil {
			return causes
		}
	}
	return []string{otherwise}
}

var (
	blanks    = strings.NewReplacer("+", "%20", " ", "%20")
	tildes    = strings.NewReplacer("%7E", "~", "%7e", "~")
	asterisks = strings.NewReplacer("%2A", "*", "%2a", "*")
)

// properties are what encoders differ in, with a function that makes a text neutral in it. Their order
// is that of the causes.
var properties = []struct {
	cause string
	equal func(string) string
}{
	{"escape_case", func(s string) string { return escapesIn(s, strings.ToUpper) }},
	{"space_encoding", blanks.Replace},
	{"tilde_encoding", tildes.Replace},
	{"asterisk_encoding", asterisks.Replace},
	{"bare_parameter", func(s string) string {
		pairs := strings.Split(s, "&")
		for i, p := range pairs {
			pairs[i] = strings.TrimSuffix(p, "=")
		}
		return strings.Join(pairs, "&")
	}},
	{"reserved_encoding", func(s string) string {
		return escapesIn(s, func(e string) string {
			if c := unescape(e, false); strings.Contains("!'()/:@,;$?[]#&=+|{}\"<>^`\\%", c) && c != "%" {
				return c
			}
			return e
		})
	}},
}
