package diagnose

import "strings"

// encodings lists the ways to write parameters that differ for these, the right one first. right writes
// a parameter as the vendor wants it signed. Most encoders agree on most texts, so equal results are
// left out, and the list is short: for a=b it has the forms of a bare key only.
//
// The cause of a way is found by comparing its text with the right one where cause is empty: the same
// encoder makes a space_encoding of one query and a tilde_encoding of another.
func encodings(params []param, right func(param) string) []encoding {
	all := []encoding{{pair: right}}
	rightText := joinPairs(params, right)
	seen := map[string]bool{rightText: true}
	add := func(cause string, pair func(param) string) {
		t := joinPairs(params, pair)
		if seen[t] {
			return
		}
		seen[t] = true
		causes := []string{cause}
		if cause == "" || cause == "query_decoded" {
			// What decoding changes may be a single character that some encoders leave bare.
			if c := encodingCauses(rightText, t, "query_encoding"); cause == "" || len(c) == 1 && c[0] != "query_encoding" &&
				c[0] != "space_encoding" {
				causes = c
			}
		}
		tier := frequent
		if len(all) > 12 {
			tier = usual
		}
		all = append(all, encoding{pair, causes, tier})
	}
	// With an escaped percent sign in the right text, decoding once may be what the client sent encoded
	// twice.
	decoded := "query_decoded"
	if strings.Contains(rightText, "%25") {
		decoded = "query_double_encoded"
	}
	add("", func(p param) string { return escapesIn(right(p), strings.ToLower) })
	add("", func(p param) string { return escapesIn(right(p), strings.ToUpper) })
	add("", rfc3986.pair)
	add("", func(p param) string { return p.raw })
	add(decoded, param.plain)
	add(decoded, func(p param) string { return unescape(p.raw, true) })
	add(decoded, func(p param) string { return unescape(p.raw, false) })
	if decoded != "query_decoded" {
		add(decoded, func(p param) string { return unescape(unescape(p.raw, true), true) })
		add(decoded, func(p param) string {
			return rfc3986.escape(unescape(p.key, true)) + "=" + rfc3986.escape(unescape(p.value, true))
		})
	}
	add("query_double_encoded", func(p param) string { return strings.ReplaceAll(right(p), "%", "%25") })
	add("query_double_encoded", func(p param) string {
		return rfc3986.escape(rfc3986.escape(p.key)) + "=" + rfc3986.escape(rfc3986.escape(p.value))
	})
	for _, st := range styles {
		cause := ""
		if st.Latin1 || st.Twice {
			cause = "query_charset"
		}
		add(cause, st.pair)
	}
	for _, st := range styles { // without the = of a bare parameter
		add("", func(p param) string {
			if p.bare {
				return st.escape(p.key)
			}
			return st.pair(p)
		})
	}
	add("bare_parameter", func(p param) string { return strings.TrimSuffix(right(p), "=") })
	add("bare_parameter", func(p param) string {
		if t := right(p); strings.Contains(t, "=") {
			return t
		}
		return right(p) + "="
	})
	// Only one side of the = was encoded, as in key + "=" + encodeURIComponent(value).
	add("query_encoding", func(p param) string { return p.key + "=" + rfc3986.escape(p.value) })
	add("query_encoding", func(p param) string { return p.key + "=" + strings.ReplaceAll(rfc3986.escape(p.value), "%20", "+") })
	add("query_encoding", func(p param) string { return rfc3986.escape(p.key) + "=" + p.value })
	add("query_charset", func(p param) string { return toLatin1(unescape(p.raw, true)) })
	return all
}
