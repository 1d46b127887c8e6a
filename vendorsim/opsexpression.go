package vendorsim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// datum is a value: text and binary data in s, a time in at.
type datum struct {
	kind  kind
	s     string
	at    time.Time
	fixed bool // it depends on options and literals alone
}

// template computes a template, as the checker has typed it: the pieces joined, or the one value as it is.
func (u *run) template(t template) (datum, error) {
	all := datum{fixed: true}
	for _, p := range t {
		// Literal text depends on nothing.
		d := datum{s: p.literal, fixed: true}
		if p.expr != nil {
			var err error
			if d, err = u.expression(p.expr); err != nil {
				return d, err
			}
		}
		// A single value keeps its kind, such as a time.
		if len(t) == 1 {
			return d, nil
		}
		all.kind, all.fixed = max(all.kind, d.kind), all.fixed && d.fixed
		// Counted piece by piece, so that a program that doubles its values ends early.
		if err := u.spend(d); err != nil {
			return all, err
		}
		if !u.trial || d.fixed {
			all.s += d.s
		}
	}
	return all, nil
}

// spend counts a value against the limit. In a trial only fixed values are there to be counted.
func (u *run) spend(d datum) error {
	if u.trial && !d.fixed {
		return nil
	}
	if u.spent += len(d.s); u.spent > maxValues+8*len(u.request.Body) {
		return fmt.Errorf("the values are too large: %w", u.blame(datum{fixed: u.trial}))
	}
	return nil
}

// maxValues and eight times the body bound the values that a program makes: a let that joins the one above it with itself, and so
// on, would double them with each line, and so would hex|hex|hex.
const maxValues = 4 << 20

// expression computes a value and its filters, from left to right. The last failing condition decides where it begins.
func (u *run) expression(e *expression) (datum, error) {
	d, first := datum{fixed: true}, 0
	// What a failing if throws away is not computed: a branch for another kind of key need not fit this one. Likewise if_method.
	for i, f := range e.filters {
		if f.name == "if" && u.options[strings.TrimPrefix(f.args[0], "opt.")] != f.args[1] {
			d.fixed, first = true, i+1
		}
		// In a trial no method is known, so that both ways are computed.
		if f.name == "if_method" && !u.trial && !slices.Contains(methodList(f), u.request.Method) {
			d.fixed, first = false, i+1
		}
	}
	if first == 0 {
		d = u.value(e.value)
	}
	rest := e.filters[first:]
	byMethod := slices.ContainsFunc(rest, func(f call) bool { return f.name == "if_method" })
	for _, f := range rest {
		var err error
		// A value that depends on the method is the request's, even if all of its parts are options.
		d.fixed = d.fixed && !byMethod
		if d, err = u.filter(f, d); err != nil && u.trial && errors.Is(err, ErrMessage) {
			d, err = datum{}, nil
		}
		if err != nil {
			return d, fmt.Errorf("%s: %w", f.name, err)
		}
		if err = u.spend(d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// value computes what an expression begins with. A let shadows nothing, since the checker refuses names that are taken. Names
// other than the values below are options that no file declares: the token and what came with it.
func (u *run) value(v call) datum {
	if v.quoted {
		return datum{s: v.name, fixed: true}
	}
	// Computed once, when its operation ran.
	if d, ok := u.lets[v.name]; ok {
		return d
	}
	if name, ok := strings.CutPrefix(v.name, "opt."); ok {
		return datum{s: u.options[name], fixed: true}
	}
	if name, ok := strings.CutPrefix(v.name, "header."); ok {
		if d, ok := u.set[strings.ToLower(name)]; ok {
			return d
		}
		// An owned header that no operation has set yet is empty whatever the client sent, and so fixed.
		return datum{s: u.field(name), fixed: isOwned(plainName(name), u.p.ownedHeaders())}
	}
	// As they are by now: operations above may have added parameters.
	path, query, _ := splitTarget(u.target)
	switch v.name {
	case "method":
		return datum{s: u.request.Method}
	case "scheme":
		if u.request.Scheme == "" {
			return datum{s: "https"}
		}
		return datum{s: u.request.Scheme}
	case "host":
		return datum{s: u.request.Host}
	case "path":
		return datum{s: path}
	case "query":
		return datum{s: query}
	case "target":
		return datum{s: u.target}
	case "nonce":
		return datum{s: u.nonce}
	case "body_len":
		return datum{s: strconv.Itoa(len(u.request.Body))}
	case "body":
		return datum{kind: binary, s: u.body}
	case "now":
		return datum{kind: moment, at: u.now}
	case "header_lines":
		return datum{s: u.headerLines(v.args[0])}
	case "header_lines_trimmed":
		return datum{s: u.trimmedLines(v.args[0])}
	case "header_names":
		return datum{s: strings.Join(u.selected(v.args[0]), ";")}
	case "header_list":
		return datum{s: u.headerList(u.options[strings.TrimPrefix(v.args[0], "opt.")], v.args[1])}
	}
	return datum{s: u.options[v.name]} // token, token.NAME, jwt
}
