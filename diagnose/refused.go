package diagnose

import "slices"

// rightBut answers for a signature that is right, in time, and may be refused all the same.
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
		}
	case unclear:
		var cause string
		if cause, sure = d.unclearCause(); cause != "" {
			causes = []string{cause}
		}
	}
	if len(causes) == 0 && d.answer.kind != noAnswer {
		d.details["unexplained"] = "the signature is right for the configured secret, and the vendor refused it: " +
			"nothing that is known explains that"
		if condition := d.provided(); condition != "" {
			d.details["unexplained"] = "the signature is right for the configured secret, and in time " + condition +
				": nothing else that is known explains the refusal"
		}
		if d.hint != "" {
			d.details["unexplained"] += "; " + d.hint
		}
		return d.finding([]string{"unexplained"}, false, m)
	}
	return d.finding(causes, sure || len(causes) == 0, m)
}

// blamed are the causes that the vendor's own words name, and whether they are sure.
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

// guessed are reasons for the refusal of a right signature that only the vendor's documents give.
var guessed = []string{"params_not_alphabetical", "wants_decoded_query"}

// complaint is the cause that the vendor's words name although nothing is wrong with what was sent.
func (d *diagnosis) complaint() string {
	cause := complaints[d.answer.kind].cause
	d.details[cause] = complaints[d.answer.kind].says
	if d.matched && d.answer.kind == badDate && !d.clock.weak {
		d.details[cause] += ", although it is right by the clock that is known here"
	}
	return cause
}

var complaints = map[answerKind]struct{ cause, says string }{
	badDate:      {"clock_off", "the vendor says that the date is out of its range"},
	badDateForm:  {"date_not_sent", "the vendor received no readable date, although one was sent: something on the way removed or changed it"},
	noCredential: {"header_not_sent", "the vendor received no credential, although one was sent: something on the way removed it"},
	replayed:     {"replayed_nonce", "the vendor says that the nonce was used before"},
}

// unknownID is why a vendor does not know the public part of the credential.
func (d *diagnosis) unknownID() []string {
	configured := "the vendor does not know the public part of the credential"
	if d.idKnown {
		configured += ", although it is the configured one"
	}
	d.details["wrong_id"] = configured
	switch {
	case d.answer.cause != "":
		return []string{d.answer.cause}
	case !d.profile.KeyTyped:
		return []string{"wrong_id"}
	}
	d.details["wrong_key_type"] = "the integration key is that of an application of another type than this API's"
	d.details["wrong_id"] = "the vendor does not know the integration key at this host"
	if !d.idKnown {
		return []string{"wrong_id", "wrong_key_type"}
	}
	return []string{"wrong_key_type", "wrong_id"}
}

// unclearCause is why a right signature is refused without a reason, and whether that is sure.
func (d *diagnosis) unclearCause() (cause string, sure bool) {
	switch {
	case d.memory.replayed(d):
		return "replayed_nonce", true
	case d.profile.Limited && !d.token:
		return "not_permitted", false
	case d.profile.Refused != "":
		return d.profile.Refused, false
	}
	return d.refused, d.refused != "" && !slices.Contains(guessed, d.refused)
}

// visible answers without the secret, where nothing that can be seen is wrong.
func (d *diagnosis) visible() *Finding {
	causes, _ := d.blamed()
	switch {
	case d.answer.kind != noAnswer:
	case d.suspicion != "":
		causes = []string{d.suspect()}
	case d.expired:
		causes = []string{"key_expired"}
	}
	return d.finding(causes, false, nil)
}
