package diagnose

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// Bounds of the work on bodies, in bytes. Each variant of a body is hashed once for each frame, so a
// large body allows few of them.
//
//	up to manyWays (128 KiB)   all ways
//	up to someWays (1 MiB)     those that do not multiply, such as the usual serialisations of JSON
//	above                      only no body at all, and line ends that were added or removed
const (
	manyWays = 128 << 10
	someWays = 1 << 20
)

// hasForm reports whether a method's parameters go into the body.
func hasForm(method string) bool {
	return slices.Contains([]string{"POST", "PUT", "PATCH"}, strings.ToUpper(method))
}

// bodies lists the bodies that may have been signed instead of the one that was sent. Where none was
// sent, these are what the parameters of the query would make, and bodies of earlier requests for the
// same path.
//
//	sent {"a":1}     nothing, {"a":1}\n, {"a": 1}, {'a': 1}, a=1, UTF-16, ...
//	sent a=1&b=2     nothing, a=1&b=2\n, {"a":"1","b":"2"}, {"a":1,"b":2}, b=2&a=1, ...
func (d *diagnosis) bodies() []option {
	body := string(d.Request.Body)
	all := newSlot("body", body)
	path, query, _ := strings.Cut(d.Request.Target, "?")
	if body == "" {
		all.change(d.changes("no body"))
		if params := splitParams(query); len(params) > 0 && len(params) < 64 {
			d.misplaced(params, all)
		}
		all.wrong("body_signed_not_sent", usual, d.memory.bodies(d.Signer, path)...)
		return all.options[1:]
	}
	if len(body) > someWays {
		all.wrong("body_not_signed", frequent, "")
		all.wrong("body_line_end", frequent, strings.TrimRight(body, "\r\n"), body+"\n")
		return all.options[1:]
	}
	for _, c := range d.changes("body") {
		text, cause := c.apply(body), c.cause
		if cause == "body_line_end" && jsonBlanks(body, text) {
			cause = "body_reserialised"
		}
		all.wrong(cause, c.tier, text)
	}
	if plain, ok := inflate(d.Request.Body, d.Request.Header.Get("Content-Encoding")); ok {
		all.wrong("body_compressed", frequent, plain)
	}
	if v, ok := parseJSON(d.Request.Body); ok {
		d.jsonBodies(v, all)
	} else if strings.Contains(body, "=") && len(body) <= manyWays && !strings.HasPrefix(body, "--") {
		d.formBodies(body, all)
	}
	all.wrong("body_signed_not_sent", rare, d.memory.bodies(d.Signer, path)...)
	all.change(d.changes("body at last"))
	return all.options[1:]
}

// jsonBlanks reports whether two texts are JSON and differ in blanks that are neither line ends nor
// around them: those come from serialising it again, not from an editor.
//
//	{"a":1} and {"a": 1}    true: reserialised
//	{"a":1} and {"a":1}\n   false: a line end
func jsonBlanks(one, other string) bool {
	if !json.Valid([]byte(one)) || !json.Valid([]byte(other)) {
		return false
	}
	bare := func(s string) string { return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(s)) }
	return bare(one) != bare(other)
}

// insideOf is a text without what editors and command lines change about it.
func insideOf(text string) string {
	return strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff"))
}

// reserialised adds a JSON body as it is written otherwise. One that differs only around the text, in a byte order mark, or in CRLF
// for LF was not serialised twice: a library that writes the same JSON proves nothing else.
func (d *diagnosis) reserialised(all *slot, tier int, texts ...string) {
	for _, text := range texts {
		cause := "body_reserialised"
		if insideOf(string(d.Request.Body)) == insideOf(text) {
			cause = "body_line_end"
		}
		all.wrong(cause, tier, text)
	}
}

// jsonBodies are other serialisations of a JSON body, and the form that its members would make. The
// first writings are those of the usual libraries, and count as frequent.
func (d *diagnosis) jsonBodies(v any, all *slot) {
	ways := writings
	if len(d.Request.Body) > manyWays {
		ways = []writing{writings[0], writings[12], writings[6], writings[18]} // close together and apart, as they come and sorted
	}
	compact, spaced := ways[0].write(v), writing{comma: ", ", colon: ": "}.write(v)
	for i, w := range ways {
		tier := frequent
		if i > 20 {
			tier = usual
		}
		d.reserialised(all, tier, w.write(v))
	}
	d.reserialised(all, usual, compact+"\n", spaced+"\n", pythonText(v))
	if o, ok := v.(object); ok && len(o) < 6 && len(d.Request.Body) <= 4096 { // a library that sorts the members, or keeps no order
		permute(len(o), func(places []int) {
			other := make(object, len(o))
			for i, from := range places {
				other[i] = o[from]
			}
			d.reserialised(all, alone, writings[0].write(other), writings[12].write(other))
		})
	}
	if params := jsonParams(d.Request.Body); len(params) > 0 && len(params) < 100 && len(d.Request.Body) <= manyWays {
		all.wrong("body_json_for_form", frequent, paramTexts(params)...)
		all.wrong("body_json_for_form", usual, joinPairs(params, param.plain))
		for _, st := range styles[:16] {
			items := itemsOf(params, st.pair)
			all.wrong("body_json_for_form", usual, joinItems(items), joinItems(byEncoded(items)))
		}
	}
}

// pythonText is what Python's str makes of a dictionary, which clients sign that forget json.dumps:
// {'a': True, 'b': None}. It is not exact: quotes inside of a text become those of Python, and a word
// such as true changes there as well.
func pythonText(v any) string {
	return strings.NewReplacer(`"`, `'`, "true", "True", "false", "False", "null", "None").Replace(writing{comma: ", ", colon: ": "}.write(v))
}

// formBodies are other encodings of a form, the JSON that its parameters would make, and other orders
// and subsets of them. More than 100 parameters are left: the product of ways would use up the budget.
func (d *diagnosis) formBodies(body string, all *slot) {
	params := splitParams(body)
	if len(params) == 0 || len(params) > 100 {
		return
	}
	for _, o := range formObjects(params) {
		for _, w := range writings[:24] {
			all.wrong("body_form_for_json", frequent, w.write(o))
		}
	}
	for _, p := range params { // a member that holds the JSON text which was signed, as in payload=%7B...%7D
		if json.Valid([]byte(p.value)) && strings.ContainsAny(p.value[:1], "{[") {
			all.wrong("body_form_for_json", frequent, p.value)
		}
	}
	all.wrong("body_form_encoding", frequent, unescape(body, true), unescape(body, false), strings.ReplaceAll(body, "+", "%20"),
		strings.ReplaceAll(body, "%20", "+"), escapesIn(body, strings.ToLower), escapesIn(body, strings.ToUpper))
	s := newSlot("", body)
	sp := space{
		sets:      subsets(params),
		encodings: encodings(params, func(p param) string { return p.raw }),
		orders:    orders(asSent, "", "", len(params)),
	}
	sp.fill(s)
	// Within a form the order and the encoding are one cause, body_form_encoding: the client must send
	// the text that it signed, whichever of the two differs.
	for _, o := range s.options[1:] {
		if o.text != "" {
			all.wrong("body_form_encoding", max(o.tier, usual), o.text)
		}
	}
	whole := unescape(body, true)
	for _, st := range styles { // encoded as one text, with & and = left bare
		all.wrong("body_form_encoding", usual, style{Bare: st.Bare + "&=", Plus: st.Plus, Lower: st.Lower}.escape(whole))
	}
	for _, t := range listTexts(params, rfc3986.escape) {
		all.wrong("body_form_encoding", usual, t, strings.ReplaceAll(t, "%20", "+"))
	}
}

// misplaced are the bodies that parameters of the query would have made: a client signs them as a body
// and its library puts them into the query, or its author took a GET for a POST.
func (d *diagnosis) misplaced(params []param, all *slot) {
	for _, o := range formObjects(params) {
		for _, w := range writings[:24] {
			all.wrong("params_misplaced", usual, w.write(o))
		}
	}
	all.wrong("params_misplaced", usual, joinRaw(params))
	all.wrong("params_misplaced", usual, paramTexts(params)...)
}

// inflate undoes a content encoding, of up to 1 MiB: a small body may decompress to gigabytes. gzip is
// recognised by its first two bytes (RFC 1952, 2.3.1), deflate, which is in the format of zlib (RFC
// 9110, 8.4.1.2), by the header. ok is false for anything else, and for a body that breaks off.
func inflate(body []byte, encoding string) (string, bool) {
	var r io.Reader
	var err error
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		r, err = gzip.NewReader(bytes.NewReader(body))
	case strings.EqualFold(encoding, "deflate"):
		r, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return "", false
	}
	if err != nil {
		return "", false
	}
	plain, err := io.ReadAll(io.LimitReader(r, someWays))
	return string(plain), err == nil
}

// fillBody adds other texts in the place of a body that is signed after the path, as a query would be.
// The text of the rows with read "separate" has "?" and the body there, if there is one, and the query only if there is none;
// clients sign both, joined in several ways, or neither.
func (d *diagnosis) fillBody(tail *slot) {
	path, query, asked := strings.Cut(d.Request.Target, "?")
	body := string(d.Request.Body)
	if body == "" {
		for _, b := range d.bodies() {
			tail.add(b.with("?" + b.text))
			if asked {
				tail.add(b.with("?" + query + "&" + b.text))
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
			tail.wrong("query_signed_beside_body", usual, "?"+unescape(query, true)+"&"+body, "?"+sortQueryStable(query)+"&"+body,
				"?"+query+"\n"+body)
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
		tail.add(b.with("?" + b.text))
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
