//go:build go1.21

package program

import (
	"strings"
)

// template compiles the pieces of a template into one value. The pieces get slots in a row, which one instruction
// joins; what a piece computes goes straight into its slot where that is possible.
//
//	[[opt.id]]:[[text|hex]]    slots 20 (opt.id), 21 (":"), 22 (hex of text), and opJoin of 20 to 22 into 23
//
// One expression alone is not copied and keeps its kind: let at = [[now]] is still a time, which lines below may
// write in different forms.
func (c *compiler) template(pieces []piece) (value, string) {
	// An empty template is an empty text, as in header X = with nothing behind it.
	if len(pieces) == 0 {
		return c.constant(""), ""
	}
	if len(pieces) == 1 {
		p := pieces[0]
		if p.expr == nil {
			return c.constant(p.text), ""
		}
		return c.expression(p.expr, -1)
	}
	// The row is reserved first. Slots that expressions need on the way come behind it.
	from := c.p.slots
	c.grow(len(pieces))
	values := make([]value, 0, len(pieces))
	for i, p := range pieces {
		if p.expr == nil {
			c.p.initial[from+i] = p.text
			values = append(values, value{kind: text, slot: from + i, safe: !strings.ContainsAny(p.text, controls)})
			continue
		}
		v, reason := c.expression(p.expr, from+i)
		if reason != "" {
			return v, reason
		}
		// Which form the time should have is for the author to say.
		if v.kind == moment || v.kind == list {
			return v, sendable(v)
		}
		// The value is one that others have, such as a let or the method, so it is copied into the row.
		if v.slot != from+i {
			c.emit(instruction{op: opMove, dst: from + i, a: v.slot})
			// For people a row within a row is shown in its parts.
			if r, ok := c.p.regions[v.slot]; ok {
				c.p.regions[from+i] = r
			}
		}
		// A label for people: what the author wrote.
		if v.name == "" {
			v.name = p.expr.value.source
		}
		values = append(values, v)
	}
	v := joined(values)
	if v.weight > maxWeight {
		return v, tooLarge
	}
	c.p.weight += v.weight
	v.slot = c.grow(1)
	c.emit(instruction{op: opJoin, dst: v.slot, a: from, b: from + len(pieces)})
	c.p.regions[v.slot] = region{from, values}
	return v, ""
}

// constant is a slot with a text, which Program.initial has from the start: it takes no instruction.
func (c *compiler) constant(s string) value {
	slot := c.grow(1)
	c.p.initial[slot] = s
	return value{kind: text, slot: slot, safe: !strings.ContainsAny(s, controls), weight: 1}
}

// grow adds n slots and returns the first. A slot is used for one value; only a filter's result may overwrite what
// it was made of.
func (c *compiler) grow(n int) int {
	first := c.p.slots
	c.p.slots += n
	for i := 0; i < n; i++ {
		c.p.initial = append(c.p.initial, "")
	}
	return first
}

// emit adds an instruction. Later steps find it by its place: first:N looks at the last instruction, and if_method puts
// one in front of all of an expression's.
func (c *compiler) emit(in instruction) {
	in.line = c.line
	c.p.code = append(c.p.code, in)
}
