package diagnose

import (
	"encoding/json"
	"mime"
	"regexp"
	"strings"
)

// answer is what a vendor's response says about the request.
type answer struct {
	kind  answerKind
	cause string // of the kind rights: the cause; of others a hint
}

type answerKind int

const (
	noAnswer     answerKind = iota
	accepted                // the call was let through
	badSignature            // the vendor says that the signature is wrong
	badDate                 // the date is outside the window
	badDateForm             // no date arrived, or an unreadable one
	badID                   // the public part of the credential is unknown
	noCredential            // no credential arrived, or an unreadable one
	replayed                // the nonce was used before
	rights                  // the signature is right, as far as the vendor says
	unclear                 // refused, and the vendor does not say why
)

var (
	replayText  = regexp.MustCompile(`(?i)\breplay|nonce.*(used|reuse|seen|duplicate|repeat)|(used|reuse|duplicate|repeat)\w* nonce`)
	dateText    = regexp.MustCompile(`(?i)time ?stamp|api date error|clock|\btime\b.*(range|skew|window)|request (has )?expired|date.*(range|invalid|expired)`)
	signText    = regexp.MustCompile(`(?i)signature`)
	expiredText = regexp.MustCompile(`(?i)expired|revoked|disabled|license`)
	addressText = regexp.MustCompile(`(?i)\bip\b|ip.?address|source address|network|allow.?list|white.?list`)
)

// readAnswer reads a vendor's response.
func readAnswer(vendor string, r *Response) answer {
	if r == nil || r.Status == 0 && len(r.Body) == 0 {
		return answer{}
	}
	b := readBody(r)
	if a := commonAnswer(r, b); a.kind != noAnswer {
		return a
	}
	switch vendor {
	case "duo":
		return duoAnswer(r, b)
	case "threatconnect":
		return threatConnectAnswer(r, b)
	case "darktrace":
		return darktraceAnswer(r, b)
	}
	switch {
	case r.Status == 401:
		if replayText.MatchString(b.text) {
			return answer{kind: replayed}
		}
		if dateText.MatchString(b.text) {
			return answer{kind: badDate}
		}
		if expiredText.MatchString(b.text) {
			return answer{rights, "key_expired"}
		}
		return answer{kind: unclear}
	case r.Status == 402:
		return answer{rights, "key_expired"}
	case r.Status == 403:
		return answer{rights, forbidden(b)}
	case r.Status >= 400:
		return answer{rights, "request_rejected"}
	}
	return answer{kind: unclear}
}

// answerBody is what a response's body says.
type answerBody struct {
	text    string // the whole body
	message string
	code    int
	failed  bool // success is false
	html    bool
}

func readBody(r *Response) answerBody {
	b := answerBody{text: string(r.Body)}
	if len(b.text) > 1<<16 {
		b.text = b.text[:1<<16]
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	b.html = kind == "text/html" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(b.text)), "<!doctype html") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(b.text)), "<html")
	var o struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
		Error   any    `json:"error"`
		Stat    string `json:"stat"`
		Status  any    `json:"status"`
		Success *bool  `json:"success"`
	}
	if json.Unmarshal(r.Body, &o) == nil {
		if n, ok := o.Code.(float64); ok {
			b.code = int(n)
		}
		b.message = o.Message
		b.failed = o.Success != nil && !*o.Success || o.Stat == "FAIL" || o.Status == "Failure"
	}
	return b
}

// commonAnswer is what the status alone says, with every vendor.
func commonAnswer(r *Response, b answerBody) answer {
	switch {
	case r.Status == 429 || b.code == 42901:
		return answer{rights, "rate_limited"}
	case r.Status >= 200 && r.Status < 300 && b.html:
		return answer{rights, "login_redirect"}
	case r.Status >= 200 && r.Status < 300 && b.failed && b.code == 0 && !signText.MatchString(b.text):
		return answer{rights, "request_rejected"}
	case r.Status >= 200 && r.Status < 300 && !b.failed && !strings.Contains(b.text, "API SIGNATURE ERROR") && !strings.Contains(b.text, "API DATE ERROR"):
		return answer{kind: accepted}
	case r.Status >= 300 && r.Status < 400:
		return answer{rights, "login_redirect"}
	case r.Status == 404 || r.Status == 405 || r.Status == 410:
		return answer{rights, "endpoint_unknown"}
	case r.Status == 407 || r.Status >= 500:
		return answer{rights, "vendor_failure"}
	}
	return answer{}
}

// forbidden chooses between the reasons of a 403.
func forbidden(b answerBody) string {
	switch {
	case addressText.MatchString(b.text):
		return "address_not_allowed"
	case expiredText.MatchString(b.text):
		return "key_expired"
	}
	return "not_permitted"
}

// duoAnswer reads the codes of duo.com/docs/adminapi and of public threads.
func duoAnswer(r *Response, b answerBody) answer {
	switch b.code {
	case 40101:
		return answer{kind: noCredential}
	case 40102:
		return answer{kind: badID}
	case 40103:
		return answer{kind: badSignature}
	case 40104:
		return answer{kind: badDateForm}
	case 40105:
		return answer{kind: badDate}
	case 40301:
		return answer{rights, "wrong_key_type"}
	}
	message := strings.ToLower(b.text)
	switch {
	case strings.Contains(message, "invalid signature"):
		return answer{kind: badSignature}
	case strings.Contains(message, "bad request timestamp"):
		return answer{kind: badDate}
	case strings.Contains(message, "missing request timestamp"):
		return answer{kind: badDateForm}
	case strings.Contains(message, "invalid integration key"), strings.Contains(message, "invalid identity"):
		return answer{kind: badID}
	case strings.Contains(message, "missing request credentials"):
		return answer{kind: noCredential}
	case strings.Contains(message, "wrong integration type"):
		return answer{rights, "wrong_key_type"}
	case r.Status == 403:
		return answer{rights, forbidden(b)}
	case r.Status == 401:
		return answer{kind: unclear}
	}
	return answer{rights, "request_rejected"}
}

// threatConnectAnswer reads the messages of the vendor's page on common errors.
func threatConnectAnswer(r *Response, b answerBody) answer {
	message := strings.ToLower(b.text)
	switch {
	case strings.Contains(message, "signature"):
		return answer{kind: badSignature}
	case strings.Contains(message, "acceptable time range"), dateText.MatchString(message):
		return answer{kind: badDate}
	case strings.Contains(message, "access denied"):
		return answer{kind: badID, cause: "not_permitted"}
	case expiredText.MatchString(message):
		return answer{rights, "key_expired"}
	case r.Status == 401, strings.Contains(message, "unauthorized"):
		return answer{kind: unclear}
	case r.Status == 403:
		return answer{rights, forbidden(b)}
	}
	return answer{rights, "request_rejected"}
}

// darktraceAnswer looks for the texts that the vendor's connectors look for; the status is 400 or 401.
func darktraceAnswer(r *Response, b answerBody) answer {
	message := strings.ToUpper(b.text)
	switch {
	case strings.Contains(message, "API SIGNATURE ERROR"), strings.Contains(message, "SIGNATURE"):
		return answer{kind: badSignature}
	case strings.Contains(message, "API DATE ERROR"), dateText.MatchString(b.text):
		return answer{kind: badDate}
	case r.Status == 401:
		return answer{kind: unclear}
	case r.Status == 403:
		return answer{rights, forbidden(b)}
	}
	return answer{rights, "request_rejected"}
}

// refusing tells whether the vendor refused the credential or its proof.
func (a answer) refusing() bool {
	return a.kind != noAnswer && a.kind != accepted && a.kind != rights
}
