package diagnose

import (
	"slices"
	"strings"
)

// item is a parameter with the text that it is written as. Orders sort by either.
type item struct {
	param
	text string
}

// order is a way to arrange parameters. arrange does not change its argument.
type order struct {
	arrange func([]item) []item
	cause   string
	tier    int
}

// encoding is a way to write one parameter. causes are empty for the right one.
type encoding struct {
	pair   func(param) string
	causes []string
	tier   int
}

// paramSet is a choice of the parameters that are signed.
type paramSet struct {
	params []param
	cause  string
	tier   int
}

// space is all the ways to sign parameters: which, written how, in what order. The first of each is the
// right one. With three parameters there are about 14 sets, 4 encodings and 24 orders, that make 40 different texts.
type space struct {
	sets      []paramSet
	encodings []encoding
	orders    []order
	prefix    string // what comes before parameters if there are any
}

// fill adds all texts with one and with two mistakes. Rare sets and orders are not combined with
// another mistake: their number would bury the common pairs.
func (sp *space) fill(s *slot) {
	for i, set := range sp.sets {
		for j, e := range sp.encodings {
			if i > 0 && j > 0 && set.tier > usual {
				break
			}
			items := itemsOf(set.params, e.pair)
			for k, o := range sp.orders {
				weight := min(i, 1) + min(j, 1) + min(k, 1)
				if weight == 0 || weight > 2 || k > 0 && (i > 0 || j > 0) && o.tier > usual || i > 0 && k > 0 && set.tier > usual {
					continue
				}
				var causes []string
				if k > 0 {
					causes = append(causes, o.cause)
				}
				// Order, encoding, set: the causes of one text come in this order, whatever was found
				// first.
				causes = append(causes, e.causes...)
				if i > 0 {
					causes = append(causes, set.cause)
				}
				text := joinItems(o.arrange(items))
				if text != "" {
					text = sp.prefix + text
				}
				s.add(option{text: text, causes: causes, weight: weight, tier: max(set.tier, e.tier, o.tier)})
			}
		}
	}
}

// joinItems joins written parameters with &.
func joinItems(items []item) string { return joinPairs(items, func(it item) string { return it.text }) }

// itemsOf writes parameters in an encoding.
func itemsOf(params []param, pair func(param) string) []item {
	items := make([]item, len(params))
	for i, p := range params {
		items[i] = item{p, pair(p)}
	}
	return items
}

// subsets lists which parameters may have been signed: all, and when others were added later none, all
// but one, one, a part at the beginning or the end, then any of up to eight.
//
//	a b c  ->  abc, none, bc, ac, ab, a, b, c, and with the rare choices all others
func subsets(params []param) []paramSet {
	const cause = "query_sent_not_signed"
	all, n := []paramSet{{params: params}}, len(params)
	if n > 0 {
		all = append(all, paramSet{nil, cause, frequent})
	}
	if n <= 1 || n > 64 {
		return all
	}
	for i := range params {
		all = append(all, paramSet{slices.Delete(slices.Clone(params), i, i+1), cause, usual})
	}
	for i := range params {
		all = append(all, paramSet{params[i : i+1], cause, usual})
	}
	for i := 2; i < n-1; i++ {
		all = append(all, paramSet{params[:i], cause, usual}, paramSet{params[i:], cause, usual})
	}
	if n > 8 {
		return all
	}
	for _, some := range choices(params) {
		all = append(all, paramSet{some, cause, rare})
	}
	return all
}

// choices are some of a few things, but neither none nor all: 2^n - 2 of n.
//
//	a b c  ->  a, b, ab, c, ac, bc
func choices[T any](things []T) (all [][]T) {
	for mask := 1; mask < 1<<len(things)-1; mask++ {
		var some []T
		for i, one := range things {
			if mask>>i&1 == 1 {
				some = append(some, one)
			}
		}
		all = append(all, some)
	}
	return all
}

// listTexts are the ways in which a list of values becomes one text by mistake: the list as a language
// prints it, values with a separator, and keys with []. nil if no key appears twice.
//
//	a=1&a=2&b=3  ->  a=['1', '2']&b=3    a=%5B%271%27%2C%20%272%27%5D&b=3    a=1,2&b=3    a[]=1&a[]=2&b=3
func listTexts(params []param, encode func(string) string) []string {
	var keys []string
	values := make(map[string][]string)
	for _, p := range params {
		if values[p.key] == nil {
			keys = append(keys, p.key)
		}
		values[p.key] = append(values[p.key], p.value)
	}
	if len(keys) == len(params) {
		return nil
	}
	var all []string
	for _, names := range [][]string{keys, slices.Sorted(slices.Values(keys))} {
		for _, quote := range []string{"['|', '|']", "[|, |]", `["|","|"]`, `["|", "|"]`, "|,|", "|, |", "|;|", "|+|", "[|,|]", "[| |]",
			"('|', '|')"} {
			mark := strings.Split(quote, "|")
			text := func(key string) string {
				if v := values[key]; len(v) > 1 {
					return mark[0] + strings.Join(v, mark[1]) + mark[2]
				}
				return values[key][0]
			}
			all = append(all, joinPairs(names, func(k string) string { return k + "=" + text(k) }),
				joinPairs(names, func(k string) string { return encode(k) + "=" + encode(text(k)) }))
		}
		for _, suffix := range []string{"[]", "%5B%5D"} {
			all = append(all, joinPairs(names, func(k string) string {
				name := encode(k)
				if len(values[k]) > 1 {
					name += suffix
				}
				return joinPairs(values[k], func(v string) string { return name + "=" + encode(v) })
			}))
		}
	}
	return all
}

// sortQueryStable puts a query in the order of its decoded keys, as vendors ask for that sign a query as it is sent.
// Values keep their order.
func sortQueryStable(query string) string {
	params := splitParams(query)
	slices.SortStableFunc(params, func(a, b param) int { return strings.Compare(a.key, b.key) })
	return joinRaw(params)
}

// misplacedSets are parameters of the other place than the one that is signed: the query or the body.
func (d *diagnosis) misplacedSets(params []param, fromBody bool) []paramSet {
	body := d.Request.Body
	if len(body) > manyWays || !hasForm(d.Request.Method) {
		return nil
	}
	var sets []paramSet
	add := func(cause string, some []param) {
		if len(some) > 0 {
			sets = append(sets, paramSet{some, cause, frequent})
		}
	}
	switch {
	case fromBody:
		add("body_json_for_form", jsonParams(body))
		add("content_type", partParams(body))
		_, query, _ := strings.Cut(d.Request.Target, "?")
		if q := splitParams(query); len(q) > 0 {
			add("params_misplaced", q)
			add("query_signed_beside_body", append(slices.Clone(q), params...))
		}
	case isForm(d.Request.Header):
		add("params_misplaced", splitParams(string(body)))
	default:
		add("params_misplaced", jsonParams(body))
	}
	return sets
}

// paddedParams are parameters whose values lost the white space at their ends, or had some more at the
// last, or a byte order mark at the first: a line end or a mark of a form that a file held.
func paddedParams(params []param) [][]param {
	if len(params) == 0 {
		return nil
	}
	var all [][]param
	trimmed, changed := slices.Clone(params), false
	for i, p := range trimmed {
		if value := strings.TrimSpace(p.value); value != p.value {
			trimmed[i], changed = newParam(p.key, value), true
		}
	}
	if changed {
		all = append(all, trimmed)
	}
	for _, end := range []string{" ", "\n", "\r\n"} {
		longer := slices.Clone(params)
		last := &longer[len(longer)-1]
		*last = newParam(last.key, last.value+end)
		all = append(all, longer)
	}
	marked := slices.Clone(params)
	if key, found := strings.CutPrefix(params[0].key, "\ufeff"); found {
		marked[0] = newParam(key, params[0].value)
	} else {
		marked[0] = newParam("\ufeff"+key, params[0].value)
	}
	return append(all, marked)
}
