//go:build go1.21

package program

// skipped reports whether the slot that an instruction fills is emptied with some methods. Such a slot has no one
// value for all requests, even if the instruction that fills it is pure.
func skipped(code []instruction, at int) bool {
	for i := range code[:at] {
		if code[i].op == opMethods && at <= i+code[i].n && code[i].dst == code[at].dst {
			return true
		}
	}
	return false
}

// countSkips counts again how many instructions are passed over, of which some are gone: those that depend on
// options alone have been run by then, and opMethods counts what is left of them.
//
//	[[opt.id|upper|if_method:POST]] has opMethods n=2 (opOption, opCall) in the program, and n=1 when it is bound
func countSkips(code []instruction) {
	for i := range code {
		if in := &code[i]; in.op == opMethods {
			last := in.place + in.n
			in.n = 0
			for k := i + 1; k < len(code) && code[k].place <= last; k++ {
				in.n++
			}
		}
	}
}

// chooseDate makes the first date without an offset, and all of its form, the one that the gateway hands over. It
// returns its layout, and those of all dates. Dates with an offset, such as an expiry, and in other forms are
// written by doTime for each request.
func chooseDate(code []instruction) (string, []string) {
	layout, dates := "", []string(nil)
	for i := range code {
		in := &code[i]
		if in.op != opTime {
			continue
		}
		dates = append(dates, in.text)
		// The gateway makes this date once a second for all requests: see signers.Signer.Date.
		if in.n == 0 && layout == "" {
			layout = in.text
		}
		if in.n == 0 && in.text == layout {
			in.op = opMove
			in.a = slotDate
		}
	}
	return layout, dates
}

// nested is code as it runs: what only some methods run is inside of opMethods, and a MAC is the instruction that
// is quickest, with its digits if nothing else is made of it. The example of the package's documentation ends in
//
//	opMAC  dst=15 a=11 b=16        in Bound.code
//	opHex  dst=15 a=15
//	opHexMAC dst=15 a=11           in Bound.fast
//
// Code itself is not changed: Canonical and Covers need each step.
func nested(code []instruction) []*instruction {
	fast := make([]*instruction, 0, len(code))
	for i := 0; i < len(code); i++ {
		in := &code[i]
		switch {
		case in.op == opMethods:
			in = copied(in)
			in.inner = nested(code[i+1 : i+1+in.n])
			i += in.n
		case in.op == opMAC && in.body == nil && !in.mayLack:
			in = copied(in)
			in.op = opTextMAC
			// A key that the program has made: it is keyed for one message.
			if in.hash != nil {
				in.op = opKeyedMAC
			} else if i+1 < len(code) && code[i+1].op == opHex && code[i+1].a == in.dst && code[i+1].dst == in.dst {
				in.op = opHexMAC
				i++
			}
		}
		fast = append(fast, in)
	}
	return fast
}

func copied(in *instruction) *instruction {
	own := new(instruction)
	*own = *in
	return own
}

// pointers is code as run takes it: interpreted, a loop over pointers has two steps less for each instruction than one over values.
func pointers(code []instruction) []*instruction {
	all := make([]*instruction, len(code))
	for i := range code {
		all[i] = &code[i]
	}
	return all
}
