package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

// input is one thing that a signature is made of: what was sent, as a slot that clients fill in other
// ways, and how it gets into an attempt.
type input struct {
	slot *slot
	// Another text, to see whether the signature covers it at all (covered). Empty: it does.
	probe string
	fill  func(*slot)
	// apply puts a text in place of the input. It must not change what the attempt shares with others:
	// it clones a map first.
	apply func(a *attempt, text string)
}

// inputs are all inputs of any program. Where only the secret is sent, they are the secrets alone.
// covered then leaves out those that this program does not sign.
func (w *programmed) inputs(d *diagnosis, base *attempt) []input {
	var all []input
	if !d.token {
		all = append(w.requestInputs(d, base), w.queryInput(d)...)
		all = append(all, w.headerInputs(d, base)...)
		all = append(all, w.momentInputs(d, base)...)
	}
	for _, o := range w.options {
		if o.Secret && len(w.values[o.Name]) > 0 {
			all = append(all, w.secretInput(d, o.Name))
		}
	}
	if d.token {
		return all
	}
	seen := make(map[string]bool)
	for _, l := range w.leaves {
		if l.kind == idLeaf && w.required[l.option] && !seen[l.option] {
			seen[l.option] = true
			all = append(all, w.idInput(d, l))
		}
	}
	return all
}

// requestInputs are method, host, path, query and body.
func (w *programmed) requestInputs(d *diagnosis, base *attempt) []input {
	path, query, asked := strings.Cut(base.m.Target, "?")
	tail := ""
	if asked {
		tail = "?" + query
	}
	cover := func(target string) func(a *attempt, text string) {
		return func(a *attempt, text string) {
			switch {
			case target == "path" && text == path: // the query may have been signed without its question mark
			case target == "path":
				_, rest, asked := strings.Cut(a.m.Target, "?")
				if a.m.Target = text; asked {
					a.m.Target += "?" + rest
				}
			default:
				own, _, _ := strings.Cut(a.m.Target, "?")
				a.m.Target = own + text
			}
		}
	}
	return []input{
		{newSlot("host", base.m.Host), "zz.example", func(s *slot) {
			d.fillHost(s)
			for _, known := range w.hosts {
				if !strings.Contains(known, "*") {
					s.wrong("host_differs", frequent, known)
				}
			}
		}, func(a *attempt, text string) { a.m.Host = text }},
		{newSlot("query", tail), tail + "?&zz=1", func(s *slot) {
			d.last = append(d.last, func() {
				for _, g := range d.guesses() {
					if query == "" {
						s.wrong("query_signed_not_sent", g.tier, "?"+g.text)
						continue
					}
					s.wrong("query_signed_not_sent", g.tier, "?"+query+"&"+g.text)
					s.wrong("query_signed_not_sent", alone, "?"+g.text+"&"+query)
				}
			})
			d.fillSentQuery(s, tail, query, asked)
			if len(d.Request.Body) > 0 && len(d.Request.Body) < 4096 {
				s.wrong("params_misplaced", usual, "?"+string(d.Request.Body))
			}
		}, cover("query")},
		{newSlot("path", path), path + "/zz", func(s *slot) {
			first := ""
			for _, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/")[:min(3, strings.Count(path, "/"))] {
				first += "/" + segment // a program may take a prefix off
				s.wrong("path_prefix_not_sent", frequent, first+path)
			}
			name, _, _ := strings.Cut(d.Signer, "_") // the prefix of a gateway
			s.wrong("path_prefix_not_sent", usual, "/"+name+path, "/"+d.Signer+path, "/api/"+name+path)
			d.fillPath(s)
		}, cover("path")},
		{newSlot("body", string(base.m.Body)), "zz" + string(base.m.Body), func(s *slot) {
			if v, ok := parseJSON(d.Request.Body); ok && len(d.Request.Body) <= manyWays {
				for _, form := range writings {
					d.reserialised(s, frequent, form.write(v))
				}
			}
			blanks := s.right() == "" && bodyAtEnd.MatchString(strings.Join(w.operations, "\n"))
			for _, b := range d.bodies() {
				if !blanks || strings.TrimSpace(b.text) != "" { // a line end behind the text: layoutEdits
					s.add(b)
				}
			}
			w.lengthAlone(d, s)
		}, func(a *attempt, text string) { a.m.Body, a.m.Length = []byte(text), int64(len(text)) }},
		{newSlot("method", base.m.Method), "ZZZ", d.fillMethods, func(a *attempt, text string) { a.m.Method = text }},
	}
}

// bodyAtEnd is the body at the end of a text.
var bodyAtEnd = regexp.MustCompile(`(?m)^let .*\[\[body\]\]$`)

// wholeBody is the body where a program signs or hashes it.
var wholeBody = regexp.MustCompile(`\[\[body\b`)

// lengthAlone notes that a program signs no more of a body than its length: a signature over another length proves another body, and
// not in what it differed.
func (w *programmed) lengthAlone(d *diagnosis, s *slot) {
	if w.lengthOnly = !wholeBody.MatchString(strings.Join(w.operations, "\n")); !w.lengthOnly {
		return
	}
	for _, o := range s.options[1:] {
		for _, cause := range o.why() {
			if !slices.Contains(lengthShows, cause) {
				d.details[cause] = "the signed length is not the length of the body that was sent: most likely " + causeByID[cause].Says
			}
		}
	}
}

// lengthShows are causes that a length proves: none was signed, or that of a body which a header says was compressed.
var lengthShows = []string{"body_not_signed", "body_compressed"}

// queryInput is the query in the order and form in which it is signed, where the program has a filter
// for that. Mistakes with order and encoding cannot be expressed as another query, which the filter
// would put in order again; so the text that the filter makes is the input, and a variant takes it from
// an option (orderedQuery).
func (w *programmed) queryInput(d *diagnosis) []input {
	if w.ordered == nil {
		return nil
	}
	right, _ := program.Undo([]string{"base64"}, w.expected(d)[w.ordered.Source])
	_, query, _ := strings.Cut(d.Request.Target, "?")
	fill := func(s *slot) { d.fillParams(s, "5") }
	if w.ordered.Filters[0] == "azure_query" { // a line for each parameter, decoded
		fill = func(s *slot) {
			sent := splitParams(query)
			lowered := func(p param) string { return strings.ToLower(p.key) + ":" + p.value }
			s.wrong("query_sent_not_signed", frequent, "")
			s.wrong("params_unsorted", frequent, linesBefore(sent, lowered))
			raw := linesBefore(sent, func(p param) string { return p.key + ":" + strings.TrimPrefix(strings.TrimPrefix(p.raw, p.key), "=") })
			s.wrong("query_encoding", frequent, raw, "?"+query, "\n"+query, query)
			cased := slices.Clone(sent)
			slices.SortStableFunc(cased, func(a, b param) int { return strings.Compare(a.key, b.key) })
			s.wrong("query_encoding", usual, linesBefore(cased, func(p param) string { return p.key + ":" + p.value }))
			for _, set := range subsets(sent) {
				s.wrong(set.cause, set.tier, linesBefore(set.params, lowered))
			}
		}
	}
	return []input{{newSlot("params", right), right + "&zz=1", fill, func(a *attempt, text string) {
		if text != right {
			a.set(orderedQuery, text)
		} else {
			a.unset(orderedQuery)
		}
	}}}
}

// headerInputs are the headers that a program may sign, those that were not sent included: a client may
// sign a Content-Type that its library never sends.
func (w *programmed) headerInputs(d *diagnosis, base *attempt) []input {
	names := []string{"Content-Type", "Content-Md5", "Date"}
	for name := range base.m.Header {
		if !d.own(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	d.details["header_signed_otherwise"] = "a header that is signed was signed with another value than it was sent with"
	if d.details["header_not_signed"] == "" {
		d.details["header_not_signed"] = "a header that is signed was sent but not signed, or added after signing"
	}
	var all []input
	for _, name := range names {
		value := strings.Join(base.m.Header[name], ", ")
		fill := func(s *slot) { fillHeader(s, name) }
		all = append(all, input{newSlot("header "+name, value), value + "zz", fill, func(a *attempt, text string) {
			if text == strings.Join(a.m.Header[name], ", ") {
				return
			}
			a.m.Header = a.m.Header.Clone()
			if a.m.Header[name] = []string{text}; text == "" {
				delete(a.m.Header, name)
			}
		}})
	}
	return all
}

// fillHeader adds other values of a header: none, without its parameters, in another letter case, and
// for Content-Type the types that libraries set.
func fillHeader(s *slot, name string) {
	right := s.right()
	if right != "" {
		s.wrong("header_not_signed", frequent, "")
	}
	bare, _, _ := strings.Cut(right, ";")
	s.wrong("header_signed_otherwise", usual, strings.TrimSpace(bare), strings.ToLower(right), strings.ToUpper(right))
	if name != "Content-Type" {
		return
	}
	for _, kind := range []string{"json", "x-www-form-urlencoded", "octet-stream", "xml", "text/plain"} {
		if !strings.Contains(kind, "/") {
			kind = "application/" + kind
		}
		for _, set := range []string{"", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8", ";charset=UTF-8"} {
			s.wrong("header_signed_otherwise", usual, kind+set)
		}
	}
}

// linesBefore writes each parameter, after a line feed.
func linesBefore(params []param, write func(param) string) string {
	var b strings.Builder
	for _, p := range params {
		b.WriteString("\n" + write(p))
	}
	return b.String()
}
