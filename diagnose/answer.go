package diagnose

import (
	"cmp"
	"encoding/json"
	"html"
	"mime"
	"regexp"
	"strconv"
	"strings"
)

// answer is what a vendor's response says about the request. Its zero value is no answer, which the
// rest treats as "not known" and not as "accepted".
//
//	{"code":40103,"message":"Invalid signature in request credentials"}  ->  badSignature
//	HTTP 503                                                             ->  rights, vendor_failure
//	HTTP 401 without a body                                              ->  unclear
type answer struct {
	kind answerKind
	// For the kind rights the cause, for others a hint that a cause of this ID is likely. Empty: none.
	cause string
	// The response names the cause. Otherwise it is the most likely one, and is not called proved.
	sure bool
	// The vendor's own words, shortened to a line. They are quoted in the explanation, so they are
	// never trusted: see says.
	says string

	// What to say of the cause in place of its general sentence.
	detail string
	// What to do about it, likewise.
	fix string
	// It is the gateway's own answer: no vendor has seen the request.
	own bool
	// It says nothing of the signature, which the request may not even have.
	final bool
	// The status alone says so, and no word. A vendor may give the same status for a bad date, so that
	// the date still counts. Set for presets only, by programAnswer.
	bare bool
}

// answerKind is what a vendor means, by its name in answers.json. A further kind needs a place in
// reproduce.go (rank, clockCounts), conclude.go (unreproduced) and refused.go (blamed).
type answerKind string

const (
	noAnswer     answerKind = ""
	accepted     answerKind = "accepted"     // the call was accepted
	badSignature answerKind = "badSignature" // the vendor says that the signature is wrong
	badDate      answerKind = "badDate"      // the date is outside the window
	badDateForm  answerKind = "badDateForm"  // no date arrived, or an unreadable one
	badID        answerKind = "badID"        // the public part of the credential is unknown
	noCredential answerKind = "noCredential" // no credential arrived, or an unreadable one
	replayed     answerKind = "replayed"     // the nonce was used before
	rights       answerKind = "rights"       // the signature is right, as far as the vendor says
	unclear      answerKind = "unclear"      // refused, and the vendor does not say why
)

// readAnswer reads a vendor's response: the first row of answers.json that fits decides. The statuses
// that mean the same everywhere come first there, then the vendors' words, then what a status means if
// no word fits. A response that no row fits is unclear. With an empty vendor only the rows of all
// vendors count.
func readAnswer(vendor string, r *Response) answer {
	if r == nil || r.Status == 0 && len(r.Body) == 0 {
		return answer{}
	}
	b := readBody(r)
	for i := range answerRules {
		if rule := answerRules[i].meaning(vendor, r.Status, &b); rule != nil {
			return answer{kind: rule.Kind, cause: rule.Cause, sure: rule.Sure, says: b.says(), detail: rule.Detail, fix: rule.Fix,
				own: b.problem != "", final: rule.Final}
		}
	}
	return answer{kind: unclear, says: b.says(), own: b.problem != ""}
}

// answerBody is what a response's body says, whatever its format: JSON, XML or text.
type answerBody struct {
	// The body with a header of AWS before it, cut at 64 KiB: the patterns of answers.json run over it.
	text string
	// The message for people and its addition, from the fields that the vendors use.
	message, detail string
	// A number in the field code, such as 40103: a status and two digits more. 0: there is none.
	code int
	// The kind of a gateway's own answer (docs/problems.md). Empty: it is a vendor's.
	problem string
	// The body says that the call failed, which some vendors send with status 200: success is false,
	// stat is FAIL, status is Failure, or it has an error (errorIn).
	failed bool
	// The body is a web page, which an API does not send: a login page or a proxy's answer.
	html bool
}

var (
	// markup is the beginning of an answer in XML, as AWS and Azure send, and messageElement its text
	// for people.
	markup         = regexp.MustCompile(`^\s*<(\?xml|Error|ErrorResponse)\b`)
	messageElement = regexp.MustCompile(`(?s)<Message>(.*?)</Message>`)

	// pageStart is the beginning of a web page, for answers without a Content-Type.
	pageStart = regexp.MustCompile(`(?i)^\s*(\xef\xbb\xbf)?<(!doctype html|html|head|body)\b`)
	// fiveDigit is a code such as 40103 in the text of an error that a client printed.
	fiveDigit = regexp.MustCompile(`(?:^|[^0-9])(4[0-9]{4})(?:[^0-9]|$)`)
)

// problemType begins the type of what a gateway answers itself (RFC 9457), as outbound.ProblemType does.
const problemType = "https://github.com/vendorsign/vendorsign/blob/main/docs/problems.md#"

// readBody finds the code and the message of a body. A field of an unexpected type is left out rather
// than making the rest unreadable, which is why most of the struct's fields are any.
func readBody(r *Response) answerBody {
	b := answerBody{text: string(r.Body)}
	if markup.MatchString(b.text) {
		b.text = html.UnescapeString(b.text)
		if found := messageElement.FindStringSubmatch(b.text); found != nil {
			b.message = found[1]
		}
	}
	if code := r.Header.Get("X-Amzn-Errortype"); code != "" { // services of AWS put it into a header alone
		b.text = code + "\n" + b.text
	}
	// A longer body is data and no refusal. The bound keeps the many patterns of answers.json cheap.
	if len(b.text) > 1<<16 {
		b.text = b.text[:1<<16]
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	b.html = kind == "text/html" || pageStart.MatchString(b.text)
	var o struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
		Detail  any    `json:"message_detail"`
		Error   any    `json:"error"`
		Stat    string `json:"stat"`
		Status  any    `json:"status"`
		Type    any    `json:"type"`
		Why     any    `json:"detail"`
		Success *bool  `json:"success"`
		Reply   struct {
			Message string `json:"err_msg"`
			Extra   any    `json:"err_extra"`
		} `json:"reply"`
	}
	if json.Unmarshal(r.Body, &o) == nil {
		if n, ok := o.Code.(float64); ok {
			b.code = int(n)
		}
		b.message, b.detail = cmp.Or(o.Message, textOf(o.Error)), textOf(o.Detail)
		if b.message == "" {
			b.message, b.detail = o.Reply.Message, textOf(o.Reply.Extra)
		}
		if kind, ok := strings.CutPrefix(textOf(o.Type), problemType); ok {
			b.problem, b.message, b.detail = kind, textOf(o.Why), ""
		}
		text, named := errorIn(r.Body, false)
		b.message = cmp.Or(b.message, text)
		b.failed = named || o.Success != nil && !*o.Success || o.Stat == "FAIL" || o.Status == "Failure"
	} else if m := fiveDigit.FindStringSubmatch(b.text); m != nil && !b.html { // as clients print it
		b.code, _ = strconv.Atoi(m[1])
	}
	return b
}

// textOf is a value of JSON if it is a text, and empty if not.
func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// says is the vendor's message with its detail, for people: one line of at most 200 characters. Control
// characters, blanks of other scripts and quotes become blanks, since the text comes from somewhere
// else and is printed in quotes on a terminal.
//
//	message "Invalid request parameters", detail "mintime"  ->  Invalid request parameters (mintime)
func (b *answerBody) says() string {
	text := b.message
	if b.detail != "" && b.detail != text {
		text += " (" + b.detail + ")"
	}
	unshown := func(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r <= 0xa0 || r == '"' }
	text = strings.Join(strings.FieldsFunc(text, unshown), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "..."
	}
	return text
}

// by is who answered.
func (a answer) by() string {
	if a.own {
		return "gateway"
	}
	return "vendor"
}

// refusing reports whether the vendor refused the credential or its proof. A missing right is no such
// refusal: the vendor recognised the credential then.
func (a answer) refusing() bool {
	return a.kind != noAnswer && a.kind != accepted && a.kind != rights
}
