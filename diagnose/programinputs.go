package diagnose

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers/program"
)

// input is one thing that a signature is made of: what was sent, as a slot that clients fill in other ways, and how it gets into
// an attempt.
type input struct {
	slot  *slot
	probe string // another text, to see whether it is covered; empty: it is
	fill  func(*slot)
	apply func(a *attempt, text string)
}

// inputs are all inputs of any program.
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
			d.guessQueries(s, query)
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
			d.fillPath(s)
		}, cover("path")},
		{newSlot("body", string(base.m.Body)), string(base.m.Body) + "zz", func(s *slot) {
			if v, ok := parseJSON(d.Request.Body); ok && len(d.Request.Body) <= manyWays {
				for _, form := range writings {
					s.wrong("body_reserialised", frequent, form.write(v))
				}
			}
			for _, b := range d.bodies() {
				s.add(b)
			}
		}, func(a *attempt, text string) { a.m.Body, a.m.Length = []byte(text), int64(len(text)) }},
		{newSlot("method", base.m.Method), "ZZZ", d.fillMethods, func(a *attempt, text string) { a.m.Method = text }},
	}
}

// queryInput is the query in the order and form in which it is signed, where the program has a filter for that.
func (w *programmed) queryInput(d *diagnosis) []input {
	if w.ordered == nil {
		return nil
	}
	right, _ := program.Undo([]string{"base64"}, w.expected(d)[w.ordered.Source])
	_, query, _ := strings.Cut(d.Request.Target, "?")
	fill := func(s *slot) { d.fillParams(s, "5") }
	if w.ordered.Filters[0] == "azure_query" { // a line for each parameter, decoded
		fill = func(s *slot) {
			var sent, raw strings.Builder
			for _, p := range splitParams(query) {
				sent.WriteString("\n" + strings.ToLower(p.key) + ":" + p.value)
				raw.WriteString("\n" + p.key + ":" + strings.TrimPrefix(strings.TrimPrefix(p.raw, p.key), "="))
			}
			s.wrong("query_sent_not_signed", frequent, "")
			s.wrong("params_unsorted", frequent, sent.String())
			s.wrong("query_encoding", frequent, raw.String(), "?"+query, "\n"+query, query)
			for _, set := range subsets(splitParams(query)) {
				text := ""
				for _, p := range set.params {
					text += "\n" + strings.ToLower(p.key) + ":" + p.value
				}
				s.wrong(set.cause, set.tier, text)
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

// headerInputs are the headers that a program may sign, those that were not sent included.
func (w *programmed) headerInputs(d *diagnosis, base *attempt) []input {
	names := []string{"Content-Type", "Content-Md5", "Date"}
	for name := range base.m.Header {
		if !d.own(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all []input
	for _, name := range names {
		value := strings.Join(base.m.Header[name], ", ")
		d.details["header_signed_otherwise"] = "a header that is signed was signed with another value than it was sent with"
		d.details["header_not_signed"] = "a header that is signed was sent but not signed, or added after signing"
		all = append(all, input{newSlot("header "+name, value), value + "zz", func(s *slot) { fillHeader(s, name) }, func(a *attempt, text string) {
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

// fillHeader adds other values of a header.
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
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "text/plain", "application/octet-stream", "application/xml"} {
		s.wrong("header_signed_otherwise", usual, kind, kind+"; charset=utf-8", kind+";charset=utf-8", kind+"; charset=UTF-8", kind+";charset=UTF-8")
	}
}

// momentInputs are the date and the nonce.
func (w *programmed) momentInputs(d *diagnosis, base *attempt) []input {
	var all []input
	for _, l := range w.leaves {
		switch {
		case l.kind == nonceLeaf && l.sent:
			all = append(all, input{newSlot("nonce", l.given), "", func(s *slot) { s.change(d.changes("nonce")) },
				func(a *attempt, text string) { a.at.Nonce = text }})
		case l == w.date:
			fill := d.fillDates
			if len(d.profile.Dates) == 0 {
				fill = d.fillTimestamps
			}
			all = append(all, input{newSlot("date", d.stamp.text), "", fill, func(a *attempt, text string) { w.dateTo(d, a, text) }})
		}
	}
	for _, l := range w.leaves { // a day next to the timestamp
		if l.kind == dateLeaf && l != w.date && l.sent && w.date != nil && l.part.Layout != w.date.part.Layout {
			right := formatted(base.at.Time, l.part.Layout)
			layout, given := l.part.Layout, l.given
			all = append(all, input{newSlot("day", right), "", func(s *slot) { s.wrong("local_time", frequent, given) }, func(a *attempt, text string) {
				if t, err := time.Parse(layout, text); err == nil && text != formatted(a.at.Time, layout) {
					a.at.Time = t
				}
			}})
			break
		}
	}
	return all
}

// dateTo gives an attempt the date that a text is.
func (w *programmed) dateTo(d *diagnosis, a *attempt, text string) {
	if t := w.parseDate(text); !t.IsZero() {
		a.at.Time = t
	}
	if a.at.Date = text; !w.verbatim {
		a.at.Date = ""
	}
}

// formatted is a time in a layout of program.TemplatePart.
func formatted(t time.Time, layout string) string {
	switch layout {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return t.UTC().Format(layout)
}

// secretInput is a secret, with what clients make of it.
func (w *programmed) secretInput(d *diagnosis, name string) input {
	right := strings.TrimSpace(w.values[name][0])
	s := newSlot(name, right)
	s.secret = true
	return input{s, "", func(s *slot) {
		var others []string
		for _, o := range w.options {
			if o.Name != name && len(w.values[o.Name]) == 1 && d.Options[o.Name] != "" {
				others = append(others, d.Options[o.Name])
			}
		}
		before := d.secret
		d.secret = right
		for _, a := range d.alterations(others...) {
			s.wrong(a.cause, a.tier, a.secret)
			if d.token {
				s.wrong(a.cause, a.tier, strings.TrimSpace(a.secret))
			}
		}
		d.secret = before
	}, func(a *attempt, text string) { a.set(name, text) }}
}

// idInput is a public part of the credential: what was sent, and what is configured.
func (w *programmed) idInput(d *diagnosis, l *leaf) input {
	configured := d.Options[l.option]
	right := l.given
	if !l.sent || len(l.part.Filters) > 0 && w.expectedID(d, l) == l.given {
		right = configured
	}
	name := l.option
	return input{newSlot(name, right), "", func(s *slot) {
		if configured != "" {
			s.wrong("wrong_id", frequent, configured)
		}
		s.wrong("ids_swapped", frequent, d.trueSecret())
		s.change(d.changes("id"))
	}, func(a *attempt, text string) { a.set(name, text) }}
}

// expectedID is what the configured value of a leaf looks like in what is sent.
func (w *programmed) expectedID(d *diagnosis, l *leaf) string { return w.expected(d)[l.part.Source] }

// readDate reads the date that was sent.
func (w *programmed) readDate(d *diagnosis) {
	signer := w.plain.signer(w.values)
	example := time.Unix(1_000_000_000, 123_000_000)
	for _, l := range w.leaves {
		if l.kind != dateLeaf || l.optional && !l.sent {
			continue
		}
		own := l.part.Offset == "" && formatted(example, l.part.Layout) == signer.Date(example)
		if w.date == nil || own && !w.verbatim {
			w.date, w.verbatim = l, own
		}
	}
	if w.date == nil {
		return
	}
	p, layout := d.profile, w.date.part.Layout
	p.DateHeader = w.date.place
	switch layout {
	case "unix", "unix_ms":
		p.Milli = layout == "unix_ms"
	default:
		p.Dates = []string{layout}
		p.Spellings = append([]string{layout}, "Mon, 02 Jan 2006 15:04:05 GMT", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z",
			"Mon, 02 Jan 2006 15:04:05 -0000", "2006-01-02 15:04:05", "20060102T150405Z")
		if strings.Contains(layout, "2006-01-02T15:04:05") { // other forms of RFC 3339, which many vendors take
			for _, end := range []string{"", ".999999999", ".000", ".000000"} {
				p.Odd = append(p.Odd, "2006-01-02T15:04:05"+end+"Z07:00", "2006-01-02T15:04:05"+end+"-07:00")
			}
		}
	}
	if !w.date.sent || w.date.given == "" {
		d.fact("date_not_sent")
		return
	}
	d.dateSent(w.date.place, w.date.given)
	d.stamp.at = w.parseDate(w.date.given)
	switch {
	case w.date.part.Offset != "": // it is an end, and any is good that has not passed
		d.stamp.window = 1 << 62
		if end := d.stamp.at.Add(w.seconds()); !d.stamp.at.IsZero() && !d.clock.weak && end.Before(d.clock.now) {
			d.fact("clock_off", "the signature was good until ", roughly(d.clock.now.Sub(end)), " before the request")
		}
	case w.unknownWindow:
		if d.stamp.window = 24 * time.Hour; d.answer.refusing() {
			d.stamp.window = 15 * time.Minute
		}
	}
}

// seconds is what is added to the date.
func (w *programmed) seconds() time.Duration {
	text := w.date.part.Offset
	if name, isOption := strings.CutPrefix(text, "opt."); isOption && len(w.values[name]) > 0 {
		text = w.values[name][0]
	}
	n, _ := strconv.Atoi(text)
	return time.Duration(n) * time.Second
}

// parseDate is the time that a date means.
func (w *programmed) parseDate(text string) time.Time {
	t, err := time.Parse(w.date.part.Layout, text)
	if err != nil {
		t = parseLoosely(text)
	}
	if t.IsZero() {
		return t
	}
	return t.Add(-w.seconds())
}

// readIDs compares the public parts that were sent with the configured ones.
func (w *programmed) readIDs(d *diagnosis) {
	expected := w.expected(d)
	for _, l := range w.leaves {
		if l.kind == nonceLeaf && l.sent {
			d.identity = l.given
		}
		configured := d.Options[l.option]
		if l.kind != idLeaf || !l.sent || configured == "" || !w.required[l.option] {
			continue
		}
		if text := expected[l.part.Source]; l.given == text || l.given == configured {
			d.idKnown = true
			continue
		}
		w.otherID(d, l, configured)
	}
}

// otherID notes a public part that is not the configured one.
func (w *programmed) otherID(d *diagnosis, l *leaf, configured string) {
	name := spoken(l.option)
	for _, o := range w.options {
		if o.Name != l.option && len(d.Options[o.Name]) > 3 && l.given == strings.TrimSpace(d.Options[o.Name]) {
			d.fact("ids_swapped", "the ", spoken(o.Name), " was sent where the ", name, " belongs")
			return
		}
	}
	switch {
	case bareID(l.given) == strings.TrimSpace(configured):
		d.wrappedID(l.given)
	case strings.TrimSpace(l.given) == "":
		d.fact("wrong_id", "the ", name, " was sent empty")
	default:
		d.fact("wrong_id", "the ", name, " that was sent is not the configured one")
	}
}
