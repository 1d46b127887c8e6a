package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// Variables as they look where nothing replaced them by their values: Postman's and other templates' anywhere, those
// of shells as a whole value or one side of a separator, since secrets may hold a $.
var (
	// {{name}} of Postman and other templates: anywhere in a text.
	bracedName = regexp.MustCompile(`\{\{-?\s*[$.]?[A-Za-z_][\w.:\- ]{0,60}?\s*-?\}\}`)
	// $name, ${name}, $(command), %NAME% or #{name}: as a whole value or one side of a separator, since
	// secrets may hold a $.
	shellName = regexp.MustCompile(`(?:^|[/: "'=])(\$\{[A-Za-z_]\w*\}|\$\([^)]+\)|\$(?:env:)?[A-Za-z_]\w*|` +
		`%[A-Z_][A-Z0-9_]{2,}%|#\{[A-Za-z_][\w.]*\})(?:$|[/: "'])`)
)

// see looks for a variable in a text that was sent. Those of templates count more than those of shells.
func (d *diagnosis) see(text string, shells bool) {
	if found := bracedName.FindString(text); found != "" && !strings.HasPrefix(d.template, "{{") {
		d.template = found
	}
	if !shells || d.template != "" {
		return
	}
	if found := shellName.FindStringSubmatch(text); found != nil {
		d.template = found[1]
	}
}

// unknownValues answers for a command line with variables or commands whose values are not known here;
// nil: there are none that count.
func (d *diagnosis) unknownValues() *Finding {
	var texts []string
	for _, u := range d.Unexpanded {
		if d.counts(u.Place) && !slices.Contains(texts, u.Text) {
			texts = append(texts, u.Text)
		}
	}
	value := "value is"
	switch {
	case len(texts) == 0:
		return nil
	case d.answer.kind == accepted:
		return d.finding(nil, false, nil)
	case d.answer.kind == rights:
		return d.finding([]string{d.answer.cause}, false, nil)
	case len(texts) > 1:
		value = "values are"
	}
	d.details["variable_unexpanded"] = "the line holds " + listed(texts) + ", whose " + value +
		" not known here: what was sent cannot be judged"
	d.right = nil
	causes := []string{"variable_unexpanded"}
	if !slices.ContainsFunc(d.Unexpanded, func(u Unexpanded) bool { return u.Place == "header" }) {
		causes = append(causes, d.seen("header_not_sent", "date_not_sent")...) // what the line lacks altogether
	}
	return d.finding(causes, false, nil)
}

// seen are those of some causes that can be seen.
func (d *diagnosis) seen(some ...string) (found []string) {
	for _, f := range d.facts {
		if slices.Contains(some, f) {
			found = append(found, f)
		}
	}
	return found
}

// counts reports whether a part of a request plays a part in the diagnosis. place is a header's name,
// or one of the words of Unexpanded.
func (d *diagnosis) counts(place string) bool {
	switch place {
	case "URL", "method", "header", "Host", "Content-Type":
		return true
	case "body":
		return coversBody(d.signer)
	}
	for _, name := range owned(d.signer) {
		prefix, family := strings.CutSuffix(name, "*")
		if strings.EqualFold(place, name) || family && len(place) >= len(prefix) && strings.EqualFold(place[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// unexpanded answers for a request that was sent with a variable in the place of a value; nil: it was
// not. What looks like a shell's variable is a value if the signature is right, but in the place of an ID that is not signed.
func (d *diagnosis) unexpanded(m *match) *Finding {
	braced := strings.HasPrefix(d.template, "{{")
	value := d.matched && !slices.Contains(d.facts, "wrong_id")
	if d.template == "" || d.answer.kind == rights || !braced && (value || m.has("secret_placeholder")) {
		return nil
	}
	d.details["variable_unexpanded"] = "the variable " + plain(d.template) + " was sent as it is written, and not its value"
	causes := append([]string{"variable_unexpanded"}, d.seen("header_not_sent", "date_not_sent", "secret_sent")...)
	slices.SortStableFunc(causes, func(a, b string) int { return d.rank(a) - d.rank(b) })
	return d.finding(causes, d.secret != "" && !strings.HasPrefix(d.template, "%"), nil) // cmd puts in the value of %DATE%
}

// lastSegments is how many segments at the end of a path are taken for variables; in hundreds of them nobody leaves one.
const lastSegments = 16

// variablePaths are a path in which a segment is still a variable: what Postman's scripts sign, which
// do not resolve. Names are made of the segment before it.
//
//	/v3/indicators/17  ->  /v3/indicators/{{indicatorId}}, /v3/indicators/:indicator_id, ...
func (d *diagnosis) variablePaths(p string) []string {
	var all, names []string
	for _, c := range d.changes("path variable") {
		names = append(names, c.apply(""))
	}
	segments := strings.Split(p, "/")
	for i, s := range segments {
		if i < 2 || s == "" || len(segments)-i > lastSegments {
			continue
		}
		before := strings.TrimSuffix(segments[i-1], "s")
		if rest, ok := strings.CutSuffix(segments[i-1], "ies"); ok {
			before = rest + "y"
		}
		for _, name := range append([]string{before + "Id", before + "_id", before + "ID", before, s}, names...) {
			for _, form := range []string{"{{" + name + "}}", ":" + name, "{" + name + "}", "$" + name, "${" + name + "}", "%7B%7B" + name +
				"%7D%7D"} {
				changed := slices.Clone(segments)
				changed[i] = form
				all = append(all, strings.Join(changed, "/"))
			}
		}
	}
	return all
}

// variableQueries are parameters whose values are still variables of the same names.
//
//	a=1&b=2  ->  a={{a}}&b=2, a=%7B%7Ba%7D%7D&b=2, a=1&b={{b}}, ...
func variableQueries(params []param) []string {
	var all []string
	if len(params) > 12 {
		return nil
	}
	for _, form := range []string{"{{%}}", "${%}", "$%", "{%}"} {
		variable := func(p param) string { return strings.Replace(form, "%", p.key, 1) }
		for i, p := range params {
			one := slices.Clone(params)
			for _, value := range []string{variable(p), rfc3986.escape(variable(p))} {
				one[i].raw = p.key + "=" + value
				all = append(all, joinRaw(one))
			}
		}
		all = append(all, joinPairs(params, func(p param) string { return p.key + "=" + variable(p) }))
	}
	return all
}
