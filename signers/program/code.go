//go:build go1.21

package program

// skipped reports whether the slot that an instruction fills is emptied with some methods.
func skipped(code []instruction, at int) bool {
	for i := range code[:at] {
		if code[i].op == opMethods && at <= i+code[i].n && code[i].dst == code[at].dst {
			return true
		}
	}
	return false
}

// countSkips counts anew how many instructions are passed over, of which some are gone.
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

// chooseDate makes the first date without an offset, and all of its form, the one that the gateway hands over. It returns its
// layout, and those of all dates.
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

// nested is code as it runs: what only some methods run is inside of opMethods, and a MAC is the instruction that is quickest, with
// its digits if nothing else is made of it.
func nested(code []instruction) []instruction {
	fast := make([]instruction, 0, len(code))
	for i := 0; i < len(code); i++ {
		in := code[i]
		if in.op == opMethods {
			in.inner = nested(code[i+1 : i+1+in.n])
			i += in.n
		} else if in.op == opMAC && in.body == nil {
			in.op = opTextMAC
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
