package diagnose

import (
	"cmp"
	"slices"
	"strings"
)

// asSent leaves the order as it is. Like all orders it may return the slice that it got; none changes
// it.
func asSent(items []item) []item { return items }

// sortedBy is a stable sort of a copy: parameters that compare as equal keep their order.
func sortedBy(compare func(a, b item) int) func([]item) []item {
	return func(items []item) []item {
		items = slices.Clone(items)
		slices.SortStableFunc(items, compare)
		return items
	}
}

// byEncoded is the order of schemes that sort (RFC 5849, 3.4.1.3.2): by encoded key, then by encoded
// value, byte by byte.
//
//	a=2 a%20=1 a=10  ->  a=10 a=2 a%20=1
var byEncoded = sortedBy(func(a, b item) int {
	ak, av, _ := strings.Cut(a.text, "=")
	bk, bv, _ := strings.Cut(b.text, "=")
	return cmp.Or(cmp.Compare(ak, bk), cmp.Compare(av, bv))
})

// rules are the ways in which clients sort: by decoded key, with or without the value, by the whole
// pair (which puts a-b=1 before a=1), ignoring letter case, by UTF-16 units as Java and JavaScript do,
// and backwards.
var rules = []func([]item) []item{
	byEncoded,
	sortedBy(func(a, b item) int { return cmp.Compare(a.key, b.key) }),
	sortedBy(func(a, b item) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.value, b.value)) }),
	sortedBy(func(a, b item) int { return cmp.Compare(encodedKey(a), encodedKey(b)) }),
	sortedBy(func(a, b item) int {
		return cmp.Or(cmp.Compare(encodedKey(a), encodedKey(b)), cmp.Compare(a.value, b.value))
	}),
	sortedBy(func(a, b item) int { return cmp.Compare(a.text, b.text) }),
	sortedBy(func(a, b item) int { return cmp.Compare(a.key+"="+a.value, b.key+"="+b.value) }),
	sortedBy(func(a, b item) int { return cmp.Compare(strings.ToLower(a.key), strings.ToLower(b.key)) }),
	sortedBy(func(a, b item) int { return cmp.Compare(strings.ToLower(a.text), strings.ToLower(b.text)) }),
	sortedBy(func(a, b item) int { return cmp.Compare(utf16BE(a.key), utf16BE(b.key)) }),
	sortedBy(func(a, b item) int { return cmp.Compare(b.key, a.key) }),
	sortedBy(func(a, b item) int { return cmp.Compare(b.text, a.text) }),
	func(items []item) []item { items = slices.Clone(items); slices.Reverse(items); return items },
}

// encodedKey is the key as it is written.
func encodedKey(it item) string { k, _, _ := strings.Cut(it.text, "="); return k }

// merges keep one of the parameters with the same key, as a map does: the first, the last, or the first
// of those that are the same altogether.
var merges = []func([]item) []item{
	func(items []item) []item { return once(items, func(it item) string { return it.key }) },
	func(items []item) []item {
		items = slices.Clone(items)
		slices.Reverse(items)
		items = once(items, func(it item) string { return it.key })
		slices.Reverse(items)
		return items
	},
	func(items []item) []item { return once(items, func(it item) string { return it.text }) },
}

// once keeps the first of the items that are the same by a property.
func once(items []item, by func(item) string) []item {
	var kept []item
	seen := make(map[string]bool)
	for _, it := range items {
		if k := by(it); !seen[k] {
			seen[k] = true
			kept = append(kept, it)
		}
	}
	return kept
}

// orders lists arrangements of n parameters: the right one, the rules, and, since some clients have no
// rule that can be known, permutations as far as they are few. unsorted is the cause of the order as
// sent, and sorted that of another rule. A client that iterates over a map makes any of the
// permutations.
func orders(right func([]item) []item, unsorted, sorted string, n int) []order {
	all := []order{{arrange: right}}
	if n < 2 {
		return all
	}
	if unsorted != sorted {
		all = append(all, order{asSent, unsorted, frequent})
	}
	for _, r := range rules {
		all = append(all, order{r, sorted, frequent})
	}
	for _, m := range merges {
		all = append(all, order{func(items []item) []item { return right(m(items)) }, "repeated_params", usual})
	}
	for _, p := range permutations(n) {
		all = append(all, order{func(items []item) []item {
			if len(items) != len(p) {
				return items
			}
			arranged := make([]item, len(p))
			for i, at := range p {
				arranged[i] = items[at]
			}
			return arranged
		}, unsorted, rare})
	}
	return all
}

// permutations are all of up to five places, of more those that move one place, and of more than 24
// none.
//
//	5 places   120
//	6 places    36
func permutations(n int) [][]int {
	var all [][]int
	switch {
	case n <= 5:
		permute(n, func(places []int) { all = append(all, places) })
	case n <= 24:
		for from := range n {
			for to := range n {
				p := slices.Delete(inOrder(n), from, from+1)
				all = append(all, slices.Insert(p, to, from))
			}
		}
	}
	return all
}
