package diagnose

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"time"
)

func init() { readers["duo"] = (*diagnosis).readDuo }

var (
	duoID  = regexp.MustCompile(`^DI[A-Z0-9]{18}$`)
	hexSum = regexp.MustCompile(`^[0-9a-fA-F]{32,128}$`)
)

// readDuo reads Basic authentication with the integration key and an HMAC in hexadecimal.
func (d *diagnosis) readDuo() {
	d.takeSecret("secret_key")
	d.duoDate()
	d.hostIn()
	value, others, sent := d.header("Authorization")
	if !sent || strings.TrimSpace(value) == "" {
		d.missing("Authorization")
		d.stuck = true
		return
	}
	for _, v := range append([]string{value}, others...) {
		d.duoAuthorization(v)
	}
	d.duoSuspicion()
	if d.secret != "" {
		d.duoFrames()
		return
	}
	if d.option("signature_version", "5") == "2" && d.option("digest", "sha512") == "sha1" {
		d.lengths("hex", 20)
	} else {
		d.lengths("hex", 64)
	}
}

// duoAuthorization reads one value of the header.
func (d *diagnosis) duoAuthorization(value string) {
	var prefix []string
	rest := strings.TrimSpace(value)
	if bare := strings.Trim(rest, "\"'"); bare != rest {
		rest, prefix = bare, []string{"basic_encoding"}
		d.details["basic_encoding"] = "quotes surround the value of Authorization"
	}
	switch name, after := scheme(rest); {
	case name == "Basic":
		rest = after
	case name == "Basic:":
		rest, prefix = after, append(prefix, "prefix_wrong")
		d.details["prefix_wrong"] = "the scheme was written with a colon (" + "Basic:" + "), as if it were the name of a header"
	case name == "":
		prefix = append(prefix, "prefix_missing")
	default:
		rest, prefix = after, append(prefix, "prefix_wrong")
	}
	if name, after := scheme(rest); name != "" && !strings.Contains(rest, ":") { // a second one
		rest, prefix = after, append(prefix, "prefix_wrong")
	}
	text, causes := d.basicText(rest)
	d.see(text, true)
	user, password, ok := strings.Cut(text, ":")
	if text == "" || !ok {
		for _, c := range append(prefix, causes...) {
			d.fact(c)
		}
		if hexSum.MatchString(rest) && len(prefix) > 0 { // the signature alone
			d.fact("wrong_scheme", "the signature stands alone in the Authorization header, without the integration key and Base64")
			d.wants = append(d.wants, hexWants(rest)...)
			return
		}
		if len(d.facts) == 0 || !ok && len(causes) == 0 {
			d.fact("basic_encoding", "the Authorization header does not hold integration key and signature joined by a colon")
		}
		return
	}
	if d.signature == "" {
		d.signature = password
	}
	d.duoUser(user, password)
	wants := hexWants(password)
	if strings.TrimSpace(password) != password {
		wants = withNote(wants, "a line end or a blank follows the signature inside of the Base64 (echo without -n)")
	}
	if hexSum.MatchString(user) && !hexSum.MatchString(password) { // signature:ikey
		wants = append(wants, withCause(hexWants(user), "ids_swapped")...)
	}
	d.wants = append(d.wants, withCause(wants, append(prefix, causes...)...)...)
	if len(wants) == 0 {
		d.wants = append(d.wants, want{raw: []byte(password), causes: append(prefix, causes...), exact: true})
	}
}

// basicText decodes the Base64 of Basic authentication.
func (d *diagnosis) basicText(rest string) (text string, causes []string) {
	if strings.Contains(rest, ":") {
		return rest, []string{"basic_encoding"}
	}
	if inner, ok := bytesText(rest); ok {
		d.details["basic_encoding"] = "the Base64 is the text of a Python bytes object: b'...' around it"
		text, _ := d.basicText(inner)
		return text, []string{"basic_encoding"}
	}
	b, ok := anyBase64(rest)
	if !ok {
		return "", []string{"basic_encoding"}
	}
	if plain, ok := fromUTF16(b); ok {
		d.details["basic_encoding"] = "key and signature were turned into bytes as UTF-16 before Base64"
		return plain, []string{"basic_encoding"}
	}
	if inner, ok := bytesText(string(b)); ok {
		d.details["basic_encoding"] = "key and signature are the text of a Python bytes object: b'...' around them"
		return inner, []string{"basic_encoding"}
	}
	if base64.StdEncoding.EncodeToString(b) != rest {
		causes = []string{"basic_encoding"}
	}
	if !strings.Contains(string(b), ":") {
		if twice, ok := anyBase64(string(b)); ok && strings.Contains(string(twice), ":") {
			return string(twice), []string{"basic_encoding"}
		}
	}
	return string(b), causes
}

// duoUser compares the user with the configured integration key.
func (d *diagnosis) duoUser(user, password string) {
	id := d.option("integration_key", "")
	secret := d.trueSecret()
	switch {
	case secret != "" && (password == secret || strings.TrimSpace(password) == secret):
		d.fact("secret_sent")
		d.stuck = true
	case secret != "" && user == secret, id != "" && password == id:
		d.fact("ids_swapped")
	case strings.TrimSpace(user) == "":
		d.fact("wrong_id", "the integration key in the Authorization header is empty")
	case id == "" || user == id:
		d.idKnown = id != ""
		if duoID.MatchString(secret) && !duoID.MatchString(id) && id != "" && d.answer.kind != accepted {
			d.fact("ids_swapped", "the configured secret looks like an integration key, and the integration key does not: they are swapped")
		}
	case bareID(user) == strings.TrimSpace(id):
		d.wrappedID(user)
	case hexSum.MatchString(user) && len(user) > 30:
		d.fact("ids_swapped", "user and password of the Authorization header are swapped")
	default:
		d.fact("wrong_id", "the integration key in the Authorization header is not the configured one")
	}
}

// duoDate reads the date that counts.
func (d *diagnosis) duoDate() {
	text, _, sent := d.header("X-Duo-Date")
	if !sent {
		text, _, sent = d.header("Date")
	}
	d.stamp = stamp{window: 5 * time.Minute, header: "Date"}
	if dated, _, ok := d.header("X-Duo-Date"); ok && dated == text {
		d.stamp.header = "X-Duo-Date"
	}
	if !sent || strings.TrimSpace(text) == "" {
		d.fact("date_not_sent")
		return
	}
	d.stamp.text = strings.TrimSpace(text)
	d.stamp.at = parseLoosely(text)
	if !duoDateGood(d.stamp.text) || d.answer.kind == badDateForm && !strings.HasSuffix(d.stamp.text, "GMT") && !strings.HasSuffix(d.stamp.text, "0000") {
		d.stamp.cause = "date_format"
	}
}

// duoDateGood takes RFC 2822 with an English weekday that is the right one, two digits and a numeric zone or GMT.
func duoDateGood(text string) bool {
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 02 Jan 2006 15:04:05 GMT"} {
		t, err := time.Parse(layout, text)
		if err == nil && strings.HasPrefix(text, t.Format("Mon, 02 Jan 2006")) {
			return true
		}
	}
	return false
}

// duoSuspicion finds what cannot be proved, because it was not sent.
func (d *diagnosis) duoSuspicion() {
	path, query, _ := strings.Cut(d.Request.Target, "?")
	switch {
	case !d.contentLength():
		d.suspicion = "body_length"
	case hasForm(d.Request.Method) && len(d.Request.Body) == 0 && d.announced() && query == "":
		d.suspicion = "body_signed_not_sent"
		d.doubt = "the headers announce a body, but none was sent: one was probably signed"
	case !hasForm(d.Request.Method) && !strings.Contains(query, "mintime") && slices.ContainsFunc(needTimes[:3], func(p string) bool { return strings.Contains(path, p) }):
		d.suspicion = "query_signed_not_sent"
		d.doubt = "this endpoint is asked with mintime and maxtime, and they were not sent: probably they were signed only"
	case strings.HasSuffix(path, "/auth_status") && query == "":
		d.suspicion = "query_signed_not_sent"
		d.doubt = "this endpoint is asked with txid, and it was not sent: probably it was signed only"
	}
	d.refused = d.duoRefused()
	if d.refused == "content_type" {
		switch d.answer.kind {
		case noAnswer, badSignature, unclear:
			d.fact("content_type", d.details["content_type"])
		}
	}
}
