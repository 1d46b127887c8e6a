//go:build go1.21

package program

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
)

// undoable reports whether filters can be undone: none but reveal, or with encoders those that Undo knows, too.
func undoable(filters []string, encoders bool) bool {
	for _, f := range filters {
		if f != "reveal" && !(encoders && (f == "base64" || f == "base64url" || f == "hex" || f == "urlencode")) {
			return false
		}
	}
	return true
}

// Undo takes a text back through filters that encode, the last first: base64, base64url, hex and urlencode. Not
// ok: the text is not of that form, or a filter cannot be undone.
//
//	Undo([base64 reveal], "am9lOnB3") -> "joe:pw"
func Undo(filters []string, text string) (string, bool) {
	for i := len(filters) - 1; i >= 0; i-- {
		var out []byte
		var err error
		switch filters[i] {
		case "reveal":
			continue
		case "base64":
			out, err = base64.StdEncoding.DecodeString(text)
		case "base64url":
			out, err = base64.URLEncoding.DecodeString(text)
		case "hex":
			out, err = hex.DecodeString(text)
		case "urlencode":
			var plain string
			plain, err = url.PathUnescape(text)
			out = []byte(plain)
		default:
			return "", false
		}
		if err != nil {
			return "", false
		}
		text = string(out)
	}
	return text, true
}

// Match finds the parts of a template in a value that was sent, by the literal texts between them. It returns a
// text for each part. Of two values without a text between them the last takes all, since the expressions take as
// little as they can. Not ok: the value has another form.
//
//	"v=me:you;00ff" -> "v=", "me", ":", "you", ";", "00ff"
func Match(parts []TemplatePart, value string) ([]string, bool) {
	var pattern strings.Builder
	pattern.WriteString("(?s)^")
	for _, p := range parts {
		if p.Source == "" {
			pattern.WriteString("(" + regexp.QuoteMeta(p.Text) + ")")
		} else {
			pattern.WriteString("(.*?)")
		}
	}
	pattern.WriteString("$")
	compiled, err := regexp.Compile(pattern.String())
	if err != nil {
		return nil, false
	}
	found := compiled.FindStringSubmatch(value)
	if found == nil {
		return nil, false
	}
	return found[1:], true
}
