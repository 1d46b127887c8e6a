//go:build go1.21

package program

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Scheme is what a signer must know about its vendor in addition to the program. Most of it becomes signers.Traits
// as it is, whose documentation says what each is for. It is not changed after NewSigner.
type Scheme struct {
	// File is the name of the file that the scheme is from; empty: it is built in.
	File string
	// Owns are more headers to take from the client than the program sets or removes, such as those of the
	// vendor's other modes.
	Owns []string
	// Guards are the vendor's endpoints that read, reset or make a credential.
	Guards []string
	// Multiplexed are the paths that are closed without allow_multiplexed.
	Multiplexed []string
	// OnlyHosts are the hosts that the credential may be sent to; nil: any.
	OnlyHosts []string
	// Probe is a harmless call, and Hides are headers of answers that contain a credential.
	Probe signers.Probe
	Hides []string
	// Tokens fetches tokens; nil: none is needed. Refusal explains answers of the vendor; nil: the status alone
	// tells.
	Tokens  *signers.TokenSource
	Refusal func(a signers.Answer) signers.Refusal
	// BodyFirst is how much of a body there is for the program, 0 for all; BodyMethods are those with which there is one, nil
	// for all.
	BodyFirst   int64
	BodyMethods []string
}

// signer signs by a bound program. What a signature takes is copied out of the program once: interpreted, each
// selector costs memory.
//
// There are four ways to sign, and NewSigner chooses one for the credential:
//
//	trees     compiled, no instruction can fail      signTrees
//	short     a few kinds of instructions            run
//	any code                                         runRest
//	special   header?, query, body limits, checks    signSpecial
type signer struct {
	code []*instruction
	// rest are the initial slots behind the first ones, which are the message's.
	rest []string
	// names are those of the headers, and places the slots of their values.
	names  []string
	places []int
	// short: run has all instructions.
	short bool
	// special: there is more to do than running the code and setting headers.
	special bool
	// trees are those of the headers, where they need no code; nil: they do.
	trees []*tree
	// other is special or trees: one test for Sign in place of two.
	other  bool
	bound  *Bound
	scheme Scheme
}

// NewSigner makes a signer of a bound program. It is called once for a credential; the signer may be used by any
// number of requests at once.
func NewSigner(b *Bound, scheme Scheme) signers.Signer {
	s := &signer{code: b.fast, rest: b.initial[firstSlot:], bound: b, scheme: scheme}
	s.short = isShort(b.fast)
	s.special = len(b.params) > 0 || len(b.program.removed) > 0 || scheme.BodyFirst > 0 || scheme.BodyMethods != nil
	for _, h := range b.program.headers {
		s.names = append(s.names, h.name)
		s.places = append(s.places, h.slot)
		// Whether it is sent, or may be, depends on its value.
		if h.optional || !h.value.safe {
			s.special = true
		}
	}
	if !s.special {
		s.trees = treesOf(b)
	}
	s.other = s.special || s.trees != nil
	return s
}

// Date is the date in the form in which the program writes it first; empty: it writes none. Where all dates have
// an offset none can be handed over, and the first is for people.
func (s *signer) Date(t time.Time) string {
	if len(s.bound.dates) == 0 {
		return ""
	}
	layout := s.bound.layout
	if layout == "" {
		layout = s.bound.dates[0]
	}
	return FormatTime(t, layout)
}

// Sign takes as few steps as it can where there is nothing special about the program: see run. If it fails it has
// changed nothing of m.
func (s *signer) Sign(m *signers.Message, at *signers.Moment) error {
	if s.other {
		return signOther(s, m, at)
	}
	// A message has slots of its own, so that a signer can be used concurrently. It takes one allocation.
	slots := append(append(make([]string, 0, len(s.bound.initial)), m.Method, m.Target, m.Host, at.Date, at.Nonce), s.rest...)
	var err error
	if s.short {
		err = run(s.code, slots, m, at)
	} else {
		err = runRest(s.code, slots, m, at)
	}
	if err != nil {
		return err
	}
	h := m.Header
	for i, name := range s.names {
		place := s.places[i]
		// The value is a part of the slots, which no other request has: no allocation for each header.
		h[name] = slots[place : place+1 : place+1]
	}
	return nil
}

// signOther signs by trees, or by a special program.
func signOther(s *signer, m *signers.Message, at *signers.Moment) error {
	if s.special {
		return signSpecial(s, m, at)
	}
	signTrees(s, m, at)
	return nil
}

// signSpecial signs by a program that takes headers or parameters away, or sets some only if they are not empty,
// or must look whether they can be sent. It changes m when nothing can fail any more. The third index of a value's
// slice keeps an append to it from writing into the next slot.
func signSpecial(s *signer, m *signers.Message, at *signers.Moment) error {
	slots := begin(s.bound.initial, m, at)
	// A client's own parameters of these names are gone before anything is read: the vendor must find one, and the
	// signature must cover that.
	if len(s.bound.params) > 0 {
		slots[slotTarget] = wire.WithoutParams(m.Target, s.bound.params)
	}
	if err := run(s.code, slots, seen(s.scheme, m), at); err != nil {
		return err
	}
	headers := s.bound.program.headers
	for i := range headers {
		h := &headers[i]
		// Only values that may hold text of the request are looked at. A line end would end the header (RFC 9110
		// section 5.5).
		if !h.value.safe && strings.ContainsAny(slots[h.slot], controls) {
			return fmt.Errorf("operations line %d: header %s would hold a control character: %w", h.line, h.name, signers.ErrMessage)
		}
	}
	for i := range headers {
		// A client's copy goes even if the program sends none.
		if h := &headers[i]; h.optional && slots[h.slot] == "" {
			delete(m.Header, h.name)
		} else {
			m.Header[h.name] = slots[h.slot : h.slot+1 : h.slot+1]
		}
	}
	for _, name := range s.bound.program.removed {
		delete(m.Header, name)
	}
	m.Target = slots[slotTarget]
	return nil
}

// seen is the message as the program sees it: with no more of the body than its scheme says. A gateway may have
// read more, and then the signature must not depend on how much. m itself is not changed.
func seen(scheme Scheme, m *signers.Message) *signers.Message {
	if scheme.BodyFirst == 0 && scheme.BodyMethods == nil {
		return m
	}
	own := *m
	own.Length = signers.BodyLength(m)
	if scheme.BodyFirst > 0 {
		own.Body = firstBytes(m.Body, int(scheme.BodyFirst))
	}
	if scheme.BodyMethods != nil && !wire.Contains(scheme.BodyMethods, m.Method) {
		own.Body = nil
	}
	return &own
}

// Canonical shows what is hashed, of the message as Sign sees it.
func (s *signer) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return Canonical(s.bound, seen(s.scheme, m), at)
}

// Lets are the values on the way to the signature, for people.
func (s *signer) Lets(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return Lets(s.bound, seen(s.scheme, m), at)
}

// Refusal is what the scheme makes of an answer, or what its status says.
func (s *signer) Refusal(a signers.Answer) signers.Refusal {
	if s.scheme.Refusal != nil {
		return s.scheme.Refusal(a)
	}
	return signers.RefusalOf(a.Status)
}
