package diagnose

import (
	"slices"
	"strings"
)

// duoSource are the parameters that a version signs: those of the query, or with version 2 of the form.
func (d *diagnosis) duoSource(version string) []param {
	_, query, _ := strings.Cut(d.Request.Target, "?")
	if version != "4" && version != "5" && hasForm(d.Request.Method) {
		query = string(d.Request.Body)
	}
	if len(query) > manyWays {
		return nil
	}
	return splitParams(query)
}

func (d *diagnosis) duoParams(version string) string {
	var items []item
	for _, p := range d.duoSource(version) {
		items = append(items, item{p, rfc3986.pair(p)})
	}
	if version == "3" && hasForm(d.Request.Method) {
		return string(d.Request.Body)
	}
	return joinItems(byEncoded(items))
}

// fillDuoParams adds the ways in which clients get the parameters wrong.
func (d *diagnosis) fillDuoParams(s *slot, version string) {
	params := d.duoSource(version)
	_, query, _ := strings.Cut(d.Request.Target, "?")
	if len(params) > 64 {
		s.wrong("query_sent_not_signed", frequent, "")
		s.wrong("params_unsorted", frequent, joinRaw(params))
		return
	}
	sets := append([]paramSet{{params: params}}, subsets(params)...)
	fromBody := hasForm(d.Request.Method) && version != "4" && version != "5"
	if fromBody {
		for i := range sets[1:] {
			if sets[1+i].cause = "form_params_changed"; len(sets[1+i].params) == 0 {
				sets[1+i].cause = "body_not_signed"
			}
		}
	}
	for _, other := range paddedParams(params) {
		changed := "query_encoding"
		if fromBody {
			changed = "form_params_changed"
		}
		sets = append(sets, paramSet{other, changed, usual})
	}
	form := splitParams(string(d.Request.Body))
	inBody := hasForm(d.Request.Method)
	switch {
	case len(d.Request.Body) > manyWays:
	case inBody && version == "2" || version == "3" || version == "1":
		if jp := jsonParams(d.Request.Body); len(jp) > 0 {
			sets = append(sets, paramSet{jp, "body_json_for_form", frequent})
		}
		if mp := partParams(d.Request.Body); len(mp) > 0 {
			sets = append(sets, paramSet{mp, "content_type", frequent})
		}
		if q := splitParams(query); len(q) > 0 && inBody {
			sets = append(sets, paramSet{q, "params_misplaced", frequent}, paramSet{append(slices.Clone(q), params...), "query_signed_beside_body", frequent})
		}
	case inBody && isForm(d.Request.Header):
		sets = append(sets, paramSet{form, "params_misplaced", frequent})
	case inBody:
		if jp := jsonParams(d.Request.Body); len(jp) > 0 {
			sets = append(sets, paramSet{jp, "params_misplaced", frequent})
		}
	}
	cause := "query_signed_not_sent"
	if fromBody {
		cause = "form_params_changed"
		if len(params) == 0 {
			cause = "body_signed_not_sent"
		}
	}
	for _, u := range d.unsent(query) {
		more := splitParams(u.text)
		sets = append(sets, paramSet{append(slices.Clone(params), more...), cause, u.tier})
		if len(params) > 0 && u.tier < alone {
			sets = append(sets, paramSet{more, cause, u.tier})
		}
	}
	d.last = append(d.last, func() {
		for _, g := range d.guesses() {
			var items []item
			for _, p := range append(slices.Clone(params), splitParams(g.text)...) {
				items = append(items, item{p, rfc3986.pair(p)})
			}
			s.wrong(cause, g.tier, joinItems(byEncoded(items)))
		}
	})
	for _, left := range leftOvers(params) {
		sets = append(sets, paramSet{left, "signature_reused", alone})
	}
	sp := space{sets: sets, encodings: encodings(params, rfc3986.pair), orders: orders(byEncoded, "params_unsorted", "params_sorted_wrongly", len(params))}
	sp.fill(s)
	for _, t := range variableQueries(params) {
		s.wrong("variable_unexpanded", alone, t)
	}
	for _, t := range listTexts(params, rfc3986.escape) {
		s.wrong("list_as_text", usual, t)
	}
	if len(params) > 0 {
		s.wrong("query_encoding", usual, "?"+s.right(), query, "?"+query)
	}
	if inBody && len(d.Request.Body) > 0 && len(d.Request.Body) <= manyWays {
		s.wrong("params_misplaced", usual, string(d.Request.Body))
	}
}

// paddedParams are parameters whose values lost the white space at their ends, or had some more at the last.
func paddedParams(params []param) [][]param {
	if len(params) == 0 {
		return nil
	}
	var all [][]param
	trimmed, changed := slices.Clone(params), false
	for i, p := range trimmed {
		if value := strings.TrimSpace(p.value); value != p.value {
			trimmed[i], changed = newParam(p.key, value), true
		}
	}
	if changed {
		all = append(all, trimmed)
	}
	for _, end := range []string{" ", "\n", "\r\n"} {
		longer := slices.Clone(params)
		last := &longer[len(longer)-1]
		*last = newParam(last.key, last.value+end)
		all = append(all, longer)
	}
	return all
}
