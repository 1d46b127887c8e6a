//go:build go1.21

package program

// Cover is what of a body a program takes.
type Cover struct {
	// First is how many bytes it takes: 0 for all, -1 for none of them, but for their number.
	First int64
	// Methods are those whose bodies it takes; nil: all.
	Methods []string
	// Any is whether it takes anything.
	Any bool
}

// Covers says what of a body the program takes: the most that any of its instructions reads, and the methods with which one does.
func Covers(b *Bound) Cover {
	c := Cover{First: -1}
	limited := true // by methods
	until, methods := -1, []string(nil)
	for i := range b.code {
		in := &b.code[i]
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
			if !listed(c.Methods, method) {
				c.Methods = append(c.Methods, method)
			}
		}
	}
	if !limited {
		c.Methods = nil
	}
	return c
}
