//go:build go1.21

package program

import (
	"hash"
	"sync"
)

// The instructions of a flat program. What begins with load fills dst from the message or the moment.
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

// The first slots are the same in all programs.
const (
	slotMethod = iota
	slotTarget
	slotHost
	slotDate
	slotNonce
	firstSlot
)

// instruction is one step of a flat program. Which of the fields it uses depends on op. It is a struct and not an interface, since
// interpreted a call through an interface costs 25 allocations.
type instruction struct {
	op        int
	do        step
	inner     []instruction // of opMethods
	dst, a, b int
	n         int
	text      string
	value     string
	list      []string
	optional  bool
	offsets   []offset
	fn        func(string) string
	two       func(string, string) string
	try       func(string) (string, bool)
	macs      *sync.Pool
	pick      *picker
	key       interface{} // a private key
	body      *bodyPart   // of a hash: it is that of the body; nil: of slot a
	message   int         // of a hash: its place among the program's messages
	line      int
	once      *sync.Pool       // of a MAC whose key is in a slot, with its hash
	hash      func() hash.Hash // likewise
	place     int              // in the program, before it is bound
}

// bodyPart is how much of a body is taken.
type bodyPart struct {
	n      int    // below 0: all of it
	option string // that holds n
}

// reads says which slots an instruction takes.
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

// pure reports whether the result depends on the slots alone.
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
