//go:build go1.21

package program

import "github.com/vendorsign/vendorsign/signers/wire"

// Cover is what of a body a program takes. A gateway reads that much before it signs, and lets the rest stream
// behind it.
type Cover struct {
	// First is how many bytes it takes: 0 for all, -1 for none of them, but for their number (body_len, or
	// when:body).
	First int64
	// Methods are those whose bodies it takes; nil: all.
	Methods []string
	// Any is whether it takes anything.
	Any bool
}

// covers says what of a body the program takes: the most that any of its instructions reads, and the methods with
// which one does. For example:
//
//	[[body|sha256|hex]]                     First 0
//	[[body|first:100|sha256|hex]]           First 100
//	[[body|sha256|hex|if_method:POST,PUT]]  First 0, Methods POST and PUT
//	[[body_len]]                            First -1
//
// It looks at bound code: a part that an option has taken out is not there any more, and its body need not be
// read.
func covers(b *Bound) Cover {
	c := Cover{First: -1}
	// limited: whatever takes the body is inside of an opMethods, so with other methods nothing does.
	limited := true
	until, methods := -1, []string(nil)
	for i := range b.code {
		in := &b.code[i]
		// Inside of another opMethods the outer one's methods count: they are a superset of those that reach the
		// inner one.
		if in.op == opMethods && i > until {
			until, methods = i+in.n, in.list
		}
		all, n := false, int64(-1)
		switch {
		case in.op == opBody:
			all, n = in.n < 0, int64(in.n)
		case in.body != nil:
			all, n = in.body.n < 0, int64(in.body.n)
		case in.op == opHasBody:
			n = 1
		case in.op != opBodyLen:
			continue
		}
		c.Any = true
		switch {
		case all:
			c.First = 0
		case n > 0 && n > c.First && c.First != 0:
			c.First = n
		}
		if i > until {
			limited = false
			continue
		}
		for _, method := range methods {
			if !wire.Contains(c.Methods, method) {
				c.Methods = append(c.Methods, method)
			}
		}
	}
	if !limited {
		c.Methods = nil
	}
	return c
}
