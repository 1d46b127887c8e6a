package diagnose

import (
	"html"
	"strings"
)

// fillQuery adds to the query of a vendor that signs it as it is sent, question mark included, the ways to get it wrong.
func (d *diagnosis) fillQuery(s *slot) {
	_, query, has := strings.Cut(d.Request.Target, "?")
	right := ""
	if has {
		right = "?" + query
		s.wrong("query_encoding", frequent, right) // where it is decoded
	}
	d.guessQueries(s, query)
	d.fillSentQuery(s, right, query, has)
	switch body := string(d.Request.Body); {
	case coversBody(d.signer):
		d.fillBody(s)
	case len(body) > 0 && len(body) < 4096:
		s.wrong("params_misplaced", usual, "?"+body)
	}
}

func (d *diagnosis) fillSentQuery(s *slot, right, query string, has bool) {
	params := splitParams(query)
	raw := func(p param) string { return p.raw }
	if !has {
		s.wrong("question_mark", frequent, "?")
	} else if query == "" {
		s.wrong("question_mark", frequent, "")
	}
	if len(params) > 0 && len(params) <= 64 {
		// Parameters that are written with empty pairs between them are first taken together.
		s.wrong("query_encoding", usual, "?"+joinRaw(params))
		// The order is not one that the vendor asks for: whatever was signed, it was not the one that was sent.
		space := space{
			sets:      append([]paramSet{{params: params}}, subsets(params)...),
			encodings: encodings(params, raw),
			orders:    orders(asSent, "params_order_changed", "params_order_changed", len(params)),
			prefix:    "?",
		}
		space.fill(s)
		s.wrong("query_sent_not_signed", usual, "?")
		for _, t := range variableQueries(params) {
			s.wrong("variable_unexpanded", alone, "?"+t)
		}
		for _, t := range listTexts(params, rfc3986.escape) {
			s.wrong("list_as_text", usual, "?"+t, "?"+strings.ReplaceAll(t, "%20", "+"))
		}
		s.wrong("query_encoding", usual, "?"+html.EscapeString(query), "?"+html.UnescapeString(query), "?"+rfc3986.escape(query), query,
			"&"+query, "/?"+query,
			"?"+strings.ReplaceAll(query, "&", ";"), "?"+strings.ReplaceAll(query, ";", "&"))
		s.wrong("query_encoding", usual, "?"+query+"&", "?&"+query)
		for _, left := range leftOvers(params) {
			s.wrong("signature_reused", alone, "?"+joinRaw(left))
		}
	} else if len(params) > 64 {
		s.wrong("query_sent_not_signed", frequent, "")
		s.wrong("query_decoded", frequent, "?"+unescape(query, true), "?"+unescape(query, false))
		s.wrong("params_order_changed", frequent, "?"+sortQueryStable(query))
	}
	s.wrong("query_signed_not_sent", frequent, right+"?null")
	for _, u := range d.unsent(query) {
		for i, t := range extended(query, u.text) {
			tier := u.tier
			if i > 1 {
				tier = max(tier, rare)
			}
			s.wrong("query_signed_not_sent", tier, "?"+t)
		}
	}
}

// guessQueries adds what is usual with the vendor to the slot of the query.
func (d *diagnosis) guessQueries(s *slot, query string) {
	d.last = append(d.last, func() {
		for _, g := range d.guesses() {
			for i, t := range extended(query, g.text) {
				tier := g.tier
				if i > 1 {
					tier = alone
				}
				s.wrong("query_signed_not_sent", tier, "?"+t)
			}
		}
	})
}

// extended is a query with more parameters: behind, in order, or before.
func extended(query, more string) []string {
	if query == "" {
		return []string{more}
	}
	all := []string{query + "&" + more, sortQueryStable(query + "&" + more), more + "&" + query}
	params := splitParams(query)
	for i := 1; i < len(params) && len(params) < 8; i++ {
		all = append(all, joinRaw(params[:i])+"&"+more+"&"+joinRaw(params[i:]))
	}
	return all
}
