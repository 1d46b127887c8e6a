package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// transformations make another text of a right one, or the same where they do not apply.
var transformations = map[string]func(string) string{
	"trim": strings.TrimSpace, "lower": strings.ToLower, "upper": strings.ToUpper, "title": title,
	"capital":       func(s string) string { return first(s, 1, strings.ToUpper, strings.ToLower) },
	"upper first 3": func(s string) string { return first(s, 3, strings.ToUpper, same) },

	"hex":                   func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":                   func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"unhex":                 decoded(hex.DecodeString),
	"base64":                func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64url":             func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"base64raw":             func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64 of a line":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s + "\n")) },
	"base64 and a line end": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) + "\n" },
	"unbase64":              decoded(base64.StdEncoding.DecodeString),
	"unbase64url":           decoded(base64.URLEncoding.DecodeString),
	"unbase64raw":           decoded(base64.RawStdEncoding.DecodeString),
	"unbase64rawurl":        decoded(base64.RawURLEncoding.DecodeString),
	"unbase64loose":         looseBase64,
	"unbase64any": func(s string) string {
		if b, ok := anyBase64(s); ok {
			return string(b)
		}
		return s
	},

	"unescape": func(s string) string { return unescape(s, false) }, "unescape+": func(s string) string { return unescape(s, true) },
	"unescape twice": func(s string) string { return unescape(unescape(s, false), false) },
	"query escape":   url.QueryEscape, "path escape": url.PathEscape, "rfc3986": rfc3986.escape,
	"rfc3986 again": func(s string) string { return rfc3986.escape(unescape(s, false)) },
	"lower escapes": func(s string) string { return escapesIn(s, strings.ToLower) },
	"upper escapes": func(s string) string { return escapesIn(s, strings.ToUpper) },
	"html":          html.EscapeString, "unhtml": html.UnescapeString,
	"json": func(s string) string {
		quoted, _ := json.Marshal(s)
		return strings.Trim(string(quoted), `"`)
	},
	"json text": func(s string) string { return writings[0].write(s) },

	"latin1": toLatin1, "unlatin1": fromLatin1, "utf16": utf16LE,
	"latin1 of escapes": func(s string) string { return toLatin1(unescape(s, false)) },
	"ascii":             func(s string) string { return strings.Map(question, s) },
	"CRLF":              func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n") },
	"reversed":          reversed,
	"dots":              cleanDots,
}

func same(s string) string { return s }

// transformation is one by its name; "first N" cuts a text, and "s~PATTERN~TEXT~" replaces every match.
func transformation(name string) func(string) string {
	if f := transformations[name]; f != nil {
		return f
	}
	if n, ok := strings.CutPrefix(name, "first "); ok {
		length, _ := strconv.Atoi(n)
		return func(s string) string { return s[:min(len(s), length)] }
	}
	parts := strings.Split(name, "~")
	pattern := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(parts[1]) })
	return func(s string) string { return pattern().ReplaceAllString(s, parts[2]) }
}

// decoded makes a transformation of a decoder.
func decoded(decode func(string) ([]byte, error)) func(string) string {
	return func(s string) string {
		if b, err := decode(s); err == nil {
			return string(b)
		}
		return s
	}
}

// first applies a change to the first bytes of a text, and another one to the rest.
func first(s string, n int, start, rest func(string) string) string {
	n = min(n, len(s))
	return start(s[:n]) + rest(s[n:])
}

// title capitalises the labels of a host name.
func title(host string) string {
	labels := strings.Split(host, ".")
	for i, l := range labels {
		labels[i] = first(l, 1, strings.ToUpper, same)
	}
	return strings.Join(labels, ".")
}

// question is what an ASCII encoder writes in the place of other characters.
func question(r rune) rune {
	if r >= 0x80 {
		return '?'
	}
	return r
}

// looseBase64 decodes as forgiving decoders do: what is no digit is skipped, and a last half group dropped.
func looseBase64(s string) string {
	digits := strings.NewReplacer("-", "+", "_", "/").Replace(s)
	digits = noDigits.ReplaceAllString(digits, "")
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(digits)
	if err != nil || len(b) == 0 {
		return s
	}
	return string(b)
}

var noDigits = regexp.MustCompile(`[^0-9A-Za-z+/]`)

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// cleanDots resolves the dot segments of a path.
func cleanDots(p string) string {
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
