package diagnose

import (
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// canonicalOf is the canonical request that the vendor's answer quotes; empty: none. S3 and some other
// services quote it where the signature does not match.
func (s *scoped) canonicalOf(r *Response) string {
	if r == nil || s.d.signer.Traits().Quotes == nil {
		return ""
	}
	return s.d.signer.Traits().Quotes(signers.Answer{Status: r.Status, Header: r.Header, Body: r.Body})
}

// canonicalLines labels the lines of a canonical request. Joined, the texts are the canonical request
// again.
//
//	GET                  method
//	/                    path
//	                     query
//	host:a               host
//	x-amz-date:d         x-amz-date
//	                     end of headers
//	host;x-amz-date      signed headers
//	hash                 payload
func canonicalLines(canonical string) (all []signers.Part) {
	lines := strings.SplitAfter(canonical, "\n")
	label := ""
	for i, line := range lines {
		name, _, header := strings.Cut(line, ":")
		switch {
		case i < 3:
			label = []string{"method", "path", "query"}[i]
		case i == len(lines)-1:
			label = "payload"
		case i == len(lines)-2:
			label = "signed headers"
		case strings.TrimSpace(line) == "":
			label = "end of headers"
		case header:
			label = name
		}
		all = append(all, signers.Part{Label: label, Text: line})
	}
	return all
}

// parts labels the lines of a canonical request and of a string to sign, for the answer. A session
// token is a secret, and its line is never shown.
func (t texts) parts() []signers.Part {
	all := canonicalLines(t.canonical)
	for i, line := range strings.SplitAfter(t.toSign, "\n") {
		label := "string to sign"
		if names := []string{"algorithm", "date", "scope", "hash of the above"}; i < len(names) {
			label = names[i]
		}
		if i == 0 && len(all) > 0 {
			all[len(all)-1].Text += "\n"
		}
		all = append(all, signers.Part{Label: label, Text: line})
	}
	for i := range all {
		all[i].Secret = all[i].Label == "x-amz-security-token"
	}
	return all
}

// compareQuoted compares the vendor's canonical request with that of what was sent: where they differ,
// the request changed on its way, whatever the client signed. It needs no secret.
func (s *scoped) compareQuoted() {
	d := s.d
	if s.quoted == "" || s.quoted == s.right.canonical {
		return
	}
	ours := canonicalLines(s.right.canonical)
	for _, label := range signers.Differing(ours, s.quoted) {
		cause := "header_signed_otherwise"
		switch label {
		case "method":
			cause = "method_changed"
		case "path":
			cause = "path_encoding"
		case "query":
			cause = "query_encoding"
		case "host":
			cause = "host_differs"
		case "payload":
			cause = "body_signed_not_sent"
		case "signed headers", "x-amz-date":
			continue
		}
		says := "the line " + label + " of AWS's canonical request is not what was sent: the request was changed on its way"
		if value := lineOf(s.quoted, label); value != "" && label != "x-amz-security-token" {
			says = "AWS read the line " + label + " as " + quotedLine(value) + ", and that is not what was sent: the request was changed on its way"
		}
		d.fact(cause, says)
	}
}

// lineOf is the line of a canonical request with a label; empty: there is none.
func lineOf(canonical, label string) string {
	for _, p := range canonicalLines(canonical) {
		if p.Label == label {
			return strings.TrimSpace(p.Text)
		}
	}
	return ""
}

// quotedLine is a text from elsewhere for people, and not all of a long one.
func quotedLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, text)
	if len(text) > 120 {
		text = text[:120] + "..."
	}
	return `"` + text + `"`
}

// reword shows the texts of the two hashes in place of the inputs, and names the lines in which what
// was signed differs from the vendor's own canonical request.
func (s *scoped) reword(f *Finding) {
	found := f.Signed != nil
	f.Signed, f.Right = nil, nil
	if s.right.canonical == "" || s.d.secret == "" {
		return
	}
	f.Right = s.right.parts()
	switch {
	case s.d.matched:
		f.Signed = f.Right
	case found:
		f.Signed = s.last.parts()
	}
	if f.Signed == nil || s.quoted == "" || len(f.Causes) == 0 {
		return
	}
	signed := s.last
	if s.d.matched {
		signed = s.right
	}
	if names := signers.Differing(canonicalLines(signed.canonical), s.quoted); len(names) > 0 {
		f.Explanation = strings.TrimSuffix(f.Explanation, ".") + "; what was signed differs from AWS's own canonical request in: " +
			strings.Join(names, ", ") + "."
	}
}

// sentValues are the values of a header in any letter case.
func sentValues(h http.Header, name string) (all []string) {
	for key, values := range h {
		if strings.EqualFold(key, name) {
			all = append(all, values...)
		}
	}
	return all
}
