package diagnose

import "slices"

// layOut adds to a frame the ways in which clients join its parts wrongly: with other separators, with something around
// them, in another order, or without some of them.
func (d *diagnosis) layOut(f *frame) {
	own := f.layouts[0].separator
	add := func(l layout, cause string, tier int) {
		l.cause, l.tier = cause, tier
		f.layouts = append(f.layouts, l)
	}
	add(layout{separator: own, after: "\n"}, "text_layout", frequent)
	if own == "\n" {
		add(layout{separator: "\r\n"}, "text_layout", frequent)
	}
	for _, s := range known.Separators {
		if s != own {
			add(layout{separator: s}, "text_layout", usual)
		}
	}
	add(layout{separator: own, before: "\n"}, "text_layout", usual)
	add(layout{separator: own, after: "\r\n"}, "text_layout", usual)
	if own != "" {
		add(layout{separator: own, after: own}, "text_layout", usual)
	}
	secret := slices.ContainsFunc(f.slots, func(s *slot) bool { return s.secret })
	if secret {
		add(layout{before: d.configuredID()}, d.profile.Reordered, usual)
	}
	if body := string(d.Request.Body); body != "" && len(body) <= someWays && !coversBody(d.signer) {
		add(layout{separator: own, after: own + body}, d.profile.Reordered, usual)
		add(layout{separator: own, after: body}, d.profile.Reordered, usual)
	}
	groups := grouped(f.slots)
	if len(groups) > 3 {
		d.rearrange(f, groups, add)
		return
	}
	tier := usual
	if secret {
		tier = frequent
	}
	for _, order := range arrangements(len(groups)) {
		var all []int
		for _, g := range order {
			all = append(all, groups[g]...)
		}
		cause := d.profile.Reordered
		if len(order) == 1 && f.slots[all[0]].secret {
			cause = "standard_for_advanced"
		}
		add(layout{order: all, separator: own}, cause, tier)
	}
}

// rearrange adds the orders that are usual where there are many parts: without one, two swapped, the first one last.
func (d *diagnosis) rearrange(f *frame, groups [][]int, add func(l layout, cause string, tier int)) {
	n := len(groups)
	own := f.layouts[0].separator
	place := func(label string) int {
		return slices.IndexFunc(f.slots, func(s *slot) bool { return s.label == label })
	}
	host, params := place("host"), place("params")
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	without := func(i int) layout {
		return layout{separator: own, order: slices.Delete(slices.Clone(all), i, i+1)}
	}
	add(without(host), "host_missing", frequent)
	add(without(params), "text_layout", usual)
	for drop := range min(n, params) { // without one of the last it is another version
		if drop != host {
			add(without(drop), "text_layout", usual)
		}
	}
	for i := range n - 1 {
		swapped := slices.Clone(all)
		swapped[i], swapped[i+1] = i+1, i
		add(layout{separator: own, order: swapped}, "text_layout", usual)
	}
	add(layout{separator: own, merged: params}, "text_layout", usual)
	add(layout{separator: own, order: append(slices.Clone(all[1:]), 0)}, "text_layout", usual)
}

// grouped are the places of slots that keep together.
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

// arrangements are all orders of all, some or one of up to three things but the right one, those of more things first.
func arrangements(n int) [][]int {
	var all [][]int
	for size := n; size > 0; size-- {
		var extend func(chosen []int)
		extend = func(chosen []int) {
			if len(chosen) == size {
				if size < n || !slices.IsSorted(chosen) {
					all = append(all, slices.Clone(chosen))
				}
				return
			}
			for i := range n {
				if !slices.Contains(chosen, i) {
					extend(append(chosen, i))
				}
			}
		}
		extend(nil)
	}
	return all
}
