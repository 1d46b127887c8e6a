//go:build go1.21

package program

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Bound is a program with the values of one configuration.
type Bound struct {
	// Warnings are what an operator should know of the values, such as that a key is weak.
	Warnings []string

	program *Program
	code    []instruction   // in a row
	fast    []instruction   // the same as it runs
	initial []string        // slots before the first instruction
	params  map[string]bool // in lower case
	layout  string          // of the date that the gateway hands over; empty: none
	dates   []string        // the layouts of all dates
}

// maxConstant bounds what is computed from options alone, in bytes.
const maxConstant = 1 << 20

// Bind inserts the values of options. What only depends on them is computed here, once. A fault names the option that caused
// it, if there is one.
func Bind(p *Program, values map[string][]string) (*Bound, []signers.Fault) {
	b := &Bound{program: p, code: make([]instruction, 0, len(p.code)), initial: append([]string(nil), p.initial...)}
	if faults := bindGuarded(b, values); len(faults) > 0 {
		return nil, faults
	}
	return b, nil
}

// bindGuarded turns a panic of the system's cryptography into a fault: in FIPS mode some hashes and keys cannot be used.
func bindGuarded(b *Bound, values map[string][]string) (faults []signers.Fault) {
	defer func() {
		if r := recover(); r != nil {
			faults = []signers.Fault{{Text: fmt.Sprintf("this system refuses the scheme's cryptography (FIPS mode?): %v", r)}}
		}
	}()
	return bindValues(b, b.program, values)
}

func bindValues(b *Bound, p *Program, values map[string][]string) []signers.Fault {
	var faults []signers.Fault
	for _, o := range p.options {
		for _, value := range values[o.Name] {
			if !o.Lines && signers.HasControl(value) {
				faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + " contains a control character or line break"})
			}
		}
		if !o.List && !o.Lines && len(values[o.Name]) > 1 {
			faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + " must be one value, and is a list"})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	known := make([]bool, p.slots)
	blame := make([]string, p.slots) // the option that a slot was made of
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
		if in.op == opUnless {
			if first(values[in.text]) != in.value {
				b.initial[in.dst] = ""
				known[in.dst] = !skipped(p.code, i)
				i += in.n
			}
			continue
		}
		if in.op == opOption {
			b.initial[in.dst] = strings.Join(values[in.text], "\n") // several values are those of lines
			known[in.dst] = !skipped(p.code, i)
			blame[in.dst] = in.text
			continue
		}
		if fault := bindArguments(&in, values); fault != nil {
			return []signers.Fault{*fault}
		}
		all := in.pure()
		for _, slot := range in.reads() {
			all = all && known[slot]
			if in.dst >= 0 && blame[in.dst] == "" {
				blame[in.dst] = blame[slot]
			}
		}
		if in.op == opMAC && !known[in.b] {
			in.hash = newHash(in.n)
			in.once = wire.NewMACOnce(in.hash)
		} else if in.op == opSignature || in.op == opMAC {
			if fault := bindKey(&in, b.initial[in.b], blame[in.b]); fault != nil {
				return []signers.Fault{*fault}
			}
			if weak := wire.KeyWeakness(in.key); weak != "" {
				b.Warnings = append(b.Warnings, blame[in.b]+" "+weak)
			}
		}
		if all && !skipped(p.code, i) {
			if err := run([]instruction{in}, b.initial, nil, nil); err != nil {
				return []signers.Fault{unusable(in, blame[in.a])}
			}
			if len(b.initial[in.dst]) > maxConstant {
				return []signers.Fault{{Option: blame[in.a], Text: fmt.Sprintf("operations line %d: a value is larger than 1 MiB", in.line)}}
			}
			known[in.dst] = true
			continue
		}
		if in.dst >= 0 {
			known[in.dst] = false
		}
		b.code = append(b.code, in)
	}
	countSkips(b.code)
	b.params = make(map[string]bool, len(p.params))
	for _, name := range p.params {
		b.params[strings.ToLower(name)] = true
	}
	chooseDate(b)
	b.fast = nested(b.code)
	tryOut(b)
	return nil
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// unusable is the fault of an option that a filter cannot read.
func unusable(in instruction, option string) signers.Fault {
	must := "cannot be read by " + in.text
	switch in.text {
	case "unhex":
		must = "must be hexadecimal"
	case "unbase64":
		must = "must be base64"
	}
	if option == "" {
		return signers.Fault{Text: "operations line " + strconv.Itoa(in.line) + ": the text " + must}
	}
	return signers.Fault{Option: option, Text: option + " " + must}
}

// bindArguments puts options in for the numbers and lists that an instruction takes.
func bindArguments(in *instruction, values map[string][]string) *signers.Fault {
	switch in.op {
	case opTime:
		in.n = 0
		for _, o := range in.offsets {
			n, fault := resolve(o, values)
			if fault != nil {
				return fault
			}
			in.n += n
		}
	case opFirst, opBody:
		if in.text != "" {
			n, fault := resolve(offset{option: in.text}, values)
			if fault == nil && n < 0 {
				fault = &signers.Fault{Option: in.text, Text: in.text + " must be a whole number that is not below 0"}
			}
			in.n = n
			return fault
		}
	case opHeaders:
		if in.pick.option != "" {
			own := *in.pick
			own.names = nil
			for _, name := range values[own.option] {
				if reason := checkPicked(name, false); reason != "" {
					return &signers.Fault{Option: own.option, Text: own.option + ": " + reason}
				}
				own.names = append(own.names, strings.ToLower(name))
			}
			in.pick = &own
		}
	}
	if in.body != nil && in.body.option != "" {
		n, fault := resolve(offset{option: in.body.option}, values)
		if fault == nil && n < 0 {
			fault = &signers.Fault{Option: in.body.option, Text: in.body.option + " must be a whole number that is not below 0"}
		}
		in.body = &bodyPart{n: n}
		return fault
	}
	return nil
}

// maxNumber bounds seconds and bytes: a little over a hundred years, or two gigabytes.
const maxNumber = 1 << 32

func resolve(o offset, values map[string][]string) (int, *signers.Fault) {
	if o.option == "" {
		return o.n, nil
	}
	n, err := strconv.Atoi(first(values[o.option]))
	if err != nil || n > maxNumber || n < -maxNumber {
		return 0, &signers.Fault{Option: o.option, Text: o.option + " must be a whole number"}
	}
	return n, nil
}

// bindKey prepares the key of a MAC or signature.
func bindKey(in *instruction, key, option string) *signers.Fault {
	if in.op == opSignature {
		var reason string
		if in.key, reason = wire.SigningKey(in.n, key); reason != "" {
			return &signers.Fault{Option: option, Text: option + " " + reason}
		}
		return nil
	}
	if key == "" {
		return &signers.Fault{Option: option, Text: option + " is required: it is the key of a MAC"}
	}
	in.macs = wire.NewMAC(newHash(in.n), key)
	return nil
}

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

// chooseDate makes the first date without an offset, and all of its form, the one that the gateway hands over.
func chooseDate(b *Bound) {
	for i := range b.code {
		in := &b.code[i]
		if in.op != opTime {
			continue
		}
		b.dates = append(b.dates, in.text)
		if in.n == 0 && b.layout == "" {
			b.layout = in.text
		}
		if in.n == 0 && in.text == b.layout {
			in.op = opMove
			in.a = slotDate
		}
	}
}

// nested is code as it runs: what only some methods run is inside of opMethods, and a MAC that is only encoded is one
// instruction.
func nested(code []instruction) []instruction {
	fast := make([]instruction, 0, len(code))
	for i := 0; i < len(code); i++ {
		in := code[i]
		if in.op == opMethods {
			in.inner = nested(code[i+1 : i+1+in.n])
			i += in.n
		} else if in.op == opMAC && in.macs != nil && in.body == nil && i+1 < len(code) {
			next := code[i+1]
			if next.a == in.dst && next.dst == in.dst && (next.op == opHex || next.op == opBase64) {
				in.op = opHexMAC
				if next.op == opBase64 {
					in.op = opBase64MAC
					in.do = doBase64MAC
				}
				i++
			}
		}
		fast = append(fast, in)
	}
	return fast
}

// tryOut signs an example, so that a key or hash that a library refuses is found now and not with the first request.
func tryOut(b *Bound) {
	now := time.Unix(1e9, 0)
	at := &signers.Moment{Time: now, Nonce: "0", Token: "0"}
	if b.layout != "" {
		at.Date = format(now, b.layout)
	}
	m := &signers.Message{Method: "POST", Host: "vendor", Target: "/", Body: []byte("{}")}
	run(b.code, begin(b.initial, m, at), m, at)
}

// begin returns the slots of a run.
func begin(initial []string, m *signers.Message, at *signers.Moment) []string {
	return append([]string{m.Method, m.Target, m.Host, at.Date, at.Nonce}, initial[firstSlot:]...)
}
