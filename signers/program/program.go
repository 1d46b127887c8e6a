//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
)

// Option is what the compiler must know of an option of its scheme. It has no value: one compiled program serves
// all credentials.
type Option struct {
	// Name is the option without "opt.", as the configuration spells it.
	Name string
	// Secret makes everything that is made of the option a secret, until a hash, a MAC or a signature is made of
	// it.
	Secret bool
	// List is an option with several values. Only header_list takes it; it cannot be part of a text.
	List bool
	// Lines permits line ends in a value, as a key in PEM has them. Without it Bind refuses control characters, so
	// that a header made of the option need not be checked again for each request.
	Lines bool
}

// Program is the checked operations of a scheme. It is bound to the values of a configuration before it signs; all
// routes of a vendor share it. Its code is flat: instructions that read and write numbered slots of texts. After
// Compile only plans changes, under a lock of its own, so a program may be bound by several goroutines at once.
//
// The second line of the example in the package's documentation, a let of three expressions with \n between them,
// compiles to
//
//	slot 6 = upper(slot 0)           the method
//	slot 8 = slot 1                  the target; slots 7 and 9 hold "\n" from the start
//	slot 10 = slot 5                 the let above
//	slot 11 = slots 6 to 10 joined
type Program struct {
	// Warnings are what an operator should know of the scheme.
	Warnings []string

	options []Option
	nonce   string
	code    []instruction
	slots   int
	// initial are the slots before the first instruction: constants have their text, all others are empty.
	initial []string
	headers []ownHeader
	// removed and params are what the operations take away from a client's request: headers, and parameters that
	// are set or deleted. A header that is set replaces a client's own.
	removed []string
	params  []string
	// messages are what is hashed, one for each hash, MAC and signature; instruction.message is the index.
	messages []message
	// lets are in the order of their lines, for Lets.
	lets []value
	// regions are by the slot that holds the joined text, so that Canonical can show it in labelled parts.
	regions map[int]region
	// weight is how many times the request all joined texts may hold together. It is part of what Traits.Working
	// reports.
	weight int
	// sends says that a secret, or a hash that is as good as one, leaves with the request: Traits.SendsSecret.
	sends bool
	// nonces says that the operations use the nonce. A scheme that never does must not ask the gateway for one.
	nonces bool
	proof  signers.Proof
	// texts are the address and body of a request that the gateway itself sends: see CompileRequest.
	texts []value
	// choosing are the options that filters if:opt.NAME:VALUE compare. Each combination of their values has a
	// plan.
	choosing []string
	// plans are by the values of choosing: see planOf, which guards them.
	plans map[string]*plan

	// The headers and parameters that are made with a secret, whether or not it can be seen in them.
	madeHeaders, madeParams []string
}

// MadeWithSecrets are the headers and parameters that a program makes with a secret: its proof, above all. Package
// presets warns of a preset whose vectors compare none of them: they prove nothing about the signature.
func (p *Program) MadeWithSecrets() (headers, params []string) { return p.madeHeaders, p.madeParams }

// message is what a hash or MAC is made of, for the choice of the text that people are shown.
type message struct {
	// holds says what of the request is in it: holdsTarget, holdsBody or both.
	holds int
	// secret: people must not see it. keyed: a MAC or signature is made of it, and not only a hash.
	secret, keyed bool
	name          string
	// parts are what the text was joined from; nil: it is in one piece.
	parts *region
}

// region are the slots that a row was joined from: from, and one slot for each value. After a run these slots
// still hold their texts, which is how Canonical shows a canonical text in parts.
type region struct {
	from   int
	values []value
}
