package diagnose

import (
	"slices"
	"strings"
)

// expected are the leaves for the request as it was sent, by their sources. Before the date was read,
// it is any.
func (w *programmed) expected(d *diagnosis) map[string]string {
	texts := make(map[string]string)
	for i, text := range w.sign(w.plain, w.start(d)) {
		texts[w.leaves[i].part.Source] = text
	}
	return texts
}

// search sets up the comparison with what was sent. Several leaves may have to agree: two proofs, or a
// proof and the hash of the body. They are compared as one text, with the byte 0x1f between them and
// the proof last.
func (w *programmed) search(d *diagnosis) {
	var compared []int
	proof := -1
	for i, l := range w.leaves {
		switch {
		case !l.sent || l.kind != proofLeaf && l.kind != secretLeaf && l.kind != sumLeaf:
		case proof < 0 && l.kind != sumLeaf:
			proof = i
		default:
			compared = append(compared, i)
		}
	}
	if d.stuck || proof < 0 {
		return
	}
	first := w.leaves[proof]
	compared = append(compared, proof) // at the end, where it may be cut
	d.signature = first.given
	if first.kind == proofLeaf && d.secretSent(first.given) {
		return
	}
	for _, given := range append([]string{first.given}, first.also...) {
		d.wants = append(d.wants, withCause(first.wants(given), first.causes...)...)
	}
	if len(d.wants) == 0 {
		d.fact("signature_encoding")
		return
	}
	if d.secret == "" {
		w.blind(d, first)
		return
	}
	for i := range d.wants { // the others have to be the same
		want, all := &d.wants[i], ""
		for _, at := range compared[:len(compared)-1] {
			l := w.leaves[at]
			all += l.bytes(l.given) + "\x1f"
			want.causes = append(slices.Clone(want.causes), l.causes...)
		}
		want.exact = want.exact || len(want.raw) < 10
		want.raw = append([]byte(all), want.raw...)
	}
	w.frame(d, compared)
}

// blind looks at the form of a proof that cannot be made without the secret, or of a secret that cannot
// be compared.
func (w *programmed) blind(d *diagnosis, l *leaf) {
	if l.kind == proofLeaf {
		if form := l.encoders(); len(form) == 1 && (form[0] == "hex" || form[0] == "base64") {
			d.lengths(d.profile.Digest)
		}
		d.factsOf(l.causes)
		return
	}
	for _, one := range w.leaves {
		if one.kind == secretLeaf && one.sent {
			d.factsOf(one.causes)
			d.quotedOrNot(one.given)
			if name, _ := scheme(one.given); name != "" {
				d.fact("prefix_wrong")
			}
		}
	}
}

// frame makes the inputs of the scheme the slots of a search whose hash is the program: it puts all
// texts into an attempt, signs it, and returns the leaves that are compared. Changed operations are
// further macs of the same frame.
func (w *programmed) frame(d *diagnosis, compared []int) {
	base := w.start(d)
	w.asItIs = !slices.ContainsFunc(w.leaves, func(l *leaf) bool {
		return l.kind == secretLeaf && slices.ContainsFunc(l.part.Filters, func(f string) bool { return f != "reveal" })
	})
	v := w.announced(d)
	inputs := w.inputs(d, base)
	sum := func(v *variant, inputs []input) hasher {
		return func(texts []string) []byte {
			a := *base
			for i, in := range inputs {
				in.apply(&a, texts[i])
			}
			w.last = &a
			leaves := w.sign(v, &a)
			if leaves == nil {
				return nil
			}
			all := make([]string, len(compared))
			for k, at := range compared {
				all[k] = w.leaves[at].bytes(leaves[at])
			}
			return []byte(strings.Join(all, "\x1f"))
		}
	}
	inputs = covered(inputs, func(texts []string) string { return string(sum(v, inputs)(texts)) })
	f := &frame{layouts: []layout{{}}, macs: []mac{{sum: sum(v, inputs)}}}
	for _, in := range inputs {
		in.slot.glued = true
		f.slots = append(f.slots, in.slot)
	}
	d.frames = []*frame{f}
	d.later = func() {
		f.macs = append(f.macs, d.previous(w.scheme, f.slots, f.macs[0].sum)...)
		for _, in := range inputs {
			if in.fill != nil {
				in.fill(in.slot)
			}
		}
		if d.token {
			return
		}
		add := func(edits []programEdit) {
			for _, e := range edits {
				if other := w.edited(v, e.change); other != nil {
					f.macs = append(f.macs, mistaken(e.cause, e.tier, e.says, sum(other, inputs)))
				}
			}
		}
		add(slices.Concat(programEdits(), w.lineEndEdits(d)))
		d.last = append(d.last, func() {
			add(slices.Concat(w.stepEdits(), w.dayEdits(d), w.secretEdits(), w.liteEdits(d), w.digestEdits(d), w.chainEdits(d.profile.Secret),
				w.layoutEdits(), w.valueEdits(d)))
		})
	}
	w.right = func() *attempt {
		a := *base
		for _, in := range inputs {
			in.apply(&a, in.slot.right())
		}
		w.sign(v, &a)
		return &a
	}
}

// covered are the inputs that change what is compared. Each is signed once with its probe; that is much
// cheaper than all the mistakes with an input that is not signed.
func covered(inputs []input, sum func(texts []string) string) []input {
	texts := make([]string, len(inputs))
	for i, in := range inputs {
		texts[i] = in.slot.right()
	}
	right := sum(texts)
	var all []input
	for i, in := range inputs {
		if in.probe == "" {
			all = append(all, in)
			continue
		}
		other := slices.Clone(texts)
		other[i] = in.probe
		if sum(other) != right {
			all = append(all, in)
		}
	}
	return all
}
