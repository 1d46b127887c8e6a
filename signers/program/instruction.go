//go:build go1.21

package program

import (
	"hash"
	"sync"
)

// The instructions of a flat program. What begins with load fills dst from the message or the moment. Some only
// exist at one stage: opOption and opUnless are gone when a program is bound, opTextMAC, opKeyedMAC and opHexMAC
// only appear in code that runs (see nested).
const (
	opMove      = iota // dst = a
	opJoin             // dst = the slots from a to b in a row
	opHexMAC           // dst = the HMAC of a in hex, with the key of macs
	opMAC              // dst = the HMAC of a or the body, with the key of macs or in slot b
	opTextMAC          // dst = the HMAC of a with the key of macs; only in code that runs
	opKeyedMAC         // dst = the HMAC of a with the key in slot b; likewise
	opHash             // dst = the hash of a or the body
	opSignature        // dst = the signature of a or the body, with a private key
	opHex              // dst = a in hex
	opBase64           // dst = a in base64
	opCall             // dst = fn of a
	opCallTwo          // dst = two of a and b
	opFallible         // dst = try of a; what it cannot read is the message's fault
	opPath             // load the path
	opQuery            // load the query
	opBody             // load the body, or its first n bytes
	opBodyLen          // load the length of the body
	opHasBody          // load a text that is not empty if there is a body
	opTime             // load the time in the form text
	opHeader           // load the header text
	opHeaders          // load the headers that pick takes
	opScheme           // load the scheme
	opToken            // load the token
	opMethods          // run the next n instructions if list has the method; else dst is empty
	opOr               // dst = a, or b if it is empty
	opWhen             // dst = a, if b is not empty
	opFirst            // dst = the first n bytes of a
	opAppend           // add the parameter text to the target with the value of a; if optional, not an empty one
	opOption           // dst = the option text; gone when the program is bound
	opUnless           // if the option text is not value: dst is empty, and the next n instructions are gone; likewise
)

// The first slots are the same in all programs. begin fills them from the message and the moment, so that the most
// frequent values need no instruction. slotDate is the date in the form that chooseDate found; it is empty if the
// program writes no date.
const (
	slotMethod = iota
	slotTarget
	slotHost
	slotDate
	slotNonce
	firstSlot
)

// instruction is one step of a flat program. Which of the fields it uses depends on op. It is a struct and not an
// interface, since interpreted a call through an interface costs 25 allocations.
//
// Instructions are copied into each Bound, so a bound key in one credential's copy does not reach another's. After
// Bind they are only read, and may be run by many goroutines.
type instruction struct {
	// op is one of the constants above; do is its function in steps, where run has no case of its own for it.
	op int
	do step
	// inner are the instructions that opMethods runs for its methods, in code that runs.
	inner []*instruction
	// dst is the slot that is filled, -1 for none; a and b are the slots that are read. Where an instruction reads
	// none they are 0, which is the method and harmless to read.
	dst, a, b int
	// n is what op says: a number of bytes, instructions or seconds, or the number of a hash.
	n int
	// text and value are what op says: a name, a layout, or the option and its value of opUnless.
	text  string
	value string
	// list are the methods of opMethods. They are compared byte for byte: methods are case-sensitive (RFC 9110
	// section 9.1).
	list     []string
	optional bool
	// offsets are the seconds to add to a time; Bind sums them up in n.
	offsets []offset
	// The functions of filters: of opCall, opCallTwo and opFallible.
	fn  func(string) string
	two func(string, string) string
	try func(string) (string, bool)
	// macs are keyed MACs of a key that is known when the program is bound. Keying one takes two hash blocks
	// more, for each request.
	macs *sync.Pool
	pick *picker
	// key is the private key of opSignature, parsed once.
	key interface{}
	// body says that a hash is made of the body, of which no copy is needed; nil: it is made of slot a.
	body *bodyPart
	// message is a hash's place in Program.messages.
	message int
	// line is that of the operation, from 1, for errors.
	line int
	// once and hash belong to a MAC whose key is made in the program itself, such as of the date: it is keyed for
	// each request.
	once *sync.Pool
	hash func() hash.Hash
	// mayLack says that nothing may be left of that key for some requests, so that doMAC must look.
	mayLack bool
	// place is the instruction's index in Program.code, by which countSkips finds what was left out when the
	// program was bound.
	place int
}

// bodyPart is how much of a body is taken. The gateway need not read more than that: see Covers.
type bodyPart struct {
	n      int    // below 0: all of it
	option string // that holds n
}

// reads says which slots an instruction takes. Constant folding (newPlan), keySlots and asksForRequest rely on it,
// so an instruction that is added must be added here; one that is missing counts as reading nothing.
func (in *instruction) reads() []int {
	switch in.op {
	case opMAC:
		if in.body != nil {
			return []int{in.b}
		}
		return []int{in.a, in.b}
	case opMove, opHex, opBase64, opHash, opCall, opFallible, opFirst, opAppend, opSignature:
		if in.body != nil {
			return nil
		}
		return []int{in.a}
	case opCallTwo, opOr, opWhen:
		return []int{in.a, in.b}
	case opJoin:
		slots := make([]int, 0, in.b-in.a)
		for i := in.a; i < in.b; i++ {
			slots = append(slots, i)
		}
		return slots
	}
	return nil
}

// pure reports whether the result depends on the slots alone. If those are known when the program is bound, so is
// the result, and the instruction is run once for the credential and not for each request.
func (in *instruction) pure() bool {
	if in.body != nil {
		return false
	}
	switch in.op {
	case opMove, opJoin, opMAC, opHex, opBase64, opHash, opCall, opCallTwo, opFallible, opOr, opWhen, opFirst:
		return true
	}
	return false
}
