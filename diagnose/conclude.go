package diagnose

import (
	"maps"
	"slices"
	"strings"

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

// asSent makes the signature for what was sent, without any mistake, and notes in matched whether it is
// the given one. nil also where there is nothing to compare.
func (d *diagnosis) asSent() *match {
	if d.stuck || len(d.wants) == 0 || len(d.frames) == 0 {
		return nil
	}
	m := search(d.frames, 0, d.wants, d.budget)
	d.matched = m != nil && len(m.causes) == 0
	return m
}

// has reports whether a match has a cause. A nil match has none.
func (m *match) has(cause string) bool { return m != nil && slices.Contains(m.causes, cause) }

// reproduce looks for the given signature; wrong ways are only generated if the right one does not lead
// to it. It tries one mistake, then guesses and what is too rare to be one of two, then two mistakes,
// and for presets a changed operation with a frequent mistake. nil: none of them leads to it.
func (d *diagnosis) reproduce() *match {
	if d.stuck || len(d.wants) == 0 || len(d.frames) == 0 {
		// With the secret at hand and no signature to compare, what can be seen needs no guess.
		d.sure = d.sure || d.stuck && d.secret != ""
		return nil
	}
	m := d.asSent()
	if d.matched || d.answer.kind == accepted {
		return m
	}
	if m == nil && d.later != nil {
		d.signUntrimmed()
		d.later()
		if m = search(d.frames, 1, d.wants, d.budget); m == nil {
			for _, guess := range d.last {
				guess()
			}
			m = d.frames[0].among(d.frames[0].singles(rare, alone), d.wants, d.budget) // guesses, mostly, of which some are rare
		}
		if m == nil {
			m = search(d.frames, 2, d.wants, d.budget)
		}
		if m == nil && d.program != nil {
			// A budget of its own: pairs may have used up the other one, and each sum here runs a program.
			m = d.frames[0].mixed(d.wants, &budget{sums: 15_000, bytes: 16 << 20})
		}
	}
	if m == nil {
		return nil
	}
	d.parameters(m)
	if m.note != "" && len(m.causes) > 0 {
		d.details[m.causes[0]] = m.note
	}
	maps.Copy(d.details, m.says)
	if m.has("local_time") {
		d.signedInZone()
	}
	d.keyForID(m)
	return m
}

// found combines what was proved and what is visible. What the vendor complains about comes first. The
// order of the result decides the class of the finding and the order of its sentences.
func (d *diagnosis) found(m *match) []string {
	found := new(match)
	if m != nil {
		found.add(m.causes...)
	}
	found.add(d.facts...)
	d.judgeSecretForID(m, found)
	found.causes = d.merge(found.causes)
	if clock := d.clockCause(); clock != "" && d.clockCounts(clock, len(found.causes) > 0) {
		if d.stamp.cause != clock && d.memory.again(d) {
			// An old date and a known signature are one thing: a request that was kept and sent again.
			clock = "signature_reused"
			d.details[clock] = "the vendor took this very request before: it was sent again, with its old date and signature"
		}
		found.add(clock)
	} else if d.answer.kind == badDate && d.clock.weak && len(found.causes) > 0 && !slices.ContainsFunc(found.causes, dated) {
		d.details["clock_off"] = "the vendor says that the date is out of its range"
		found.add("clock_off")
	}
	if d.profile.KeyTyped && d.answer.kind == badID && d.idKnown && len(found.causes) > 0 { // the vendor checks that before the signature
		found.causes = append(d.unknownID(), found.causes...)
	}
	slices.SortStableFunc(found.causes, func(a, b string) int { return d.rank(a) - d.rank(b) })
	return found.causes
}

// merge leaves out the second side of a mistake that shows on two: parameters that moved from
// the query to the body are not sent in the one and not signed in the other, and the client has to change
// one thing.
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
	if slices.Contains(causes, "host_without_api") { // the host differs by that
		without("host_differs")
	}
	return causes
}

// clockCounts reports whether a date that is off is worth mentioning. A vendor that refuses for want of
// a right, or because of a nonce, has accepted the date, unless the status alone says so. others says
// that other causes were found: then a date that is off is worth a sentence even where the vendor
// complains about the ID.
func (d *diagnosis) clockCounts(clock string, others bool) bool {
	switch d.answer.kind {
	case rights:
		return d.answer.bare
	case replayed:
		return false
	case badID, noCredential:
		return others || clock != "clock_off" && clock != "local_time"
	}
	return true
}

// rank brings the causes first that fit the vendor's answer; lower is first. An exposed secret comes
// before everything. A date that is off comes last if the vendor does not complain about it.
// A number in the wrong unit is no such case: it is written wrongly, whatever the clock says.
func (d *diagnosis) rank(id string) int {
	if id == "secret_sent" {
		return -1
	}
	class := ClassOf(id)
	switch d.answer.kind {
	case badDate, badDateForm:
		if dated(id) {
			return 0
		}
		return 1
	case badID:
		if id == "wrong_key_type" || id == "wrong_id" || id == "ids_swapped" || id == "id_whitespace" ||
			strings.HasPrefix(id, "session_token_") {
			return 0
		}
		return 1
	}
	if class == "E" && id != "seconds_for_milliseconds" && id != "milliseconds_for_seconds" {
		return 1
	}
	return 0
}

// dated reports whether a cause is about the date, in class E or as a signed header.
func dated(id string) bool {
	return ClassOf(id) == "E" || id == "date_not_sent" || id == "date_changed"
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
		"the secret may be another one, or something was signed that was not sent"
	if d.unsigned != "" {
		d.details["unexplained"] += "; " + d.unsigned
	}
	if d.answer.bare {
		d.details["unexplained"] += "; whether a right is missing, too, the status alone does not say"
	}
	if d.secret == "" {
		d.details["unexplained"] = "the vendor refused the request, nothing that can be seen is wrong, " +
			"and without the secret the signature cannot be checked"
		if slices.Contains(guessed, d.refused) {
			d.details["unexplained"] += "; if it is right, " + causeByID[d.refused].Says
		}
	}
	return d.finding([]string{"unexplained"}, false, nil)
}
