package diagnose

import "slices"

// lay adds ways to join the parts of a frame that are the same mistake. The first layout of a frame,
// the right one, stays.
func (f *frame) lay(cause string, tier int, all ...layout) {
	for _, l := range all {
		l.cause, l.tier = cause, tier
		f.layouts = append(f.layouts, l)
	}
}

// layOut adds to a frame the ways in which clients join its parts wrongly: with other separators, with
// something around them, in another order, or without some of them. The cause of another order depends
// on the vendor: reordered is text_layout where text is joined, and wrong_construction where key, nonce
// and time are hashed.
func (d *diagnosis) layOut(f *frame) {
	own, reordered := f.layouts[0].separator, d.profile.Reordered
	f.lay("text_layout", frequent, layout{separator: own, after: "\n"})
	if own == "\n" {
		f.lay("text_layout", frequent, layout{separator: "\r\n"})
	}
	for _, s := range known.Separators {
		if s != own {
			f.lay("text_layout", usual, layout{separator: s})
		}
	}
	f.lay("text_layout", usual, layout{separator: own, before: "\n"}, layout{separator: own, after: "\r\n"})
	if own != "" {
		f.lay("text_layout", usual, layout{separator: own, after: own})
	}
	tier := usual
	// The secret is hashed with the text and is no key of a MAC: other orders are frequent there.
	if slices.ContainsFunc(f.slots, func(s *slot) bool { return s.secret }) {
		f.lay(reordered, usual, layout{before: d.configuredID()})
		tier = frequent
	}
	if body := string(d.Request.Body); body != "" && len(body) <= someWays && !coversBody(d.signer) {
		f.lay(reordered, usual, layout{separator: own, after: own + body}, layout{separator: own, after: body})
	}
	groups := grouped(f.slots)
	if len(groups) > 3 {
		f.rearrange(len(groups))
		return
	}
	for _, order := range arrangements(len(groups)) {
		var all []int
		for _, g := range order {
			all = append(all, groups[g]...)
		}
		cause := reordered
		if len(order) == 1 && f.slots[all[0]].secret {
			cause = "standard_for_advanced"
		}
		f.lay(cause, tier, layout{order: all, separator: own})
	}
}

// rearrange adds the orders that are usual where there are many parts, as in a text of seven lines: without one,
// two neighbours swapped, the first one last. All orders of seven parts would be 5039.
func (f *frame) rearrange(n int) {
	own := f.layouts[0].separator
	place := func(label string) int {
		return slices.IndexFunc(f.slots, func(s *slot) bool { return s.label == label })
	}
	host, params := place("host"), place("params")
	all := inOrder(n)
	without := func(i int) layout {
		return layout{separator: own, order: slices.Delete(slices.Clone(all), i, i+1)}
	}
	f.lay("host_missing", frequent, without(host))
	f.lay("text_layout", usual, without(params))
	for drop := range min(n, params) { // without one of the last it is another version
		if drop != host {
			f.lay("text_layout", usual, without(drop))
		}
	}
	for i := range n - 1 {
		swapped := slices.Clone(all)
		swapped[i], swapped[i+1] = i+1, i
		f.lay("text_layout", usual, layout{separator: own, order: swapped})
	}
	f.lay("text_layout", usual, layout{separator: own, merged: params}, layout{separator: own, order: append(slices.Clone(all[1:]), 0)})
}

// grouped are the places of slots that keep together: a slot that is glued to the one before it, such
// as a query to its path, moves with it.
func grouped(slots []*slot) [][]int {
	var all [][]int
	for i, s := range slots {
		if s.glued && i > 0 {
			all[len(all)-1] = append(all[len(all)-1], i)
		} else {
			all = append(all, []int{i})
		}
	}
	return all
}

// arrangements are all orders of all, some or one of up to three things but the right one, those of
// more things first. Callers with four things take them as well; the number grows with the factorial.
//
//	2  ->  [1 0] [0] [1]
//	3  ->  [0 2 1] [1 0 2] [1 2 0] [2 0 1] [2 1 0] [0 1] [0 2] [1 0] ... [0] [1] [2]
func arrangements(n int) [][]int {
	var all [][]int
	for size := n; size > 0; size-- {
		choose(n, size, func(order []int) {
			if size < n || !slices.IsSorted(order) {
				all = append(all, order)
			}
		})
	}
	return all
}

// inOrder are n places as they come, from 0 on.
func inOrder(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

// permute goes through all orders of n places. each may keep what it gets.
func permute(n int, each func([]int)) { choose(n, n, each) }

// choose goes through all orders of some of n places, by their numbers. each may keep what it gets.
func choose(n, some int, each func([]int)) {
	var next func(places []int)
	next = func(places []int) {
		if len(places) == some {
			each(slices.Clone(places))
			return
		}
		for i := range n {
			if !slices.Contains(places, i) {
				next(append(places, i))
			}
		}
	}
	next(nil)
}
