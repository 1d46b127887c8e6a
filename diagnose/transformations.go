package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
)

// transformations make another text of a right one, or the same where they do not apply: "of" in
// guesses.json names them. They must not fail, whatever the text.
var transformations = map[string]func(string) string{
	"trim": strings.TrimSpace, "lower": strings.ToLower, "upper": strings.ToUpper, "title": title,
	"capital": func(s string) string { return capital(s, strings.ToLower) },

	"hex":       func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":       func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"unhex":     decoded(hex.DecodeString),
	"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64url": func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"base64 without padding": func(s string) string {
		return base64.RawStdEncoding.EncodeToString([]byte(s))
	},
	"base64url without padding": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"unbase64 twice":        func(s string) string { return looseBase64(looseBase64(s)) },
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
	"dots":              cleanDots,
}

// transformation is one by its name; "s~PATTERN~TEXT~" replaces every match. The pattern is compiled
// when it is first used. A name that does not exist panics, in a test of all entries.
func transformation(name string) func(string) string {
	if f := transformations[name]; f != nil {
		return f
	}
	parts := strings.Split(name, "~")
	pattern := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(parts[1]) })
	return func(s string) string { return pattern().ReplaceAllString(s, parts[2]) }
}

// decoded makes a transformation of a decoder: what cannot be decoded stays as it is.
func decoded(decode func(string) ([]byte, error)) func(string) string {
	return func(s string) string {
		if b, err := decode(s); err == nil {
			return string(b)
		}
		return s
	}
}

// capital writes a text with a capital first, and changes the rest.
func capital(s string, rest func(string) string) string {
	n := min(1, len(s))
	return strings.ToUpper(s[:n]) + rest(s[n:])
}

// title capitalises the labels of a host name: api-1.acme.com becomes Api-1.Acme.Com.
func title(host string) string {
	labels := strings.Split(host, ".")
	for i, l := range labels {
		labels[i] = capital(l, strings.Clone)
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

// looseBase64 decodes as forgiving decoders do: what is no digit is skipped, and a last half group
// dropped.
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

// noDigits are characters that no digit of Base64 is.
var noDigits = regexp.MustCompile(`[^0-9A-Za-z+/]`)

// cleanDots resolves the dot segments of a path, and keeps a slash at its end.
//
//	/a/./b/../c/  ->  /a/c/
func cleanDots(p string) string {
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
