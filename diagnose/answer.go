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

// answer is what a vendor's response says about the request.
type answer struct {
	kind  answerKind
	cause string // of the kind rights: the cause; of others a hint
	sure  bool   // the response names the cause; otherwise it is the most likely one
	says  string // the vendor's own words

	detail string // what to say of the cause
	bare   bool   // it is the status alone that says so, and a vendor may give that for a bad date, too
}

// answerKind is what a vendor means, by its name in answers.json.
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

// readAnswer reads a vendor's response: the first rule that fits decides.
func readAnswer(vendor string, r *Response) answer {
	if r == nil || r.Status == 0 && len(r.Body) == 0 {
		return answer{}
	}
	b := readBody(r)
	for i := range answerRules {
		if rule := answerRules[i].meaning(vendor, r.Status, &b); rule != nil {
			return answer{kind: rule.Kind, cause: rule.Cause, sure: rule.Sure, says: b.says(), detail: rule.Detail}
		}
	}
	return answer{kind: unclear, says: b.says()}
}

// answerBody is what a response's body says.
type answerBody struct {
	text            string // the whole body
	message, detail string
	code            int
	failed          bool // success is false
	html            bool
}

var (
	markup         = regexp.MustCompile(`^\s*<(\?xml|Error|ErrorResponse)\b`)
	messageElement = regexp.MustCompile(`(?s)<Message>(.*?)</Message>`)

	pageStart = regexp.MustCompile(`(?i)^\s*(\xef\xbb\xbf)?<(!doctype html|html|head|body)\b`)
	fiveDigit = regexp.MustCompile(`(?:^|[^0-9])(4[0-9]{4})(?:[^0-9]|$)`)
)

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
		b.failed = o.Success != nil && !*o.Success || o.Stat == "FAIL" || o.Status == "Failure"
	} else if m := fiveDigit.FindStringSubmatch(b.text); m != nil && !b.html { // as clients print it
		b.code, _ = strconv.Atoi(m[1])
	}
	return b
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// says is the vendor's message with its detail, for people: one line, and not all of a long one.
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

// refusing reports whether the vendor refused the credential or its proof.
func (a answer) refusing() bool {
	return a.kind != noAnswer && a.kind != accepted && a.kind != rights
}
