package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// joined is the text of a let that is signed, taken apart: its values, and before each of them a
// separator and the value's name.
//
//	let text = v0:[[ts]]:[[body]]   begin "let text = ", first "v0:", gaps "" and ":", values [[ts]] and [[body]]
type joined struct {
	begin, end string // of the operation
	first      string // the text before all values that stays where it is
	gaps       []string
	names      []string
	values     []string
}

var (
	// The name of a let that is hashed or signed.
	signedName = regexp.MustCompile(`\[\[(\w+)\|(?:hmac_|rsa_|ecdsa_|ed25519|sha|md5)`)
	// A let: all before its text, its name, its text.
	letLine = regexp.MustCompile(`^(let (\w+) = )(.*)$`)
	valueIn = regexp.MustCompile(`\[\[[^\]]*\]\]`)
	// A value that is a let, maybe encoded, and nothing else.
	plainName = regexp.MustCompile(`^\[\[(\w+)(?:\|(?:base64|hex|urlencode|lower|upper))*\]\]$`)
	// What separates two values: line feeds, tabs and punctuation.
	separating = regexp.MustCompile(`^(?:\\n|\\t|[^\w\\\[\]])*`)

	oneSeparator  = regexp.MustCompile(`^(?:\\n|\\t|.)`)
	lastSeparator = regexp.MustCompile(`(?:\\n|\\t|[^\w\\\[\]])+$`)
)

// separators are what clients write between the parts of a text, as operations write it.
var separators = []string{`\n`, "", ":", ".", "&", "|", " ", ",", ";", "-", "/", "+", "_", "="}

// layoutEdits are the ways to join the parts of what is signed: in another order, with other
// separators, without some of them. Texts of more than 12 values are left as they are.
func (w *programmed) layoutEdits() (all []programEdit) {
	signed := w.signedLets()
	for _, line := range w.operations {
		let := letLine.FindStringSubmatch(line)
		if let == nil || !slices.Contains(signed, let[2]) {
			continue
		}
		j := readJoined(let[1], let[3])
		if n := len(j.values); n < 1 || n > 12 {
			continue
		}
		all = append(all, j.edits(line)...)
	}
	return all
}

// signedLets are the names of the texts that are signed or hashed, and of the texts that they are
// joined of. A name may be in the list that is no let, such as body.
func (w *programmed) signedLets() (names []string) {
	for _, found := range signedName.FindAllStringSubmatch(strings.Join(w.operations, "\n"), -1) {
		names = append(names, found[1])
	}
	for _, line := range slices.Backward(w.operations) { // a let is defined above its uses
		let := letLine.FindStringSubmatch(line)
		if let == nil || !slices.Contains(names, let[2]) {
			continue
		}
		for _, value := range valueIn.FindAllString(let[3], -1) {
			if found := plainName.FindStringSubmatch(value); found != nil {
				names = append(names, found[1])
			}
		}
	}
	return names
}

// readJoined takes a text apart. A text before the first value is a name like the others only if the
// others have names, as in a=[[x]]&b=[[y]].
func readJoined(begin, text string) *joined {
	j := &joined{begin: begin}
	last := 0
	for i, at := range valueIn.FindAllStringIndex(text, -1) {
		before, gap := text[last:at[0]], ""
		if i > 0 {
			gap = separating.FindString(before)
		}
		j.gaps, j.names, j.values = append(j.gaps, gap), append(j.names, before[len(gap):]), append(j.values, text[at[0]:at[1]])
		last = at[1]
	}
	if j.end = text[last:]; len(j.values) < 2 || !slices.ContainsFunc(j.names[1:], func(name string) bool { return name != "" }) {
		j.first, j.names[0] = strings.Join(j.names[:min(1, len(j.names))], ""), "" // it is no name like the others
	}
	return j
}

// write is the operation with some of the values in an order. Separators stay where they are, names go
// with their values.
func (j *joined) write(order []int, first string, gaps []string, end string) string {
	var b strings.Builder
	b.WriteString(j.begin + first)
	for i, at := range order {
		if i > 0 {
			b.WriteString(gaps[i])
		}
		b.WriteString(j.names[at] + j.values[at])
	}
	return b.String() + end
}

// edits are other ways to write the operation line. Up to four values are joined in all orders and
// choices; of more, one is left out or moved to an end, or two are exchanged.
func (j *joined) edits(line string) (all []programEdit) {
	order := inOrder(len(j.values))
	add := func(cause, says, to string) {
		all = append(all, programEdit{cause: cause, says: says, tier: alone, change: instead(line, to)})
	}
	left, swapped := "a part of the signed text was left out", "the parts of the signed text were joined in another order"
	if len(order) > 1 {
		j.separated(add, order)
	}
	if j.first+j.end != "" {
		add("wrong_construction", left, j.write(order, "", j.gaps, j.end))
		add("wrong_construction", left, j.write(order, "", j.gaps, ""))
		add("wrong_construction", left, j.write(order, j.first, j.gaps, strings.TrimRight(j.end, ";,:&|. ")))
	}
	for end := j.end; strings.HasSuffix(end, `\n`); {
		end = strings.TrimSuffix(end, `\n`)
		add("text_layout", "the signed text has fewer line ends at its end than the vendor's", j.write(order, j.first, j.gaps, end))
	}
	add("text_layout", "the signed text has one more line end at its end than the vendor's", j.write(order, j.first, j.gaps, j.end+`\n`))
	for i := range order { // left empty, with its separators and its name
		values := slices.Clone(j.values)
		values[i] = ""
		other := *j
		other.values = values
		add("wrong_construction", left, other.write(order, j.first, j.gaps, j.end))
	}
	if len(order) > 1 && len(order) <= 4 {
		for _, other := range arrangements(len(order)) {
			says := swapped
			if len(other) < len(order) {
				says = left
			}
			add("wrong_construction", says, j.write(other, j.first, j.gaps, j.end))
			if len(other) == 1 {
				add("wrong_construction", left, j.begin+j.values[other[0]])
			}
		}
		return all
	}
	for i := range order {
		if len(order) > 1 {
			without := *j
			without.gaps = slices.Delete(slices.Clone(j.gaps), max(i, 1), max(i, 1)+1)
			add("wrong_construction", left, without.write(slices.Delete(slices.Clone(order), i, i+1), j.first, without.gaps, j.end))
		}
		rest := slices.Delete(slices.Clone(order), i, i+1)
		add("wrong_construction", swapped, j.write(append([]int{i}, rest...), j.first, j.gaps, j.end))
		add("wrong_construction", swapped, j.write(append(rest, i), j.first, j.gaps, j.end))
		for k := i + 1; k < len(order); k++ {
			other := slices.Clone(order)
			other[i], other[k] = other[k], other[i]
			add("wrong_construction", swapped, j.write(other, j.first, j.gaps, j.end))
		}
	}
	return all
}

// separated are other separators: between all parts, in place of one of several kinds, once left out,
// once doubled.
func (j *joined) separated(add func(cause, says, to string), order []int) {
	gaps := func(change func(i int, gap string) string) []string {
		all := slices.Clone(j.gaps)
		for i := 1; i < len(all); i++ {
			all[i] = change(i, all[i])
		}
		return all
	}
	for _, s := range separators {
		uniform := gaps(func(int, string) string { return s })
		first := j.first
		if end := lastSeparator.FindString(first); len(end) < len(first) && end != "" {
			first = strings.TrimSuffix(first, end) + s
		}
		add("text_layout", "", j.write(order, first, uniform, j.end))
		add("text_layout", "", j.write(order, j.first, uniform, j.end))
		if first != j.first {
			add("text_layout", "", j.write(order, first, j.gaps, j.end))
		}
		add("wrong_construction", "a part of the signed text was left out, and the others were joined in another way",
			j.write(order, "", uniform, j.end))
		for _, kind := range slices.Compact(slices.Sorted(slices.Values(j.gaps[1:]))) {
			add("text_layout", "", j.write(order, j.first, gaps(func(_ int, gap string) string {
				if gap == kind {
					return s
				}
				return gap
			}), j.end))
		}
	}
	for at := 1; at < len(j.gaps); at++ {
		once := func(change func(string) string) []string {
			return gaps(func(i int, gap string) string {
				if i == at {
					return change(gap)
				}
				return gap
			})
		}
		add("text_layout", "a separator of the signed text was left out", j.write(order, j.first, once(func(gap string) string {
			return oneSeparator.ReplaceAllString(gap, "")
		}), j.end))
		add("text_layout", "a separator of the signed text was doubled",
			j.write(order, j.first, once(func(gap string) string { return gap + gap }), j.end))
	}
}
