package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// suspect words what cannot be proved, and returns its cause.
func (d *diagnosis) suspect() string {
	if d.doubt != "" {
		d.details[d.suspicion] = d.doubt
	}
	return d.suspicion
}

// parameters names those that were signed and not sent, or sent and not signed, up to six. Their values
// are never named.
func (d *diagnosis) parameters(m *match) {
	names := func(parts []signers.Part) []string {
		var all []string
		for _, p := range parts {
			if p.Label == "params" || p.Label == "query" {
				for _, one := range splitParams(strings.Trim(p.Text, "?:\n")) {
					all = append(all, plain(one.key))
				}
			}
		}
		return all
	}
	signed, sent := names(m.parts), names(d.right)
	only := func(a, b []string) string {
		rest := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(a))), func(n string) bool { return slices.Contains(b, n) })
		switch n := len(rest); {
		case n == 0 || n > 6:
			return ""
		case n == 1:
			return "the parameter " + rest[0] + " was "
		}
		return "the parameters " + listed(rest) + " were "
	}
	for _, id := range m.causes {
		if d.details[id] != "" {
			continue
		}
		switch more, fewer := only(signed, sent), only(sent, signed); {
		case id == "query_signed_not_sent" && more != "":
			d.details[id] = more + "signed but not sent"
		case id == "variable_unexpanded":
			d.details[id] = "a variable" + variableIn(m.parts) + " was signed as it is written, and not its value"
		case id == "query_sent_not_signed" && fewer != "":
			d.details[id] = fewer + "sent but not signed"
		}
	}
}

// listed is a list of names in a sentence: "a, b and c". It has at least one.
func listed(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// variableIn names the variable in a signed text, with commas around it for a sentence, or is empty.
func variableIn(parts []signers.Part) string {
	for _, p := range parts {
		text := strings.TrimSpace(p.Text)
		if found := bracedName.FindString(unescape(text, false)); found != "" {
			return ", " + found + ","
		}
		for _, one := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/?&= ", r) }) {
			if strings.HasPrefix(one, "$") || strings.HasPrefix(one, ":") && len(one) > 1 && p.Label == "path" || strings.HasPrefix(one, "{") {
				return ", " + plain(one) + ","
			}
		}
	}
	return ""
}

// finding words the answer. The sentence of a cause is the first of: what this diagnosis found out
// (details), what the answer's rule says, and the general one; the fix likewise is that of the
// diagnosis, of the vendor, or the general one. No causes: the request is right, or nothing wrong can
// be seen.
func (d *diagnosis) finding(causes []string, proved bool, m *match) *Finding {
	f := &Finding{Class: None, Causes: []string{}, Proved: proved, Right: d.right}
	if m != nil && !d.token {
		f.Signed = m.parts
	}
	if len(causes) == 0 {
		switch {
		case d.answer.kind == accepted:
			f.Explanation = "The vendor accepted the request."
		case proved && d.provided() == "":
			f.Explanation = "The request is right: its proof covers what was sent, and its date is good."
		case proved && d.provided() != "":
			f.Explanation = "The request is right, " + d.provided() + ": its proof covers what was sent."
		default:
			f.Explanation = "Nothing that can be seen is wrong; " + d.unchecked() + "."
			f.Fix = "Give the secret to prove it."
		}
		return f
	}
	f.Class = ClassOf(causes[0])
	f.Causes = causes
	var says, fixes []string
	for _, id := range causes {
		c := causeByID[id]
		answered, remedy := "", ""
		if id == d.answer.cause {
			answered, remedy = d.answer.detail, d.answer.fix
		}
		says = append(says, cmp.Or(d.details[id], answered, d.general(c)))
		fix := cmp.Or(remedy, d.fixes[id], d.profile.Fixes[id], c.Fix)
		if !slices.Contains(fixes, fix) {
			fixes = append(fixes, fix)
		}
	}
	f.Explanation = strings.Join(says, "; and ")
	if d.quotes(causes) {
		f.Explanation += "; the " + d.answer.by() + " says \"" + d.answer.says + "\""
	}
	f.Explanation = sentence(f.Explanation)
	f.Fix = strings.Join(fixes, " ")
	return f
}

// general is what a cause says of any vendor. Where nothing is signed, the credential is what is right.
func (d *diagnosis) general(c *Cause) string {
	if d.token || d.profile.Read == "key" || d.program != nil && !d.program.signs() {
		return strings.Replace(c.Says, "the signature is right", "the credential is right", 1)
	}
	if c.ID == "date_not_sent" && d.signature == "" && len(d.wants) == 0 { // no signature was sent either
		return "no date was sent"
	}
	return c.Says
}

// quotes reports whether the vendor's own words say more than the cause: where they are the reason that
// is known, or the only one.
func (d *diagnosis) quotes(causes []string) bool {
	return d.answer.says != "" && (d.answer.kind == rights || d.answer.kind == badID || causes[0] == "unexplained" &&
		d.answer.kind != badSignature)
}

// sentence makes a sentence of clauses: a capital first, and a full stop.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
