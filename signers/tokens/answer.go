//go:build go1.21

package tokens

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// maxDepth is how deep the JSON of an answer may be nested. Each level takes memory of the decoder,
// and an answer with a token needs few.
const maxDepth = 16

// maxElements is how many names, values and brackets the JSON of an answer may have. They are looked at one by one: half a million,
// which fit into an answer, kept an interpreter busy for a second at each step. Answers with a token have some dozens.
const maxElements = 20_000

// readJSON reads a document with numbers as they are written. It is nil if the text is not JSON, is
// nested too deep or too large, or has more text behind the document. Numbers stay texts because an ID of 20
// digits would be rounded as a float64. A byte order mark, which .NET writes by default, is ignored (RFC 8259, section 8.1).
func readJSON(data []byte) interface{} {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !shallow(data) {
		return nil
	}
	var document interface{}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	if d.Decode(&document) != nil {
		return nil
	}
	if _, err := d.Token(); err != io.EOF {
		return nil
	}
	return document
}

// shallow reports whether JSON is nested no deeper than maxDepth and has no more than maxElements. It looks before anything is built of it.
func shallow(data []byte) bool {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber() // a number that no float64 can hold is no reason to read nothing
	depth := 0
	for n := 0; n <= maxElements; n++ {
		token, err := d.Token()
		if err != nil {
			return err == io.EOF
		}
		if mark, ok := token.(json.Delim); ok {
			if mark == '{' || mark == '[' {
				depth++
			} else {
				depth--
			}
			if depth > maxDepth {
				return false
			}
		}
	}
	return false
}

// jsonAt is the text or number at a path of names with dots between; an empty path is the document
// itself. In {"a":{"b":1800,"c":["x"]}} a.b is 1800, and a.c is not ok, as an empty text is not:
// lists and objects are no tokens.
func jsonAt(document interface{}, path string) (string, bool) {
	at := document
	for path != "" {
		name, rest, _ := strings.Cut(path, ".")
		object, ok := at.(map[string]interface{})
		if !ok {
			return "", false
		}
		at = object[name]
		path = rest
	}
	if text, ok := at.(string); ok {
		return text, text != ""
	}
	if number, ok := at.(json.Number); ok {
		return number.String(), true
	}
	return "", false
}

// judge says why an answer is not a success; nil: it is one. It shows the status, and only known
// codes of the body: everything else there could be a secret that the service repeats. moved is
// that of the step.
//
//	200                                              nil
//	302 to https://eu.vendor.example/t               the token service redirects to eu.vendor.example, ...
//	302 to /login.html?Error, moved is "error"       the login was refused
//	302 to /, moved is "error"                       nil
//	400 {"error":"invalid_client", ...}              the token service answered 400 (invalid_client)
func judge(a *signers.TokenAnswer, moved string) error {
	redirects := a.Status >= 300 && a.Status <= 399
	switch {
	case a.Status >= 200 && a.Status <= 299:
		return nil
	case redirects && moved != "" && !strings.Contains(strings.ToLower(a.Header.Get("Location")), strings.ToLower(moved)):
		return nil
	case redirects && moved != "":
		return errors.New("the login was refused")
	// A redirect is not followed, because the secret would go to a host that nobody has permitted.
	case redirects:
		text := "the token service redirects"
		if u, err := url.Parse(a.Header.Get("Location")); err == nil && shownHost.MatchString(u.Host) {
			text += " to " + u.Host
		}
		return errors.New(text + ", which is not followed: another cloud, or a wrong address?")
	}
	text := "the token service answered " + strconv.Itoa(a.Status)
	if code := errorCode(a); code != "" {
		text += " (" + code + ")"
	}
	return errors.New(text)
}

var (
	// shownHost is a host that an error may show.
	shownHost = regexp.MustCompile(`^[0-9A-Za-z.:-]{1,253}$`)
	// errorCodes are those of RFC 6749, 5.2 and 4.1.2.1.
	errorCodes = regexp.MustCompile(`^(?:invalid_request|invalid_client|invalid_grant|unauthorized_client|unsupported_grant_type|` +
		`invalid_scope|access_denied|server_error|temporarily_unavailable|invalid_target)$`)
	// microsoftCode is the number of an error of Microsoft Entra ID (learn.microsoft.com, "Microsoft Entra authentication and
	// authorization error codes").
	microsoftCode = regexp.MustCompile(`AADSTS[0-9]{4,7}`)
)

// errorCode is the code of an error of OAuth 2.0, if the answer has one that is known, with
// Microsoft's number if there is one: "invalid_client, AADSTS7000215". An unknown code is not
// shown, since a service can write there what it likes.
func errorCode(a *signers.TokenAnswer) string {
	code, _ := jsonAt(readJSON(a.Body), "error")
	if !errorCodes.MatchString(code) {
		return ""
	}
	if number := microsoftCode.FindString(string(a.Body)); number != "" {
		code += ", " + number
	}
	return code
}

// lifetime reads expires_in: seconds as a number or text, fractions are cut off. Anything that is
// not a number, below 1 or longer than a year is 0, which means that the lifetime is not known.
func lifetime(text string) time.Duration {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) || seconds < 1 || seconds > maxLife.Seconds() {
		return 0
	}
	return time.Duration(seconds * float64(time.Second)).Truncate(time.Second)
}

// moment reads expires_at: a time of RFC 3339, with or without its zone, whose colon Java leaves out, and with a blank in
// place of the T as Python writes it, or seconds or milliseconds since 1970, whose fractions are cut off. Without a zone it is UTC.
//
//	2026-01-02T03:04:05Z    2026-01-02T03:04:05.000+0000    2026-01-02 03:04:05    1767323045    1767323045000     the same time
func moment(text string) (time.Time, bool) {
	written := text
	if len(text) > 10 && text[10] == ' ' {
		written = text[:10] + "T" + text[11:]
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, written); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	// Beyond 1e15 it would be milliseconds of the year 33658.
	case err != nil || math.IsNaN(n) || n < 1 || n >= 1e15:
		return time.Time{}, false
	// Seconds would be beyond the year 5138, so it is milliseconds.
	case n > 1e11:
		return time.UnixMilli(int64(n)), true
	}
	return time.Unix(int64(n), 0), true
}

// untilBy is the time until t by the clock of the service, which its answer tells, or by that of
// the gateway. So the result is right where the gateway's clock is wrong.
func untilBy(a *signers.TokenAnswer, t, now time.Time) time.Duration {
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		return t.Sub(date)
	}
	return t.Sub(now)
}
