package diagnose

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

// param is one parameter of a query or form.
type param struct {
	raw        string // as it came
	key, value string // decoded
	bare       bool   // without =
}

// splitParams reads a query or form. What is no escape stays as it is; empty pairs do not count; ; is text.
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

func joinRaw(params []param) string {
	texts := make([]string, len(params))
	for i, p := range params {
		texts[i] = p.raw
	}
	return strings.Join(texts, "&")
}

// unescape decodes percent escapes and, where plus is set, + to a blank. What is no escape stays as it is.
func unescape(s string, plus bool) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+' && plus:
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s) && hexValue(s[i+1]) >= 0 && hexValue(s[i+2]) >= 0:
			b = append(b, byte(hexValue(s[i+1])<<4|hexValue(s[i+2])))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// style is how an encoder writes text.
type style struct {
	Of     string // whose encoder
	Bare   string // what it leaves bare in addition to letters, digits and - . _
	Plus   bool   // a blank becomes +
	Lower  bool   // lower-case digits
	Raw    bool   // bytes from 0x80 on stay
	Latin1 bool   // characters are written in Latin-1 where that has them
	Twice  bool   // UTF-8 is taken for Latin-1 and encoded again
}

// rfc3986 is how schemes that encode parameters anew write them (RFC 3986, 2.3).
var rfc3986 = style{Bare: "~"}

// styles are the encoders of the usual languages and libraries.
var styles = func() (all []style) {
	parseTable("styles.json", stylesJSON, &all)
	return all
}()

//go:embed styles.json
var stylesJSON []byte

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
	for i := 0; i < len(s); i++ {
		c := s[i]
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

func (st style) pair(p param) string { return st.escape(p.key) + "=" + st.escape(p.value) }

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

func fromLatin1(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		b = utf8.AppendRune(b, rune(s[i]))
	}
	return string(b)
}

// escapesIn rewrites the hexadecimal digits of all percent escapes.
func escapesIn(s string, change func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexValue(s[i+1]) >= 0 && hexValue(s[i+2]) >= 0 {
			b.WriteString(change(s[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// encodingCauses names what differs between two encodings of the same text: the fewest properties that, made the same
// on both sides, make both the same. otherwise is for texts that differ in more.
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

// properties are what encoders differ in, with a function that makes a text neutral in it.
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
