package diagnose

import (
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// conclude looks for the signature, weighs what was found against what the vendor says, and answers.
// The order of its questions is the order of what counts:
//
//   - values that are not known here: then nothing can be judged
//   - a call that the vendor accepted: then nothing is wrong, whatever looks odd
//   - variables and placeholders in what was sent, which make everything behind them wrong as well
//   - causes that were proved or can be seen
//   - without any: a right signature that was refused (rightBut), nothing to see (visible), or nothing
//     that explains it (unreproduced)
func (d *diagnosis) conclude() *Finding {
	if d.answer.final {
		return d.finding([]string{d.answer.cause}, d.answer.sure && d.secret != "", nil)
	}
	if f := d.unknownValues(); f != nil {
		return f
	}
	d.right = d.rightText()
	m := d.reproduce()
	if d.answer.kind == accepted {
		return d.finding(nil, m != nil && len(m.causes) == 0, m)
	}
	if f := d.unexpanded(m); f != nil {
		return f
	}
	if f := d.unfilled(m); f != nil {
		return f
	}
	causes := d.found(m)
	if len(causes) == 0 && d.padded != "" && d.answer.kind != rights {
		causes = append(causes, d.paddedCause())
	}
	if len(causes) > 0 {
		return d.finding(causes, d.proves(causes[0], m), m)
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

// rightText is the text that the vendor reads from what was sent, in labelled parts. nil where nothing
// is signed, or where the reader could not set up a frame.
func (d *diagnosis) rightText() []signers.Part {
	if len(d.frames) == 0 || d.token {
		return nil
	}
	f := d.frames[0]
	texts := make([]string, len(f.slots))
	for i, s := range f.slots {
		texts[i] = s.right()
	}
	return f.parts(texts, &f.layouts[0])
}

// certain are causes that are facts, whatever else may be wrong. Other visible causes count as proved
// only if the signature was reproduced, too.
var certain = []string{"header_not_sent", "date_not_sent", "secret_sent", "ids_swapped", "wrong_scheme", "wrong_id",
	"standard_for_advanced"}

// proves reports whether the request proves the main cause: it led to the given signature, or is
// visible. The exceptions of the first case are causes that look certain and are not: without the
// secret nothing is; a key of the wrong type is what the vendor's answer suggests; the time of a
// question says nothing about a clock; a date that is a time zone off may be one of a late request or of
// a wrong clock, and a signature over such a date an earlier one (signedInZone), unless the date itself
// shows its offset; a length that was signed does not show in what the body differed; HTTP that was
// pasted without a Content-Length may have been sent with one; a log may leave headers out; and a date
// in an undocumented form may be accepted after all.
func (d *diagnosis) proves(cause string, m *match) bool {
	switch {
	case d.secret == "", cause == "wrong_key_type", d.clock.weak && (cause == "clock_off" || cause == "local_time") && !m.has(cause),
		cause == "local_time" && d.stamp.cause != cause, cause == "header_not_sent" && d.noLength,
		d.program != nil && d.program.lengthOnly && ClassOf(cause) == "B" && !slices.Contains(lengthShows, cause),
		d.Sanitised && (cause == "header_not_sent" || cause == "date_not_sent"),
		cause == "date_format" && d.profile.Odd != nil && d.answer.kind != badDate && d.answer.kind != badDateForm && !m.has(cause):
		return false
	}
	return m != nil || d.sure || slices.Contains(certain, cause)
}

// unreproduced answers where no known mistake leads to the given signature, or the secret is missing
// and the vendor says that the signature is wrong. Nothing of it is proved, except that a token that is
// sent as it is differs from the configured one, and that a signature belongs to an earlier request.
func (d *diagnosis) unreproduced() *Finding {
	cause := ""
	switch {
	case d.secret != "" && d.token:
		cause = "wrong_secret"
		return d.finding([]string{cause}, true, nil)
	case d.answer.kind == rights && d.answer.cause != "request_rejected" && d.answer.cause != "not_permitted" &&
		d.answer.cause != "endpoint_unknown":
		cause = d.answer.cause
	case d.program != nil && d.secret != "" && d.answer.kind == rights && !d.answer.bare:
		cause = d.answer.cause
		d.details[cause] = rightAside(causeByID[cause].Says) + ", as the vendor says; " +
			"but the signature is not the one that the configured secret makes"
	case d.answer.kind == badDate, d.answer.kind == badDateForm, d.answer.kind == badID && d.answer.cause == "",
		d.answer.kind == noCredential, d.answer.kind == replayed:
		return d.visible()
	case d.secret != "" && d.memory.reused(d):
		return d.finding([]string{"signature_reused"}, true, nil)
	case d.suspicion != "":
		cause = d.suspect()
	case d.secret == "" && d.refused != "" && !slices.Contains(guessed, d.refused):
		cause = d.refused
	}
	if cause != "" {
		return d.finding([]string{cause}, false, nil)
	}
	d.details["unexplained"] = "the signature is not the right one, and no known mistake leads to it: " +
		"the secret may differ, or something was signed that was not sent"
	if d.unsigned != "" {
		d.details["unexplained"] += "; " + d.unsigned
	}
	if d.answer.bare {
		d.details["unexplained"] += "; whether a right is missing, too, the status alone does not say"
	}
	if d.secret == "" {
		d.details["unexplained"] = "the vendor refused the request, nothing that can be seen is wrong, " +
			"and " + d.unchecked()
		if slices.Contains(guessed, d.refused) {
			d.details["unexplained"] += "; if it is right, " + causeByID[d.refused].Says
		}
	}
	return d.finding([]string{"unexplained"}, false, nil)
}

// unchecked says why there is no proof: no secret is configured, or one that nothing can be signed with.
func (d *diagnosis) unchecked() string {
	if fault := unusable(d.Signer, d.given); fault != "" {
		return "the signature cannot be checked with the secret that is given: " + fault
	}
	return "without the secret the signature cannot be checked"
}
