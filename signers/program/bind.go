//go:build go1.21

package program

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Bound is a program with the values of one configuration: no option is looked up any more, and keys are ready. It
// is not changed after Bind, so any number of requests may run it at once.
type Bound struct {
	// Warnings are what an operator should know of the values, such as that a key is weak.
	Warnings []string

	program *Program
	// code is for what looks at instructions one by one: Canonical, Covers, Request. fast is the same code as it
	// runs for a signature.
	code []instruction
	fast []*instruction
	// initial are the slots before the first instruction, with the options and what was computed of them.
	initial []string
	// params are the program's parameters in lower case, as wire.WithoutParams compares them.
	params map[string]bool
	// layout is that of the date that the gateway hands over in Moment.Date; empty: none.
	layout string
	// dates are the layouts of all dates that the program writes.
	dates []string
}

// maxConstant bounds what is computed from options alone, in bytes: it is kept for each credential as long as the
// configuration is.
const maxConstant = 1 << 20

// Bind inserts the values of options. What only depends on them is computed here, once. A fault names the option
// that caused it, if there is one, and never quotes its value. With a fault there is no Bound: a gateway then does
// not load the route.
//
//	key    = [[opt.key|sha256|hex]]      is a constant of the Bound
//	stamp  = [[now|unix]]                remains for each request
func Bind(p *Program, values map[string][]string) (*Bound, []signers.Fault) {
	b := &Bound{program: p, code: make([]instruction, 0, len(p.code)), initial: append([]string(nil), p.initial...)}
	if faults := bindGuarded(b, values); len(faults) > 0 {
		return nil, faults
	}
	return b, nil
}

// bindGuarded turns a panic of the system's cryptography into a fault: in FIPS mode some hashes and keys cannot be
// used, and functions such as hmac.New have no error to return, so they panic. Without it one scheme would end the
// whole gateway.
func bindGuarded(b *Bound, values map[string][]string) (faults []signers.Fault) {
	defer func() {
		if r := recover(); r != nil {
			faults = []signers.Fault{{Text: fmt.Sprintf("this system refuses the scheme's cryptography (FIPS mode?): %v", r)}}
		}
	}()
	return bindValues(b, b.program, values)
}

// bindValues fills the slots of options and runs what depends on them alone, in the order of the program: an
// instruction may read what one before it has made.
func bindValues(b *Bound, p *Program, values map[string][]string) []signers.Fault {
	var faults []signers.Fault
	for _, o := range p.options {
		for _, value := range values[o.Name] {
			// Safe values need not be looked at for each request: see value.safe.
			if !o.Lines && signers.HasControl(value) {
				faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + " contains a control character or line break"})
			}
		}
		// A list where one value is expected would be joined with line ends below, and then be no value that a
		// header can have.
		if !o.List && !o.Lines && len(values[o.Name]) > 1 {
			faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + " must be one value, and is a list"})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	pl := planOf(p, values)
	for _, f := range pl.fills {
		b.initial[f.slot] = strings.Join(values[f.option], "\n") // several values are those of lines
	}
	for _, slot := range pl.empty {
		b.initial[slot] = ""
	}
	// A copy: the plan is shared by all credentials, and binding writes keys into the instructions.
	b.code = append(b.code, pl.code...)
	for i := range pl.visits {
		if fault := bindVisit(b, &pl.visits[i], values); fault != nil {
			return []signers.Fault{*fault}
		}
	}
	// An offset such as add:opt.seconds decides which dates can be shared, so it is only known now.
	b.params, b.layout, b.dates = pl.params, pl.layout, pl.dates
	if pl.numbers {
		b.layout, b.dates = chooseDate(b.code)
	}
	b.fast = nested(b.code)
	// A library that refuses something only says so when it is used.
	if strict() {
		tryOut(b)
	}
	return nil
}

// bindVisit gives an instruction its values, and runs it if it depends on options alone. Its faults blame the
// option that the text or the key was made of, even if filters or lets are between them.
func bindVisit(b *Bound, v *visit, values map[string][]string) *signers.Fault {
	own := v.in
	in := &own
	if v.at >= 0 {
		in = &b.code[v.at]
	}
	if fault := bindArguments(in, values); fault != nil {
		return fault
	}
	if in.hash != nil || in.op == opSignature || in.op == opMAC {
		if fault := bindKey(b, in, v.blameB); fault != nil {
			return fault
		}
	}
	// What runs for each request is done. The rest needs neither message nor moment, since it reads options alone.
	if v.at >= 0 {
		return nil
	}
	// Line ends are ignored, so two keys would be decoded as one that nobody has.
	if len(values[v.blameA]) > 1 && (in.text == "unhex" || in.text == "unbase64") {
		return &signers.Fault{Option: v.blameA, Text: v.blameA + " must be one value, and is a list"}
	}
	if err := run([]*instruction{in}, b.initial, nil, nil); err != nil {
		fault := unusable(*in, v.blameA)
		if in.text == "cert_sha1" {
			fault.Text += wire.PathHint(first(values[v.blameA]))
		}
		return fault
	}
	if len(b.initial[in.dst]) > maxConstant {
		return &signers.Fault{Option: v.blameA, Text: fmt.Sprintf("operations line %d: a value is larger than 1 MiB", in.line)}
	}
	return nil
}

// first is the value of an option that has one; empty: it was not given.
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// unusable is the fault of an option that a filter cannot read. Without an option it is a literal text of the
// operations.
//
//	secret must be base64
//	operations line 3: the text must be hexadecimal
func unusable(in instruction, option string) *signers.Fault {
	must := "cannot be read by " + in.text
	switch in.text {
	case "unhex":
		must = "must be hexadecimal"
	case "unbase64":
		must = "must be base64"
	case "cert_sha1":
		must = "must be a certificate in PEM"
	}
	if option == "" {
		return &signers.Fault{Text: "operations line " + strconv.Itoa(in.line) + ": the text " + must}
	}
	return &signers.Fault{Option: option, Text: option + " " + must}
}

// bindKey prepares the key of a MAC or signature, which is the option's, or made of it. It parses a private key and
// keys a MAC, so that no request pays for it. An empty key is a fault: anybody can make a MAC with it.
func bindKey(b *Bound, in *instruction, option string) *signers.Fault {
	// The key is made for each request, so there is nothing to check or keep yet.
	if in.hash != nil {
		in.once = wire.NewMACOnce(in.hash)
		return nil
	}
	key := b.initial[in.b]
	if in.op == opSignature {
		var reason string
		if in.key, reason = wire.SigningKey(in.n, key); reason != "" {
			return &signers.Fault{Option: option, Text: option + " " + reason}
		}
		if weak := wire.KeyWeakness(in.key); weak != "" {
			b.Warnings = append(b.Warnings, option+" "+weak)
		}
		return nil
	}
	// Where if:opt.NAME:VALUE has taken the key out, it is made of no option.
	if key == "" && option == "" {
		return &signers.Fault{Text: fmt.Sprintf("operations line %d: the key of a MAC is empty with these options", in.line)}
	}
	if key == "" {
		return &signers.Fault{Option: option, Text: option + " is required: it is the key of a MAC"}
	}
	in.macs = wire.NewMAC(newHash(in.n), key)
	return nil
}

// begin returns the slots of a run: a copy, so that runs do not see each other. It is for everything that is not
// Sign, which does the same in line.
func begin(initial []string, m *signers.Message, at *signers.Moment) []string {
	return append([]string{m.Method, m.Target, m.Host, at.Date, at.Nonce}, initial[firstSlot:]...)
}
