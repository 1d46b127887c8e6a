//go:build go1.21

package program

import (
	"sync"
)

// The operations of a flat program. Those that nearly all programs have come first: interpreted, a switch compares one after
// the other.
const (
	opMove      = iota // dst = a
	opJoin             // dst = the slots from a to b in a row
	opMAC              // dst = the HMAC of a with the key of macs, or in slot b
	opHex              // dst = a in hex
	opDate             // dst = the date, as the gateway knows it
	opTarget           // dst = the target
	opPath             // dst = the path
	opQuery            // dst = the query
	opMethod           // dst = the method
	opHost             // dst = the host
	opNonce            // dst = the nonce
	opBase64           // dst = a in base64
	opHash             // dst = the hash of a
	opBody             // dst = the body, or its first n bytes
	opTime             // dst = another date, or another time
	opHeader           // dst = a header of the request
	opCall             // dst = fn of a
	opCallTwo          // dst = two of a and b
	opFallible         // dst = try of a; what cannot be had is the message's fault
	opMethods          // if the method is none of list: dst is empty, and the next n instructions are passed over
	opBodyLen          // dst = the length of the body
	opOr               // dst = a, or b if it is empty
	opWhen             // dst = a, if b is not empty
	opHasBody          // dst = not empty, if there is a body
	opFirst            // dst = the first n bytes of a
	opHeaders          // dst = headers of the request
	opAppend           // the parameter text is added to the target with the value of a, if optional and it is not empty
	opScheme           // dst = the scheme
	opToken            // dst = the token
	opSignature        // dst = the signature of a with a private key
	opOption           // dst = the option text; gone when the program is bound
	opUnless           // if the option text is not value: dst is empty, and the next n instructions are gone; likewise
)

// instruction is one step of a flat program.
type instruction struct {
	op        int
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
	place     int // in the program, before it is bound
}

// bodyPart is how much of a body is taken.
type bodyPart struct {
	n      int    // 0: all of it
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
