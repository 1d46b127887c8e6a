//go:build go1.21

package tokens

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// take says where a value of an answer is, and what it is called then: NAME = FROM:PATH. For
// more.csrf = header:X-Csrf it is {more.csrf header X-Csrf}.
type take struct {
	name string // token, more.NAME, expires_in or expires_at
	from string // json, header, cookie or body
	path string // in the JSON, or the name of the header or cookie
}

// moreName bounds the names under which templates use what was taken, as [[token.csrf]].
var moreName = regexp.MustCompile(`^more\.[a-z][a-z0-9_]{0,40}$`)

// parseTake reads NAME = FROM:PATH. Only what is listed in the documentation of the package can be
// taken. json may have an empty path, for an answer that is nothing but a text in JSON.
//
//	token = json:data.sid        more.csrf = header:X-Csrf        token = cookie:SESSION        token = body
func parseTake(line string) (take, error) {
	name, from, found := strings.Cut(line, "=")
	t := take{name: strings.TrimSpace(name)}
	kind, path, sub := strings.Cut(strings.TrimSpace(from), ":")
	t.from, t.path = kind, path
	switch {
	case !found:
		return t, errors.New("take must be of the form NAME = FROM")
	case t.name != "token" && t.name != "expires_in" && t.name != "expires_at" && !moreName.MatchString(t.name):
		return t, errors.New("take must begin with token, more.NAME, expires_in or expires_at")
	case kind == "json" && sub || kind == "body" && !sub:
		return t, nil
	case (kind == "header" || kind == "cookie") && wire.FieldName.MatchString(path):
		return t, nil
	}
	return t, errors.New("take must end in json:PATH, header:NAME, cookie:NAME or body")
}

// optional reports whether an answer may lack it: a token whose lifetime is not known can be used
// all the same.
func optional(t *take) bool { return t.name == "expires_in" || t.name == "expires_at" }

// taken finds what is taken in an answer. document is its JSON, nil if it is not JSON. An empty
// text counts as missing, and so do blanks: requests with them are sent without a token. Of several
// cookies with the name, the last one counts that is not deleted: a service may delete one of
// another path when it sets its own.
func taken(t *take, a *signers.TokenAnswer, document interface{}) (string, bool) {
	text := ""
	switch t.from {
	case "header":
		text = a.Header.Get(t.path)
	case "cookie":
		for _, cookie := range (&http.Response{Header: a.Header}).Cookies() {
			if cookie.Name == t.path && !deletes(cookie) {
				text = cookie.Value
			}
		}
	case "body":
		text = strings.TrimSpace(string(a.Body))
	default:
		text, _ = jsonAt(document, t.path)
	}
	return text, strings.TrimSpace(text) != ""
}

// deletes reports whether a cookie is set in order to delete it: empty, without an age, or with an end long ago
// (RFC 6265, 3.1), whatever its value says.
//
//	SID=; Max-Age=0        SID=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT
func deletes(c *http.Cookie) bool {
	return c.Value == "" || c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Unix(1e9, 0))
}

// missing says that an answer lacks what is to be taken out of it: "the token service's answer has
// no csrf: header X-Csrf is missing". It quotes nothing of the answer but a known error code, which
// some services send with the status 200.
func missing(t *take, a *signers.TokenAnswer) error {
	text := "the token service's answer has no " + strings.TrimPrefix(t.name, "more.") + ": " + source(t)
	if code := errorCode(a); code != "" {
		text += " (" + code + ")"
	}
	return errors.New(text)
}

// source is where it is taken from, for people.
func source(t *take) string {
	switch t.from {
	case "header":
		return "header " + t.path + " is missing"
	case "cookie":
		return "cookie " + t.path + " is missing"
	case "body":
		return "the body is empty"
	}
	if t.path == "" {
		return "it is not a JSON text"
	}
	return t.path + " is missing in its JSON"
}

// takeFrom takes what one answer holds: it sets values of token, which earlier steps may have set,
// and returns the lifetime, which is life unless the answer says another. An error names what is
// missing and never shows a value.
func takeFrom(step *boundStep, a *signers.TokenAnswer, now time.Time, token *signers.Token, life time.Duration) (time.Duration, error) {
	var document interface{}
	// HTML or XML: a login page with 200 is what a wrong address often answers.
	if strings.HasPrefix(strings.TrimSpace(string(a.Body)), "<") {
		document = nil // a page for people
	} else {
		document = readJSON(a.Body)
	}
	for i := range step.takes {
		t := &step.takes[i]
		value, found := taken(t, a, document)
		switch {
		case !found && optional(t):
			continue
		case !found:
			return life, missing(t, a)
		case t.name == "expires_in":
			life = lifetime(value)
		case t.name == "expires_at":
			if at, ok := moment(value); ok {
				// A time that has passed, or is more than a year away, is a mistake of the service.
				// The lifetime is not known then. So is one of less than a second, as with expires_in: each
				// request would ask for a token.
				if left := untilBy(a, at, now); left >= time.Second && left <= maxLife {
					life = left
				}
			}
		// The token goes out in a header, where a line end would begin another one.
		case signers.HasControl(value):
			return life, errors.New("the token service issued a token that cannot be sent in a header")
		case t.name == "token":
			token.Text = value
		default:
			if token.More == nil {
				token.More = make(map[string]string)
			}
			token.More[strings.TrimPrefix(t.name, "more.")] = value
		}
	}
	return life, nil
}
