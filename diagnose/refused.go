package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// rightBut answers for a signature that is right and in time, and may still be refused. Without an
// answer, or with one that names nothing, causes stay empty and the finding is that the request is
// right.
func (d *diagnosis) rightBut(m *match) *Finding {
	causes, sure := d.blamed()
	switch d.answer.kind {
	case noAnswer:
		if d.expired {
			causes, sure = []string{"key_expired"}, true
		}
	case badSignature:
		if d.refused != "" {
			causes, sure = []string{d.refused}, !slices.Contains(guessed, d.refused)
		} else if !d.contentLength() {
			causes = []string{"body_length"}
		} else if d.program != nil && d.profile.Refused != "" {
			causes = []string{d.profile.Refused}
		}
	case unclear:
		var cause string
		if cause, sure = d.unclearCause(); cause != "" {
			causes = []string{cause}
		}
	}
	if method := d.Request.Method; len(causes) == 0 && d.answer.kind != noAnswer && method != strings.ToUpper(method) {
		d.details["method_case"] = "nothing is wrong with the signature, but the method was sent as " + plain(method) +
			", and methods are case-sensitive (RFC 9110, 9.1)"
		return d.finding([]string{"method_case"}, false, m)
	}
	if len(causes) == 0 && d.answer.kind != noAnswer && d.unsignedPort() {
		d.details["host_without_port"] = "nothing else is wrong, but the host was sent with a port, which the signature leaves out " +
			"as the vendor's clients do; they send none"
		d.fixes["host_without_port"] = "Send the host without its port."
		return d.finding([]string{"host_without_port"}, false, m)
	}
	if len(causes) == 0 && d.answer.kind != noAnswer {
		right := "the signature is right for the configured secret"
		if d.token {
			right = "the credential is the configured one"
		}
		d.details["unexplained"] = right + ", and the " + d.answer.by() + " refused it: nothing that is known explains that"
		if condition := d.provided(); condition != "" {
			d.details["unexplained"] = right + ", and in time " + condition +
				": nothing else that is known explains the refusal"
		}
		if d.hint != "" {
			d.details["unexplained"] += "; " + d.hint
		}
		return d.finding([]string{"unexplained"}, false, m)
	}
	return d.finding(causes, sure || len(causes) == 0, m)
}

// unsignedPort reports whether the host was sent with a port that the vendor's signature leaves out.
func (d *diagnosis) unsignedPort() bool {
	return d.program != nil && wire.WithoutPort(d.Request.Host) != d.Request.Host &&
		slices.ContainsFunc(d.program.operations, func(line string) bool { return strings.Contains(line, "[[host|without_port") })
}

// blamed are the causes that the vendor's own words name, and whether they are sure. They are sure
// where the answer leaves no doubt about a right, or says that a nonce was used before.
func (d *diagnosis) blamed() (causes []string, sure bool) {
	switch d.answer.kind {
	case rights:
		return []string{d.answer.cause}, d.answer.sure
	case badID:
		return d.unknownID(), false
	case badDate, badDateForm, noCredential, replayed:
		return []string{d.complaint()}, d.answer.kind == replayed
	}
	return nil, false
}

// guessed are reasons for the refusal of a right signature that only the vendor's documents give. They
// are likely, but never sure.
var guessed = []string{"params_not_alphabetical", "wants_decoded_query", "expiry_out_of_range"}

// complaint is the cause that the vendor's words name although nothing is wrong with what was sent,
// with a sentence that says so.
func (d *diagnosis) complaint() string {
	cause := cmp.Or(d.answer.cause, complaints[d.answer.kind].cause)
	d.details[cause] = cmp.Or(d.answer.detail, complaints[d.answer.kind].says)
	if d.matched && d.answer.kind == badDate && !d.clock.weak {
		d.details[cause] += ", although it is right by the clock that is known here"
	}
	return cause
}

// complaints are these causes by the kind of the answer.
var complaints = map[answerKind]struct{ cause, says string }{
	badDate:      {"clock_off", "the vendor says that the date is out of its range"},
	badDateForm:  {"date_not_sent", "the vendor received no readable date, although one was sent: something on the way removed or changed it"},
	noCredential: {"header_not_sent", "the vendor received no credential, although one was sent: something on the way removed it"},
	replayed:     {"replayed_nonce", "the vendor says that the nonce was used before"},
}

// unknownID is why a vendor does not know the public part of the credential. Some answer the same for
// an integration key of another application type, so both are named there; which comes first depends on
// whether the key is the configured one.
func (d *diagnosis) unknownID() []string {
	configured := "the vendor does not know the public part of the credential"
	if d.idKnown {
		configured += ", although it is the configured one"
	}
	d.details["wrong_id"] = cmp.Or(d.answer.detail, configured)
	switch {
	case d.answer.cause != "":
		return []string{d.answer.cause}
	case !d.profile.KeyTyped:
		return []string{"wrong_id"}
	}
	d.details["wrong_key_type"] = "the integration key belongs to an application of another type than this API needs"
	d.details["wrong_id"] = "the vendor does not know the integration key at this host"
	if !d.idKnown {
		return []string{"wrong_id", "wrong_key_type"}
	}
	return []string{"wrong_key_type", "wrong_id"}
}

// unclearCause is why a right signature is refused without a reason, and whether that is sure: a nonce
// that comes again, a missing right at vendors that hide it behind the same answer, or what the reader
// noted.
func (d *diagnosis) unclearCause() (cause string, sure bool) {
	switch {
	case d.memory.replayed(d):
		return "replayed_nonce", true
	case d.answer.own:
		d.details["wrong_id"] = "the signature is right for the configured secret, and the gateway says no more than that no app signed the " +
			"request: it has no app with this key, or another secret for it"
		d.fixes["wrong_id"] = "See the gateway's log, which names the reason; the key may be one of another gateway."
		return "wrong_id", false
	case d.profile.Limited && !d.token:
		return "not_permitted", false
	case d.profile.Refused != "":
		return d.profile.Refused, false
	}
	return d.refused, d.refused != "" && !slices.Contains(guessed, d.refused)
}

// visible answers without the secret, where nothing that can be seen is wrong: by the vendor's words, a
// suspicion, or an expiry in the configuration. Nothing of that is proved.
func (d *diagnosis) visible() *Finding {
	causes, _ := d.blamed()
	switch {
	case d.answer.kind != noAnswer && !(d.answer.bare && d.suspicion != ""):
	case d.suspicion != "":
		causes = []string{d.suspect()}
	case d.expired:
		causes = []string{"key_expired"}
	}
	if cause := d.answer.cause; d.program != nil && (cause == "not_permitted" || cause == "request_rejected") && d.answer.detail == "" {
		by := "vendor"
		if d.answer.bare {
			by = "status"
		}
		d.details[cause] = rightAside(causeByID[cause].Says) + ", as far as the " + by + " says; " +
			"without the secret the credential cannot be checked"
	}
	return d.finding(causes, false, nil)
}

// rightAside is what a cause of class K says, without that the signature is right: where it could not
// be made again, that is not known.
func rightAside(says string) string { return strings.TrimPrefix(says, "the signature is right, but ") }

// uncoveredForm is why a request of version 2 may be refused with a signature that is right: it covers the
// parameters of a query or a form, and nothing else. Empty: there is no such reason.
func (d *diagnosis) uncoveredForm() string {
	if version, _ := d.version(); version != "2" {
		return ""
	}
	_, query, _ := strings.Cut(d.Request.Target, "?")
	form := hasForm(d.Request.Method)
	switch {
	case form && query != "":
		d.details["query_sent_not_signed"] = "version 2 does not sign the query of a " + strings.ToUpper(d.Request.Method) + ", and one was sent"
		return "query_sent_not_signed"
	case form && d.formUnnamed():
		return "content_type"
	case form && len(d.Request.Body) > 0 && !isForm(d.Request.Header):
		d.details["wrong_signature_version"] = "version 2 signs no body but a form, and another one was sent"
		return "wrong_signature_version"
	case !form && len(d.Request.Body) > 0:
		return "body_not_signed"
	case strings.HasPrefix(d.Request.Target, "/admin/v2/") || strings.HasPrefix(d.Request.Target, "/admin/v3/"):
		d.hint = d.profile.Title + " documents signature version 5 for such endpoints, though products call some of them with version 2"
	}
	return ""
}

// formUnnamed reports whether a form was sent under another Content-Type than a form's, and words it:
// the vendor reads no parameters from anything else.
func (d *diagnosis) formUnnamed() bool {
	body := strings.TrimSpace(string(d.Request.Body))
	kind := strings.TrimSpace(d.Request.Header.Get("Content-Type"))
	parts := strings.HasPrefix(body, "--") || strings.HasPrefix(strings.ToLower(kind), "multipart/")
	switch {
	case body == "" || isForm(d.Request.Header):
		return false
	case parts:
		d.details["content_type"] = "the body was sent in parts (multipart), and " + d.profile.Title +
			" reads and signs the parameters of a form only"
	case strings.ContainsAny(body[:1], "{[<\"") || strings.ContainsAny(body, "\n") || !strings.Contains(body, "="):
		return false
	default:
		sent := "without a Content-Type"
		if kind != "" {
			sent = "with Content-Type: " + plain(kind)
		}
		d.details["content_type"] = "a form was sent " + sent + ", and " + d.profile.Title + " reads parameters only with a form's Content-Type"
	}
	return true
}
