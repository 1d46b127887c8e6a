package capture

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

var (
	// A code of five digits that begins with its status, such as 40103.
	vendorCode = regexp.MustCompile(`(?:^|[^0-9])(4[0-9]{4})(?:[^0-9]|$)`)
	pageText   = regexp.MustCompile(`(?i)<(!doctype html|html|head|body)\b`)
	// An answer in what curl -v prints.
	answerLines = regexp.MustCompile(`(?m)^\s*< HTTP/`)
	loginPage   = regexp.MustCompile(`(?i)log ?in|sign ?in`)
	// What Python prints differently from JSON.
	pythonWords = strings.NewReplacer("'", `"`, "True", "true", "False", "false", "None", "null", ` u"`, ` "`)
)

// answerForms says how an answer can be given.
const answerForms = "give the answer as curl -i or curl -v prints it, its body, its status, or a client's message that contains one of them"

// printedResponse finds status, the vendor's code and JSON in what a client prints of an answer. A page
// without a status is a login page (200) or a refusal (403).
//
//	requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url  ->  401
//	Error: {'code': 40103, 'ok': False}                                    ->  401, {"code": 40103, "ok": false}
func printedResponse(text string) (*diagnose.Response, error) {
	r := &diagnose.Response{Header: http.Header{}, Body: []byte(text)}
	if object := objectIn(text); object != "" {
		r.Body = []byte(object)
		before := strings.Replace(text, object, " ", 1)
		if r.Status = statusIn(before); r.Status == 0 {
			r.Status = statusInBody(r.Body)
		}
		return r, nil
	}
	page := pageText.MatchString(text)
	switch code := vendorCode.FindStringSubmatch(text); {
	case code != nil && !page:
		n, _ := strconv.Atoi(code[1]) // five digits
		r.Status = n / 100
	case statusIn(text) > 0:
		r.Status = statusIn(text)
	case page && loginPage.MatchString(text):
		r.Status = http.StatusOK
	case page:
		r.Status = http.StatusForbidden
	default:
		start := text[:min(len(text), 1<<16)]
		i := slices.IndexFunc(known.Phrases, func(p phrase) bool { return p.Words.MatchString(start) })
		if i < 0 {
			return nil, errors.New("it has neither a status nor a vendor's message; " + answerForms)
		}
		r.Status = known.Phrases[i].Status
	}
	return r, nil
}

// statusIn finds a status such as "HTTP 403" or "Error: 401" in the first 64 KiB of a text; 0: none.
// The patterns are tried in the order of known.json: a number behind the word HTTP is surer than one
// behind Error.
func statusIn(text string) int {
	if len(text) > 1<<16 {
		text = text[:1<<16]
	}
	for _, w := range known.StatusWords {
		if found := w.FindStringSubmatch(text); found != nil {
			n, _ := strconv.Atoi(found[1]) // three digits
			return n
		}
	}
	return 0
}

// maxTries is how many braces are looked at: each may begin an object that is as long as the text, and turns out to be none.
const maxTries = 64

// objectIn is the first JSON object in a text that is not empty; "": there is none. One that Python
// prints is taken too, and comes as JSON.
func objectIn(text string) string {
	for from, tries := 0, 0; from < len(text) && tries < maxTries; tries++ {
		i := strings.IndexByte(text[from:], '{')
		if i < 0 {
			return ""
		}
		from += i
		rest := text[from:]
		// As JSON, as Python prints a dictionary, and as JSON within a JSON text.
		for _, form := range []string{rest, pythonWords.Replace(rest), strings.ReplaceAll(rest, `\"`, `"`)} {
			var object map[string]json.RawMessage
			if d := json.NewDecoder(strings.NewReader(form)); d.Decode(&object) == nil && len(object) > 0 {
				return form[:d.InputOffset()]
			}
		}
		from++
	}
	return ""
}
