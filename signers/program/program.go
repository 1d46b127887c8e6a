//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
)

// Option is what a program must know of an option of its scheme.
type Option struct {
	Name   string
	Secret bool
	List   bool // it has several values
	Lines  bool // a value may have line ends: a key, for example
}

// Program is the checked operations of a scheme. It is bound to the values of a configuration before it signs; all routes of a vendor share
// it. Its code is flat: instructions that read and write numbered slots of texts.
type Program struct {
	// Warnings are what an operator should know of the scheme.
	Warnings []string

	options  []Option
	nonce    string
	code     []instruction
	slots    int
	initial  []string // the constants, by slot
	headers  []ownHeader
	removed  []string // headers that are taken away
	params   []string // parameters that are set or taken away
	messages []message
	lets     []value        // in their order, for people
	regions  map[int]region // by the slot of their row
	weight   int            // how many times the request all rows may hold
	sends    bool           // a secret goes out
	nonces   bool           // it has a nonce
	proof    signers.Proof
	texts    []value          // of a program for a request: see CompileRequest
	choosing []string         // the options that take instructions out
	plans    map[string]*plan // by their values: see planOf

	madeHeaders, madeParams []string // those that are made with a secret
}

// MadeWithSecrets are the headers and parameters that a program makes with a secret.
func (p *Program) MadeWithSecrets() (headers, params []string) { return p.madeHeaders, p.madeParams }

// message is what a hash or MAC is made of, for the choice of the text that people are shown.
type message struct {
	holds         int
	secret, keyed bool
	name          string
	parts         *region // nil: it is in one piece
}

// region are the slots that a row was joined from.
type region struct {
	from   int
	values []value
}
