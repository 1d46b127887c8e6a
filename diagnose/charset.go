package diagnose

import (
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
)

// charset is a way to turn text into bytes that is not UTF-8. For a text in ASCII these differ from
// UTF-8, too, so that a client that hashes [Text.Encoding]::Unicode of .NET is always wrong.
type charset struct {
	name  string
	write func(string) string
}

// charsets are those that clients use by mistake. Latin-1 is not among them: for ASCII it is UTF-8, and
// beyond that it is a style of encoding (styles.json).
var charsets = []charset{
	{"UTF-16 (what .NET and PowerShell call Unicode)", utf16LE},
	{"UTF-16 with its bytes the other way round", utf16BE},
	{"UTF-16 with a byte order mark", func(s string) string { return "\xff\xfe" + utf16LE(s) }},
	{"UTF-32", utf32LE},
}

// utf16LE is the text in UTF-16 with the lower byte first: "aé" is 61 00 e9 00.
func utf16LE(s string) string { return inUnits(s, binary.LittleEndian.AppendUint16) }

// utf16BE is the text in UTF-16 with the higher byte first. Its bytes sort as the units themselves do,
// which is the order of strings in Java and JavaScript; orders.go uses it for that.
func utf16BE(s string) string { return inUnits(s, binary.BigEndian.AppendUint16) }

// inUnits writes the units of UTF-16. What is no valid UTF-8 becomes U+FFFD.
func inUnits(s string, write func([]byte, uint16) []byte) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = write(b, u)
	}
	return string(b)
}

// utf32LE is the text in UTF-32 with the lowest byte first.
func utf32LE(s string) string {
	var b []byte
	for _, r := range s {
		b = binary.LittleEndian.AppendUint32(b, uint32(r))
	}
	return string(b)
}

// sum is a sum over the text as another character set writes it. The pieces are joined first, since a
// character may not be cut between two of them.
func (c charset) sum(of hasher) hasher {
	return func(text []string) []byte { return of([]string{c.write(strings.Join(text, ""))}) }
}

// says is the rest of a sentence whose first words name the text: "the signed text was turned into
// ...".
func (c charset) says() string {
	return " text was turned into bytes as " + c.name + ", and the vendor reads UTF-8"
}

// charsetSums are the sums over the text in other character sets: with the key as it should be, and
// with the key in the same one. sum makes a sum with a key. causes are further mistakes that the sum
// has, such as another hash.
func charsetSums(key string, tier int, sum func(key string) hasher, causes ...string) []mac {
	var all []mac
	for _, c := range charsets {
		says := map[string]string{"text_charset": "the signed" + c.says()}
		for _, k := range []string{key, c.write(key)} {
			all = append(all, mac{sum: c.sum(sum(k)), cause: append([]string{"text_charset"}, causes...), tier: tier, says: says})
		}
	}
	return all
}

// fromUTF16 reads ASCII that was written as UTF-16 in either byte order, with or without a byte order
// mark. Exactly every second byte must be zero; other texts are not recognised, since keys and
// signatures are ASCII.
func fromUTF16(b []byte) (string, bool) {
	text := strings.TrimPrefix(strings.TrimPrefix(string(b), "\xff\xfe"), "\xfe\xff")
	if len(text) < 4 || len(text)%2 != 0 || strings.Count(text, "\x00") != len(text)/2 {
		return "", false
	}
	return strings.ReplaceAll(text, "\x00", ""), true
}

// bytesObject is what Python prints for bytes, also where a template put a backslash before the quote.
var bytesObject = regexp.MustCompile(`^b\\?(?:'(.*)'|"(.*)")$`)

// bytesText is what is inside of b'...', the text of a Python bytes object: str(base64.b64encode(x))
// makes it.
//
//	b'YWJj'  ->  YWJj
func bytesText(text string) (string, bool) {
	found := bytesObject.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	return found[1] + found[2], true
}
