//go:build go1.21

package program

import (
	"strings"
	"sync"
)

// plan is what Bind makes of a program whatever the values are. To work it out takes longer than to follow it, and
// a gateway may have a credential for each of a thousand routes. It holds no value of an option, so credentials
// share it without seeing each other's.
//
// For the example of the package's documentation there are fills for id and key, the code without both opOption,
// and one visit: the MAC, whose key must be bound.
type plan struct {
	fills []fill
	// empty are the slots of values that an option has taken out with if:opt.NAME:VALUE.
	empty []int
	// code is what runs for each request, in a row.
	code []instruction
	// visits are the instructions that need values, in the order of the program.
	visits []visit
	// numbers says that an option is a number of seconds, so that the dates depend on it. layout, dates and
	// chooseDate's changes to the code are then made for each credential.
	numbers bool
	layout  string   // of the date that the gateway hands over; empty: none
	dates   []string // the layouts of all dates
	// params are the program's in lower case.
	params map[string]bool
}

// fill is a slot that holds the value of an option.
type fill struct {
	slot   int
	option string
}

// visit is an instruction that takes values. One that depends on options alone is run when the program is bound,
// once for each credential, and its result is a constant then.
type visit struct {
	// in is the instruction, where it is run once.
	in instruction
	// at is its place in code, where it runs for each request; -1: it is run once.
	at int
	// blameA and blameB are the options of which slots a and b were made, for faults. Empty: of none.
	blameA, blameB string
}

// plansMu guards Program.plans. One lock serves all programs: it is only taken when a configuration is loaded.
var plansMu sync.Mutex

// planOf is the plan of a program. Options may take instructions out: each choice of them has its plan. A scheme
// with one flag has two plans, however many routes use it.
func planOf(p *Program, values map[string][]string) *plan {
	choice := ""
	for _, name := range p.choosing {
		// Bind has refused line ends in such values, except in options that may have lines, such as keys.
		choice += first(values[name]) + "\n"
	}
	plansMu.Lock()
	defer plansMu.Unlock()
	made := p.plans[choice]
	if made == nil {
		made = newPlan(p, values)
		if len(p.plans) < maxPlans {
			p.plans[choice] = made
		}
	}
	return made
}

// maxPlans bounds what is kept: a value that chooses may be any text. Beyond that a plan is made for each
// credential, which is slower and not wrong.
const maxPlans = 16

// newPlan works a program out for a choice of options. known says of each slot whether its value is the same for
// all requests: those of constants and options are, and what pure instructions make of them. It goes through the
// code once, from the first instruction to the last, as no instruction reads what a later one makes.
func newPlan(p *Program, values map[string][]string) *plan {
	pl := &plan{params: make(map[string]bool, len(p.params))}
	for _, name := range p.params {
		pl.params[strings.ToLower(name)] = true
	}
	// The slots of the message, below firstSlot, are never known.
	known := make([]bool, p.slots)
	blame := make([]string, p.slots) // the option that a slot was made of
	full := make([]bool, p.slots)    // it is a digest, or made of one, and never empty
	for i := firstSlot; i < p.slots; i++ {
		known[i] = true
	}
	for i := range p.code {
		if p.code[i].dst >= 0 {
			known[p.code[i].dst] = false // until an instruction has filled it
		}
	}
	for i := 0; i < len(p.code); i++ {
		in := p.code[i]
		in.place = i
		in.do = steps[in.op]
		// The option decides now: what it takes out does not get into the code.
		if in.op == opUnless {
			if first(values[in.text]) != in.value {
				pl.empty = append(pl.empty, in.dst)
				known[in.dst] = !skipped(p.code, i)
				i += in.n
			}
			continue
		}
		if in.op == opOption {
			pl.fills = append(pl.fills, fill{slot: in.dst, option: in.text})
			known[in.dst] = !skipped(p.code, i)
			blame[in.dst] = in.text
			continue
		}
		// A pure instruction whose slots are all known is run now. All others run for each request.
		all := in.pure()
		for _, slot := range in.reads() {
			all = all && known[slot]
			if in.dst >= 0 && blame[in.dst] == "" {
				blame[in.dst] = blame[slot]
			}
		}
		v := visit{in: in, at: -1, blameA: blamed(blame, in.a), blameB: blamed(blame, in.b)}
		// What a method may empty is not constant, even if it is made of options.
		if all && !skipped(p.code, i) {
			known[in.dst] = true
			pl.visits = append(pl.visits, v)
			continue
		}
		// The key is made of something in the request, such as its date.
		if in.op == opMAC && !known[in.b] {
			in.hash = newHash(in.n)
			in.mayLack = !full[in.b]
		}
		if in.dst >= 0 {
			known[in.dst] = false
			full[in.dst] = isFull(&in, full) && !skipped(p.code, i)
		}
		if takesValues(&in) {
			v.at = len(pl.code)
			pl.visits = append(pl.visits, v)
			pl.numbers = pl.numbers || in.op == opTime
		} else {
			// Literal offsets of a date are summed up. It cannot fail without an option.
			bindArguments(&in, nil)
		}
		pl.code = append(pl.code, in)
	}
	countSkips(pl.code)
	if !pl.numbers {
		pl.layout, pl.dates = chooseDate(pl.code)
	}
	return pl
}

// isFull reports whether an instruction always fills its slot: with a digest, or with what is made of a full one.
func isFull(in *instruction, full []bool) bool {
	switch in.op {
	case opMAC, opHash, opSignature:
		return true
	case opMove, opHex, opBase64:
		return full[in.a]
	}
	return false
}

// blamed is the option of which a slot was made. Not every instruction has two slots, so slot may be one of the
// message or -1.
func blamed(blame []string, slot int) string {
	if slot < 0 || slot >= len(blame) {
		return ""
	}
	return blame[slot]
}

// takesValues reports whether an instruction for each request must be bound: it has a key, or a number or names
// that an option holds.
func takesValues(in *instruction) bool {
	switch in.op {
	case opMAC, opSignature:
		return true
	case opTime:
		for _, o := range in.offsets {
			if o.option != "" {
				return true
			}
		}
	case opFirst, opBody:
		if in.text != "" {
			return true
		}
	case opHeaders:
		if in.pick.option != "" {
			return true
		}
	}
	return in.body != nil && in.body.option != ""
}
