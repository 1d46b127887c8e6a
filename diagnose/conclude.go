package diagnose

import (
	"slices"
)

// conclude looks for the signature, weighs what was found with what the vendor says, and answers.
func (d *diagnosis) conclude() *Finding {
	if len(d.frames) > 0 && !d.token {
		f := d.frames[0]
		texts := make([]string, len(f.slots))
		for i, s := range f.slots {
			texts[i] = s.right()
		}
		d.right = f.parts(texts, &f.layouts[0])
	}
	m := d.reproduce()
	if d.answer.kind == accepted {
		return d.finding(nil, m != nil && len(m.causes) == 0, m)
	}
	causes := d.found(m)
	if len(causes) == 0 && d.padded != "" && d.answer.kind != rights {
		d.details["secret_whitespace"] = "white space surrounds the value of " + d.padded
		causes = append(causes, "secret_whitespace")
	}
	if len(causes) > 0 {
		return d.finding(causes, m != nil || d.sure || d.secret != "" && slices.Contains(certain, causes[0]), m)
	}
	switch {
	case m != nil:
		return d.rightBut(m)
	case d.secret == "" && d.answer.kind != badSignature && d.answer.kind != unclear:
		return d.visible()
	default:
		return d.unreproduced()
	}
}

// certain are causes that are facts by themselves, whatever else may be wrong.
var certain = []string{"header_not_sent", "date_not_sent", "secret_sent", "ids_swapped", "wrong_scheme", "wrong_id", "standard_for_advanced"}

// reproduce looks for the given signature; the wrong ways are only made up if the right one does not lead to it.
func (d *diagnosis) reproduce() *match {
	if d.stuck || len(d.wants) == 0 || len(d.frames) == 0 {
		d.sure = d.sure || d.stuck && d.secret != ""
		return nil
	}
	m := search(d.frames, 0, d.wants, d.budget)
	d.matched = m != nil && len(m.causes) == 0
	if d.matched || d.answer.kind == accepted {
		return m
	}
	first := m
	if m == nil && d.later != nil {
		d.later()
		if m = search(d.frames, 1, d.wants, d.budget); m == nil {
			for _, guess := range d.last {
				guess()
			}
			m = d.frames[0].searchAlone(d.wants, d.budget)
		}
		if m == nil {
			m = search(d.frames, 2, d.wants, d.budget)
		}
	}
	if m == nil {
		m = first
	}
	if m != nil {
		d.parameters(m)
	}
	if m != nil && m.note != "" && len(m.causes) > 0 {
		d.details[m.causes[0]] = m.note
	}
	return m
}

// found puts together what was proved and what can be seen. What the vendor complains about comes first.
func (d *diagnosis) found(m *match) []string {
	var causes []string
	add := func(id string) {
		if id != "" && !slices.Contains(causes, id) {
			causes = append(causes, id)
		}
	}
	if m != nil {
		for _, c := range m.causes {
			add(c)
		}
	}
	for _, f := range d.facts {
		add(f)
	}
	causes = d.merge(causes)
	if clock := d.clockCause(); clock != "" && d.clockCounts(clock, m, len(causes) > 0) {
		if clock == "clock_off" && d.memory.again(d) {
			clock = "signature_reused"
			d.details[clock] = "the vendor took this very request before: it was sent again, with its old date and signature"
		}
		add(clock)
	}
	slices.SortStableFunc(causes, func(a, b string) int { return d.rank(a) - d.rank(b) })
	return causes
}

// merge leaves out the second side of a mistake that shows on two: parameters that moved between query and body.
func (d *diagnosis) merge(causes []string) []string {
	without := func(ids ...string) {
		causes = slices.DeleteFunc(causes, func(c string) bool { return slices.Contains(ids, c) })
	}
	switch {
	case slices.Contains(causes, "params_misplaced"):
		without("query_sent_not_signed", "body_not_signed", "body_signed_not_sent")
	case slices.Contains(causes, "query_signed_not_sent") && slices.Contains(causes, "body_not_signed") && !hasForm(d.Request.Method):
		without("body_not_signed")
		d.details["query_signed_not_sent"] = "parameters were signed as the query but sent in the body"
	case slices.Contains(causes, "date_overridden"):
		without("date_changed")
	}
	return causes
}

// clockCounts tells whether a date that is off is worth a word. The vendor's own reason counts more, and a request
// that was captured long before the question was not late when it was sent.
func (d *diagnosis) clockCounts(clock string, m *match, others bool) bool {
	if clock != "clock_off" && clock != "local_time" || d.stamp.cause != "" {
		return true
	}
	if d.answer.kind == badDate || d.answer.kind == badDateForm {
		return true
	}
	switch d.answer.kind {
	case rights, replayed:
		return false
	case badID, noCredential:
		return others
	}
	if d.remote() {
		return !others && m != nil
	}
	return true
}

// rank brings the causes first that fit the vendor's answer.
func (d *diagnosis) rank(id string) int {
	class := ClassOf(id)
	date := class == "E" || id == "date_not_sent" || id == "date_changed"
	switch d.answer.kind {
	case badDate, badDateForm:
		if date {
			return 0
		}
		return 1
	case badID:
		if id == "wrong_id" || id == "ids_swapped" || id == "id_whitespace" {
			return 0
		}
		return 1
	}
	if class == "E" && id != "seconds_for_milliseconds" && id != "milliseconds_for_seconds" {
		return 1
	}
	return 0
}

// rightBut answers for a signature that is right, in time, and may be refused all the same.
func (d *diagnosis) rightBut(m *match) *Finding {
	cause := ""
	switch d.answer.kind {
	case noAnswer:
		if d.expired {
			cause = "key_expired"
		}
	case rights:
		cause = d.answer.cause
	case badID:
		if cause = d.answer.cause; cause == "" {
			cause = "wrong_id"
			d.details[cause] = "the vendor does not know the public part of the credential, although it is the configured one"
		}
	case badDate:
		cause = "clock_off"
		d.details[cause] = "the vendor says that the date is out of its range, although it is right by the clock that is known here"
	case badDateForm:
		cause = "date_not_sent"
		d.details[cause] = "the vendor received no readable date, although one was sent: something on the way removed or changed it"
	case noCredential:
		cause = "header_not_sent"
		d.details[cause] = "the vendor received no credential, although one was sent: something on the way removed it"
	case replayed:
		cause = "replayed_nonce"
	case badSignature:
		if cause = d.refused; cause == "" && !d.contentLength() {
			cause = "body_length"
		}
	case unclear:
		cause = d.unclearCause()
	}
	if cause == "" && d.answer.kind != noAnswer {
		d.details["unexplained"] = "the signature is right for the configured secret, and the vendor refused it: nothing that is known explains that"
		return d.finding([]string{"unexplained"}, false, m)
	}
	if cause == "" {
		return d.finding(nil, true, m)
	}
	class := ClassOf(cause)
	return d.finding([]string{cause}, class == "K" || class == "I" || d.refused == cause, m)
}

// unclearCause is why a right signature is refused without a reason.
func (d *diagnosis) unclearCause() string {
	switch {
	case d.memory.replayed(d):
		return "replayed_nonce"
	case d.Signer == "cortex", d.Signer == "threatconnect" && d.token:
		return "key_expired"
	case d.Signer == "threatconnect":
		return "not_permitted"
	case d.Signer == "carbonblack":
		return "wrong_key_type"
	}
	return d.refused
}

// visible answers without the secret, where nothing that can be seen is wrong.
func (d *diagnosis) visible() *Finding {
	cause := ""
	switch d.answer.kind {
	case rights:
		cause = d.answer.cause
	case badDate:
		cause = "clock_off"
		d.details[cause] = "the vendor says that the date is out of its range"
	case badDateForm:
		cause = "date_not_sent"
		d.details[cause] = "the vendor received no readable date: something on the way removed or changed it"
	case badID:
		cause = "wrong_id"
		d.details[cause] = "the vendor does not know the public part of the credential"
		if d.answer.cause != "" {
			cause = d.answer.cause
		}
	case noCredential:
		cause = "header_not_sent"
		d.details[cause] = "the vendor received no credential, although one was sent: something on the way removed it"
	case replayed:
		cause = "replayed_nonce"
	case noAnswer:
		if d.suspicion != "" {
			cause = d.suspect()
		} else if d.expired {
			cause = "key_expired"
		}
	}
	if cause == "" {
		return d.finding(nil, false, nil)
	}
	return d.finding([]string{cause}, false, nil)
}

// unreproduced answers where no known mistake leads to the given signature, or the secret is missing and the vendor
// says that the signature is wrong.
func (d *diagnosis) unreproduced() *Finding {
	cause := ""
	switch {
	case d.secret != "" && d.token:
		cause = "wrong_secret"
		return d.finding([]string{cause}, true, nil)
	case d.answer.kind == rights && d.answer.cause != "request_rejected" && d.answer.cause != "not_permitted" && d.answer.cause != "endpoint_unknown":
		cause = d.answer.cause
	case d.answer.kind == badDate, d.answer.kind == badDateForm, d.answer.kind == badID && d.answer.cause == "", d.answer.kind == noCredential, d.answer.kind == replayed:
		return d.visible()
	case d.secret != "" && d.memory.reused(d):
		return d.finding([]string{"signature_reused"}, true, nil)
	case d.suspicion != "":
		cause = d.suspect()
	case d.secret == "" && d.refused != "":
		cause = d.refused
	}
	if cause != "" {
		return d.finding([]string{cause}, false, nil)
	}
	d.details["unexplained"] = "the signature is not the right one, and no known mistake leads to it: the secret may be another one, or something was signed that was not sent"
	if d.secret == "" {
		d.details["unexplained"] = "the vendor refused the request, nothing that can be seen is wrong, and without the secret the signature cannot be checked"
	}
	return d.finding([]string{"unexplained"}, false, nil)
}
