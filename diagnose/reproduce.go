package diagnose

import (
	"maps"
	"slices"
	"strings"
)

// asSent makes the signature for what was sent, without any mistake, and notes in matched whether it is
// the given one. nil also where there is nothing to compare.
func (d *diagnosis) asSent() *match {
	if d.stuck || len(d.wants) == 0 || len(d.frames) == 0 {
		return nil
	}
	m := search(d.frames, 0, d.wants, d.budget)
	d.matched = m != nil && len(m.causes) == 0
	d.differs = m == nil && d.secret != "" && d.signature != ""
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
