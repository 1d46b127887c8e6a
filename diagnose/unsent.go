package diagnose

import (
	"slices"
	"strconv"
	"strings"
)

// guess is a query that may have been signed and was not sent.
type guess struct {
	text string
	tier int
}

// unsent lists queries that may have been signed and left out. What was not sent can only be guessed:
// from elsewhere in the request (the URL in a proxy's header, a body of a GET), from earlier requests
// of the stream, and from what is usual with the vendor (guesses).
func (d *diagnosis) unsent(query string) []guess {
	var all []guess
	seen := map[string]bool{query: true, "": true}
	add := func(tier int, text string) {
		text = strings.TrimPrefix(text, "?")
		if !seen[text] {
			seen[text] = true
			all = append(all, guess{text, tier})
		}
	}
	for _, h := range known.URLHeaders {
		_, q, _ := strings.Cut(d.Request.Header.Get(h), "?")
		q, _, _ = strings.Cut(q, "#")
		add(usual, q)
	}
	if !hasForm(d.Request.Method) && len(d.Request.Body) > 0 && len(d.Request.Body) < 1<<14 {
		for _, q := range bodyAsQuery(d.Request.Body) {
			add(usual, q)
		}
	}
	path, _, _ := strings.Cut(d.Request.Target, "?")
	for _, q := range d.memory.queries(d.Signer, path) {
		add(rare, q)
	}
	return all
}

// bodyAsQuery reads parameters that went into the body of a request whose method has none.
func bodyAsQuery(body []byte) []string {
	text := strings.TrimSpace(string(body))
	if params := jsonParams(body); len(params) > 0 {
		return paramTexts(params)
	}
	if strings.Contains(text, "=") && !strings.ContainsAny(text, "\n{<") {
		return []string{text}
	}
	return nil
}

// paramTexts writes parameters as a query in the two usual encodings, as they came and sorted.
//
//	b=1 2, a=~  ->  b=1%202&a=~  b=1+2&a=~  a=~&b=1%202  a=~&b=1+2
func paramTexts(params []param) []string {
	var all []string
	for _, arrange := range []func([]item) []item{asSent, byEncoded} {
		for _, st := range []style{rfc3986, {Bare: "~", Plus: true}} {
			all = append(all, joinItems(arrange(itemsOf(params, st.pair))))
		}
	}
	return all
}

// leftOvers are a query with the numbers that an earlier page of the same answer had: a loop signs
// once, and changes the offset only in what it sends.
//
//	limit=100&offset=200  ->  limit=100&offset=100, limit=100&offset=300, limit=100&offset=0, ...
func leftOvers(params []param) [][]param {
	var all [][]param
	step := int64(0)
	for _, p := range params {
		if n, err := strconv.ParseInt(p.value, 10, 64); err == nil && n > 0 && (p.key == "limit" || p.key == "resultLimit" ||
			p.key == "count" || p.key == "rows") {
			step = n
		}
	}
	for i, p := range params {
		n, err := strconv.ParseInt(p.value, 10, 64)
		if err != nil || p.value == "" || n < 0 {
			continue
		}
		for _, other := range []int64{0, n - step, n + step, n - 1, n + 1, 1, n - 100, n - 10, n - 50, n - 1000, n + 100, n - 20, n - 25,
			n - 200, n - 500} {
			if other < 0 || other == n {
				continue
			}
			changed := slices.Clone(params)
			value := strconv.FormatInt(other, 10)
			changed[i] = param{raw: strings.TrimSuffix(p.raw, p.value) + value, key: p.key, value: value}
			all = append(all, changed)
		}
	}
	return all
}
