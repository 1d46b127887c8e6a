package vendorsim

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"time"
)

func init() {
	vendors["darktrace"] = entry{
		make: newDarktrace,
		demo: map[string]map[string]string{
			"": {"public_token": "demo-public-token", "private_token": "demo-private-token-not-a-secret"},
		},
	}
}

// darktraceWindow is an observation, not documentation: an appliance took dates 30 minutes off and refused 31
// (nuoframework/darktrace-mcp, notes for version 7.1).
const darktraceWindow = 30 * time.Minute

// darktrace verifies HMAC-SHA1 over "<T> LF <public token> LF <date>" in lower-case hex.
//
//	GET /devices?count=1, public token PUB, private token PRIV, DTAPI-Date: 20231114T221320
//	"/devices?count=1\nPUB\n20231114T221320" -> DTAPI-Signature: cba4eafdcdaae19c267a25bff2f4b19a0e06a96b
//
// T is the request target as sent when there is no body. With a body, whatever the method, it is the path, a question mark
// and the body's bytes; the query is left out. Documentation and Darktrace's own connectors
// (splunk-soar-connectors/darktrace) sign the query decoded, an appliance took both forms, so both pass here unless
// sign_query says otherwise. Method, host and port are not signed. A query next to a body and bodies of other methods than
// POST are settled by the appliance notes only.
//
// The order of the checks is the headers, the public token, the date, the signature. A wrong date has an answer of its own,
// API DATE ERROR, and all else is API SIGNATURE ERROR. No limit of calls is published.
type darktrace struct {
	public    string
	private   []byte
	signQuery string
}

// newDarktrace reads the two tokens. How a gateway spells the date and orders the query is its own affair.
func newDarktrace(o *options, _ *Config) vendor {
	o.ignore("date_format", "query_order")
	return &darktrace{
		public:    o.required("public_token", ""),
		private:   []byte(o.required("private_token", "")),
		signQuery: o.choice("sign_query", "either", "as_sent", "decoded"),
	}
}

func (d *darktrace) owns() []string { return []string{"dtapi-*"} }

// refuse is the answer to all but a wrong date.
func (d *darktrace) refuse(reason string) *Answer {
	return d.error("API SIGNATURE ERROR", reason)
}

// error has the status and texts that Darktrace's connectors look for; its SDK documentation says 401.
func (d *darktrace) error(text, reason string) *Answer {
	return newAnswer(http.StatusBadRequest, reason, map[string]any{"error": text})
}

// judge checks in the order that the comment of darktrace has.
func (d *darktrace) judge(r *Request, now time.Time) *Answer {
	token, date, signature := header(r.Header, "DTAPI-Token"), header(r.Header, "DTAPI-Date"), header(r.Header, "DTAPI-Signature")
	switch {
	case token == "":
		return d.refuse("the header DTAPI-Token is missing")
	case date == "":
		return d.refuse("the header DTAPI-Date is missing")
	case signature == "":
		return d.refuse("the header DTAPI-Signature is missing")
	case !same(token, d.public):
		return d.refuse("DTAPI-Token is not the public token of this appliance")
	}
	at, ok := darktraceDate(date)
	if !ok {
		return d.error("API DATE ERROR", "DTAPI-Date is in none of the documented spellings")
	}
	if !within(at, now, darktraceWindow) {
		return d.error("API DATE ERROR", "DTAPI-Date is more than 30 minutes off")
	}
	form, ok := d.verify(r, date, signature)
	if !ok {
		return d.refuse("DTAPI-Signature does not fit the target, body and date that arrived")
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo("darktrace", "HMAC-SHA1, "+form, r)})
}

// verify tells in which form the request was signed. Every form is computed, so that the time taken does not
// tell which one nearly fitted.
func (d *darktrace) verify(r *Request, date, signature string) (form string, ok bool) {
	path, query, has := splitTarget(r.Target)
	if len(r.Body) > 0 {
		return "path and body", same(signature, d.sign(path+"?", r.Body, date))
	}
	asSent := same(signature, d.sign(r.Target, nil, date))
	decoded := has && same(signature, d.sign(path+"?"+formDecode(query), nil, date))
	switch {
	case asSent && d.signQuery != "decoded":
		return "target as sent", true
	case decoded && d.signQuery != "as_sent":
		return "target with decoded query", true
	case asSent && !has:
		return "target", true // without a query there is nothing to decode
	}
	return "", false
}

// sign is the signature of T, which is the text t and, with a body, the body behind it.
func (d *darktrace) sign(t string, body []byte, date string) string {
	mac := hmac.New(sha1.New, d.private)
	mac.Write([]byte(t))
	mac.Write(body)
	mac.Write([]byte("\n" + d.public + "\n" + date))
	return hex.EncodeToString(mac.Sum(nil))
}

// darktraceDate reads the spellings of the documentation (compact, spaced) and of Darktrace's connectors (ISO with offset,
// with or without microseconds). All of them are UTC, so the only offset is +00:00. Each has one form: a second spelling of
// the same time would be a second signature.
func darktraceDate(s string) (time.Time, bool) {
	for _, layout := range []string{
		"20060102T150405",
		"2006-01-02 15:04:05",
		"2006-01-02T15:04:05+00:00",
		"2006-01-02T15:04:05.000000+00:00",
	} {
		if t, ok := parseExact(layout, s); ok {
			return t, true
		}
	}
	return time.Time{}, false
}
