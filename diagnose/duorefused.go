package diagnose

import (
	"strings"
)

// duoRefused is why Duo may refuse a signature that is right.
func (d *diagnosis) duoRefused() string {
	if d.option("signature_version", "5") != "2" {
		return ""
	}
	_, query, _ := strings.Cut(d.Request.Target, "?")
	switch {
	case hasForm(d.Request.Method) && query != "":
		d.details["query_sent_not_signed"] = "version 2 does not sign the query of a " + strings.ToUpper(d.Request.Method) + ", and one was sent"
		return "query_sent_not_signed"
	case hasForm(d.Request.Method) && d.formUnnamed():
		return "content_type"
	case hasForm(d.Request.Method) && len(d.Request.Body) > 0 && !isForm(d.Request.Header):
		d.details["wrong_signature_version"] = "version 2 signs no body but a form, and another one was sent"
		return "wrong_signature_version"
	case !hasForm(d.Request.Method) && len(d.Request.Body) > 0:
		return "body_not_signed"
	case strings.HasPrefix(d.Request.Target, "/admin/v2/") || strings.HasPrefix(d.Request.Target, "/admin/v3/"):
		d.hint = "Duo documents signature version 5 for such endpoints, though products call some of them with version 2"
	}
	return ""
}

// formUnnamed tells whether a form was sent under another Content-Type than a form's, and words it: version 2 signs
// the parameters of a form, and Duo reads none from anything else.
func (d *diagnosis) formUnnamed() bool {
	body := strings.TrimSpace(string(d.Request.Body))
	kind := strings.TrimSpace(d.Request.Header.Get("Content-Type"))
	parts := strings.HasPrefix(body, "--") || strings.HasPrefix(strings.ToLower(kind), "multipart/")
	switch {
	case body == "" || isForm(d.Request.Header):
		return false
	case parts:
		d.details["content_type"] = "the body was sent in parts (multipart), and Duo reads and signs the parameters of a form only"
	case strings.ContainsAny(body[:1], "{[<\"") || strings.ContainsAny(body, "\n") || !strings.Contains(body, "="):
		return false
	case kind == "":
		d.details["content_type"] = "a form was sent without a Content-Type, and Duo reads its parameters only under that of a form"
	default:
		d.details["content_type"] = "a form was sent with Content-Type: " + plain(kind) + ", and Duo reads its parameters only under that of a form"
	}
	return true
}
