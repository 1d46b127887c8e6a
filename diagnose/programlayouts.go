package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// joined is the text of a let that is signed, taken apart: each value has a text before it, which is a separator and the value's name.
type joined struct {
	begin, end string // of the operation
	first      string // the text before all values
	separator  string
	names      []string
	values     []string
	moving     bool // names go where their values go
}

var (
	signedName = regexp.MustCompile(`\[\[(\w+)\|(?:hmac_|rsa_|ecdsa_|ed25519|sha|md5)`)
	letLine    = regexp.MustCompile(`^(let (\w+) = )(.*)$`)
	valueIn    = regexp.MustCompile(`\[\[[^\]]*\]\]`)
	separating = regexp.MustCompile(`^(?:\\n|[^\w\\\[\]])`)
)

// layoutEdits are the ways to join the parts of what is signed: in another order, with other separators, without some of them.
func (w *programmed) layoutEdits() (all []programEdit) {
	var signed []string
	for _, found := range signedName.FindAllStringSubmatch(strings.Join(w.operations, "\n"), -1) {
		signed = append(signed, found[1])
	}
	for _, line := range w.operations {
		let := letLine.FindStringSubmatch(line)
		if let == nil || !slices.Contains(signed, let[2]) {
			continue
		}
		j := readJoined(let[1], let[3])
		if n := len(j.values); n < 2 || n > 12 {
			continue
		}
		from := regexp.MustCompile(`^` + regexp.QuoteMeta(line) + `$`)
		for _, e := range j.edits() {
			e.from, e.to, e.tier = from, strings.ReplaceAll(e.to, "$", "$$"), alone
			all = append(all, e)
		}
	}
	return all
}

// readJoined takes a text apart.
func readJoined(begin, text string) *joined {
	j := &joined{begin: begin}
	last := 0
	for _, at := range valueIn.FindAllStringIndex(text, -1) {
		j.names, j.values = append(j.names, text[last:at[0]]), append(j.values, text[at[0]:at[1]])
		last = at[1]
	}
	if j.end = text[last:]; len(j.values) < 2 {
		return j
	}
	j.separator = separating.FindString(j.names[1])
	for _, name := range j.names[1:] {
		if !strings.HasPrefix(name, j.separator) {
			j.separator = ""
		}
	}
	for i := range j.names {
		if i > 0 {
			j.names[i] = strings.TrimPrefix(j.names[i], j.separator)
			j.moving = j.moving || j.names[i] != ""
		}
	}
	if !j.moving {
		j.first, j.names[0] = j.names[0], ""
	}
	return j
}

// write is the operation with some of the values, in an order.
func (j *joined) write(order []int, first, separator, end string) string {
	parts := make([]string, len(order))
	for i, at := range order {
		parts[i] = j.names[at] + j.values[at]
	}
	return j.begin + first + strings.Join(parts, separator) + end
}

// edits are the ways to write the operation. Their expressions are the same for all of them: the whole line.
func (j *joined) edits() (all []programEdit) {
	order := make([]int, len(j.values))
	for i := range order {
		order[i] = i
	}
	add := func(cause, says, to string) { all = append(all, programEdit{to: to, cause: cause, says: says}) }
	for _, s := range []string{`\n`, "", ":", ".", "&", "|", " ", ",", "-", "/", "+", "_"} {
		first := j.first
		if rest, found := strings.CutSuffix(first, j.separator); found && rest != "" {
			first = rest + s
		}
		add("text_layout", "", j.write(order, first, s, j.end))
	}
	left := "a part of the signed text was left out"
	if j.first+j.end != "" {
		add("wrong_construction", left, j.write(order, "", j.separator, j.end))
		add("wrong_construction", left, j.write(order, "", j.separator, ""))
	}
	swapped := "the parts of the signed text were joined in another order"
	if len(order) <= 4 {
		for _, other := range arrangements(len(order)) {
			says := swapped
			if len(other) < len(order) {
				says = left
			}
			add("wrong_construction", says, j.write(other, j.first, j.separator, j.end))
			if len(other) == 1 {
				add("wrong_construction", left, j.begin+j.values[other[0]])
			}
		}
		return all
	}
	for i := range order {
		add("wrong_construction", left, j.write(slices.Delete(slices.Clone(order), i, i+1), j.first, j.separator, j.end))
		for k := i + 1; k < len(order); k++ {
			other := slices.Clone(order)
			other[i], other[k] = other[k], other[i]
			add("wrong_construction", swapped, j.write(other, j.first, j.separator, j.end))
		}
	}
	return all
}
