package diagnose

import (
	"strings"
	"time"
)

func init() { readers["darktrace"] = (*diagnosis).readDarktrace }

// readDarktrace reads the three headers of Darktrace: HMAC-SHA1 over target or body, public token and date.
func (d *diagnosis) readDarktrace() {
	d.takeSecret("private_token")
	d.hostIn()
	token, _, hasToken := d.header("DTAPI-Token")
	date, _, hasDate := d.header("DTAPI-Date")
	signature, others, signed := d.header("DTAPI-Signature")
	token, date, signature = strings.TrimSpace(token), strings.TrimSpace(date), strings.TrimSpace(signature)
	d.darktraceDate(date)
	if !hasToken || token == "" {
		d.missing("DTAPI-Token")
	}
	if !hasDate || date == "" {
		d.fact("date_not_sent")
	}
	if !signed || signature == "" {
		d.missing("DTAPI-Signature")
		d.stuck = true
		return
	}
	d.signature = signature
	d.darktraceToken(token, signature)
	for _, v := range append([]string{signature}, others...) {
		wants := hexWants(v)
		if name, rest := scheme(v); name != "" && len(hexWants(rest)) > 0 {
			wants = withCause(hexWants(rest), "prefix_wrong")
		}
		d.wants = append(d.wants, wants...)
	}
	if len(d.wants) == 0 && !d.stuck {
		d.fact("signature_encoding")
	}
	d.darktraceSuspicion()
	if d.secret == "" {
		d.lengths("hex", 20)
		return
	}
	if token == "" {
		token = d.option("public_token", "")
	}
	d.darktraceFrames(token)
}

func (d *diagnosis) darktraceToken(token, signature string) {
	id, secret := d.option("public_token", ""), d.trueSecret()
	switch {
	case secret != "" && signature == secret:
		d.fact("secret_sent")
		d.stuck = true
	case secret != "" && token == secret:
		d.fact("ids_swapped")
	case id == "" || token == "" || token == id:
		d.idKnown = id != "" && token == id
	case bareID(token) == strings.TrimSpace(id):
		d.wrappedID(token)
	default:
		d.fact("wrong_id", "the public token that was sent is not the configured one")
	}
}

func (d *diagnosis) darktraceDate(text string) {
	d.stamp = stamp{header: "DTAPI-Date", text: text, at: parseLoosely(text), window: 30 * time.Minute}
	if text == "" {
		return
	}
	good := false
	for _, layout := range []string{"20060102T150405", "2006-01-02 15:04:05", "2006-01-02T15:04:05+00:00", "2006-01-02T15:04:05.000000+00:00"} {
		if t, err := time.Parse(layout, text); err == nil && t.Format(layout) == text {
			good = true
		}
	}
	if good {
		return
	}
	d.stamp.cause = "date_format"
	for _, layout := range oddDates {
		if t, err := time.Parse(layout, text); err == nil && t.Format(layout) == text {
			d.stamp.odd = true // clients in use send it
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		if _, offset := t.Zone(); offset != 0 {
			d.stamp.cause, d.stamp.odd = "local_time", true
		}
	}
}

// oddDates are forms that the vendor does not document, and that clients in use send.
var oddDates = []string{
	"2006-01-02T15:04:05", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05.000000", "2006-01-02 15:04:05.000", "2006-01-02 15:04:05.000000",
	"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.000000Z",
}

// darktraceSuspicion finds what may be wrong although the signature covers what was sent.
func (d *diagnosis) darktraceSuspicion() {
	_, query, asked := strings.Cut(d.Request.Target, "?")
	if !d.contentLength() {
		d.suspicion = "body_length"
	} else if hasForm(d.Request.Method) && len(d.Request.Body) == 0 && d.announced() && !asked {
		d.suspicion = "body_signed_not_sent"
		d.doubt = "the headers announce a body, but none was sent: one was probably signed"
	}
	if path, _, _ := strings.Cut(d.Request.Target, "?"); d.suspicion == "" && !asked && len(d.Request.Body) == 0 {
		for _, end := range []string{"/details", "/deviceinfo", "/similardevices", "/endpointdetails", "/metricdata", "/tags/entities"} {
			if strings.HasSuffix(path, end) {
				d.suspicion = "query_signed_not_sent"
				d.doubt = "this endpoint answers nothing without parameters, and none were sent: probably they were signed only"
			}
		}
	}
	if len(d.Request.Body) > 0 || !asked {
		return
	}
	switch {
	case sortQueryStable(query) != joinRaw(splitParams(query)):
		d.refused = "params_not_alphabetical"
	case d.option("sign_query", "as_sent") == "as_sent" && unescape(query, true) != query:
		d.refused = "wants_decoded_query"
	}
}

func (d *diagnosis) darktraceFrames(token string) {
	path, query, asked := strings.Cut(d.Request.Target, "?")
	where := newSlot("path", path)
	var tail *slot
	switch {
	case len(d.Request.Body) > 0:
		tail = newSlot("body", "?"+string(d.Request.Body))
	case asked && d.option("sign_query", "") == "decoded":
		tail = newSlot("query", "?"+unescape(query, true))
	case asked:
		tail = newSlot("query", "?"+query)
	default:
		tail = newSlot("query", "")
	}
	public, date := newSlot("public_token", token), newSlot("date", d.stamp.text)
	join := func(separator string) func([]string, func(int, string)) {
		return func(t []string, w func(int, string)) {
			w(0, t[0])
			w(1, t[1])
			w(-1, separator)
			w(2, t[2])
			w(-1, separator)
			w(3, t[3])
		}
	}
	f := &frame{slots: []*slot{where, tail, public, date}, layouts: []layout{{join: join("\n")}}}
	f.macs = []mac{{sum: hmacOf(digestNamed("sha1"), d.trueSecret())}}
	d.frames = []*frame{f}
	// Appliances take the query as sent and decoded; a refusal, or an option that is set, decides which is right.
	if asked && len(d.Request.Body) == 0 && d.option("sign_query", "") == "" && !d.answer.refusing() {
		either := *f
		either.slots = []*slot{where, newSlot("query", "?"+unescape(query, true)), public, date}
		d.frames = append(d.frames, &either)
	}
	d.later = func() {
		f.macs = d.keyed("sha1", d.option("public_token", token), token)
		if asked && len(d.Request.Body) == 0 && d.option("sign_query", "") == "decoded" {
			tail.wrong("query_encoding", frequent, "?"+query)
		}
		d.fillPath(where)
		d.fillDarktraceTail(tail, path, query, asked)
		d.fillDates(date)
		d.fillToken(public)
		f.layouts = append(f.layouts, darktraceLayouts(join)...)
	}
}

func darktraceLayouts(join func(string) func([]string, func(int, string))) []layout {
	all := []layout{
		{func(t []string, w func(int, string)) { join("\n")(t, w); w(-1, "\n") }, "text_layout", frequent},
		{join("\r\n"), "text_layout", frequent},
	}
	for _, separator := range []string{"", "\\n", " ", ":", "\r", "&", "|", "\n\n"} {
		all = append(all, layout{join(separator), "text_layout", usual})
	}
	parts := func(order ...int) func([]string, func(int, string)) {
		return func(t []string, w func(int, string)) {
			for i, at := range order {
				if i > 0 {
					w(-1, "\n")
				}
				if w(at, t[at]); at == 0 {
					w(1, t[1])
				}
			}
		}
	}
	for _, order := range [][]int{{0, 3, 2}, {2, 0, 3}, {2, 3, 0}, {3, 0, 2}, {3, 2, 0}, {0, 2}, {0, 3}, {2, 3}, {0}, {3}, {2}} {
		all = append(all, layout{parts(order...), "text_layout", usual})
	}
	return append(all, layout{func(t []string, w func(int, string)) { w(-1, "\n"); join("\n")(t, w) }, "text_layout", usual},
		layout{func(t []string, w func(int, string)) { join("\n")(t, w); w(-1, "\r\n") }, "text_layout", usual})
}

// fillDarktraceTail adds other texts in the place of query or body.
func (d *diagnosis) fillDarktraceTail(tail *slot, path, query string, asked bool) {
	body := string(d.Request.Body)
	if body == "" {
		d.guessQueries(tail, query)
		q := d.querySlot(query, asked)
		for _, o := range q.options {
			tail.add(o)
		}
		for _, b := range d.bodies() {
			tail.add(option{text: "?" + b.text, causes: b.causes, weight: 1, tier: b.tier})
			if asked {
				tail.add(option{text: "?" + query + "&" + b.text, causes: b.causes, weight: 1, tier: b.tier})
			}
		}
		return
	}
	tail.wrong("body_not_signed", frequent, "")
	if asked {
		tail.wrong("body_not_signed", frequent, "?"+query)
		tail.wrong("body_not_signed", usual, "?"+unescape(query, true), "?"+sortQueryStable(query))
		tail.wrong("query_signed_beside_body", frequent, "?"+query+"&"+body, "?"+query+body, "?"+body+"&"+query, "?"+query+"?"+body)
		if len(body) <= manyWays {
			tail.wrong("query_signed_beside_body", usual, "?"+unescape(query, true)+"&"+body, "?"+sortQueryStable(query)+"&"+body, "?"+query+"\n"+body)
		}
	}
	if len(body) <= someWays {
		tail.wrong("text_layout", usual, body, "\n"+body, "&"+body, "??"+body, " "+body)
	}
	for _, b := range d.bodies() {
		if b.text == "" {
			tail.wrong("body_not_signed", frequent, "?")
			continue
		}
		tail.add(option{text: "?" + b.text, causes: b.causes, weight: 1, tier: b.tier})
		if asked && len(b.text) < 4096 && b.tier < rare {
			tail.add(option{text: "?" + query + "&" + b.text, causes: append([]string{"query_signed_beside_body"}, b.causes...), weight: 2})
		}
	}
	if sum := hexOf512(body); len(body) <= someWays {
		tail.wrong("wrong_construction", usual, append(sums(body), sum)...)
	}
	for _, q := range d.memory.queries(d.Signer, path) {
		tail.wrong("query_signed_beside_body", rare, "?"+q, "?"+q+"&"+body)
	}
}

// fillToken adds other texts in the place of the public token.
func (d *diagnosis) fillToken(s *slot) {
	right := s.right()
	if id := d.option("public_token", ""); id != "" {
		s.wrong("wrong_id", frequent, id)
	}
	s.wrong("ids_swapped", frequent, d.trueSecret())
	s.wrong("id_whitespace", usual, right+"\n", right+" ", " "+right, right+"\r\n", `"`+right+`"`, "'"+right+"'", right+"\r", "\ufeff"+right)
	s.wrong("wrong_id", usual, "", strings.ToLower(right), strings.ToUpper(right), "None", "undefined")
}
