package diagnose

import (
	"slices"
	"strings"
)

// fillQuery adds to the query of a vendor that signs it as it is sent, question mark included, the ways
// to get it wrong. Its slot is glued to the path: the text of the slot is "?a=1", or empty where no
// query was sent.
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

// fillSentQuery adds the ways to get wrong what was sent: the question mark, which parameters, their
// order and encoding, variables in them, and lists. right is the text of the slot, query the same
// without the question mark, and has says that there is a question mark. More than 64 parameters are
// too many for pairs of mistakes; then the whole query is changed at once.
func (d *diagnosis) fillSentQuery(s *slot, right, query string, has bool) {
	params := splitParams(query)
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
			sets:      subsets(params),
			encodings: encodings(params, func(p param) string { return p.raw }),
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
		for _, c := range d.changes("sent query") {
			s.wrong(c.cause, c.tier, c.apply(right))
		}
		s.wrong("query_encoding", usual, "?"+rfc3986.escape(query))
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
		s.extend(query, u, max(u.tier, rare))
	}
}

// guessQueries adds what is usual with the vendor, after everything else.
func (d *diagnosis) guessQueries(s *slot, query string) {
	d.last = append(d.last, func() {
		for _, g := range d.guesses() {
			s.extend(query, g, alone)
		}
	})
}

// extend adds a query with more parameters: behind or in order, and, which is less common, before or
// between. elsewhere is the tier of the latter.
//
//	a=1, more b=2  ->  ?a=1&b=2 and ?b=2&a=1
func (s *slot) extend(query string, more guess, elsewhere int) {
	if query == "" {
		s.wrong("query_signed_not_sent", more.tier, "?"+more.text)
		return
	}
	s.wrong("query_signed_not_sent", more.tier, "?"+query+"&"+more.text, "?"+sortQueryStable(query+"&"+more.text))
	s.wrong("query_signed_not_sent", elsewhere, "?"+more.text+"&"+query)
	params := splitParams(query)
	for i := 1; i < len(params) && len(params) < 8; i++ {
		s.wrong("query_signed_not_sent", elsewhere, "?"+joinRaw(params[:i])+"&"+more.text+"&"+joinRaw(params[i:]))
	}
}

// signedInQuery reports whether the query has a signature and one of the names of its key, as in older versions of vendors' schemes.
func (d *diagnosis) signedInQuery(keys ...string) bool {
	signed, named := false, false
	_, query, _ := strings.Cut(d.Request.Target, "?")
	for _, p := range splitParams(query) {
		signed, named = signed || p.key == "Signature", named || slices.Contains(keys, p.key)
	}
	return signed && named
}
