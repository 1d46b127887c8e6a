//go:build go1.21

package program

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Scheme is what a signer must know about its vendor in addition to the program.
type Scheme struct {
	Owns   []string // more headers to take from the client
	Guards []string
	// Multiplexed are the paths that are closed without allow_multiplexed.
	Multiplexed []string
	OnlyHosts   []string // nil: any
	Probe       signers.Probe
	Hides       []string
	Tokens      *signers.TokenSource                   // nil: no token is fetched
	Refusal     func(a signers.Answer) signers.Refusal // nil: the status alone tells
	// BodyFirst is how much of a body there is for the program, 0 for all; BodyMethods are those with which there is one, nil
	// for all.
	BodyFirst   int64
	BodyMethods []string
}

// signer signs by a bound program. What a signature takes is copied out of the program once: interpreted, each selector costs memory.
type signer struct {
	code    []instruction
	rest    []string // slots behind the first ones
	names   []string // of the headers
	places  []int    // their slots
	short   bool     // run has all instructions
	special bool     // there is more to do than running the code and setting headers
	trees   []*tree  // of the headers, where they need no code
	other   bool     // one of both: see signOther
	bound   *Bound
	scheme  Scheme
}

// NewSigner makes a signer of a bound program.
func NewSigner(b *Bound, scheme Scheme) signers.Signer {
	s := &signer{code: b.fast, rest: b.initial[firstSlot:], bound: b, scheme: scheme}
	s.short = isShort(b.fast)
	s.special = len(b.params) > 0 || len(b.program.removed) > 0 || scheme.BodyFirst > 0 || scheme.BodyMethods != nil
	for _, h := range b.program.headers {
		s.names = append(s.names, h.name)
		s.places = append(s.places, h.slot)
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

// Traits follow from the program: what it sets or takes away is removed from clients' requests, what it reads of the body is read by the
// gateway, and a secret that it reveals makes SendsSecret.
func (s *signer) Traits() signers.Traits {
	p := s.bound.program
	names := append([]string(nil), p.removed...)
	for _, h := range p.headers {
		names = append(names, h.name)
	}
	t := signers.Traits{
		Owns:        canonicalNames(append(names, s.scheme.Owns...)),
		Guards:      s.scheme.Guards,
		Multiplexed: s.scheme.Multiplexed,
		Second:      sameInASecond(s.bound.dates),
		SendsSecret: p.sends,
		Probe:       s.scheme.Probe,
		Proof:       p.proof,
		Params:      append([]string(nil), p.params...),
		Hides:       s.scheme.Hides,
		OnlyHosts:   s.scheme.OnlyHosts,
		Tokens:      s.scheme.Tokens,
		Warnings:    append(append([]string(nil), p.Warnings...), s.bound.Warnings...),
	}
	if s.scheme.Tokens != nil {
		t.Warnings = append(t.Warnings, s.scheme.Tokens.Warnings...)
	}
	if p.nonces {
		t.Nonce = p.nonce
	}
	if cover := Covers(s.bound); cover.Any {
		t.Body = signers.WholeBody
		t.BodyFirst = cover.First
		t.BodyMethods = cover.Methods
		// The preset may say that less is enough than the operations ask for.
		if most := s.scheme.BodyFirst; most > 0 && (cover.First == 0 || cover.First > most) {
			t.BodyFirst = most
		}
		if s.scheme.BodyMethods != nil && cover.Methods == nil {
			t.BodyMethods = s.scheme.BodyMethods
		}
	}
	t.Working = working(s.bound)
	return t
}

// sameInASecond reports whether all dates have whole seconds.
func sameInASecond(layouts []string) bool {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, layout := range layouts {
		if format(start, layout) != format(start.Add(987654321), layout) {
			return false
		}
	}
	return true
}

// working is the memory that a program takes at most, if it copies the body or puts parameters in order.
func working(b *Bound) func(m *signers.Message) int64 {
	copies, sorts := 0, 0
	for i := range b.code {
		switch in := &b.code[i]; in.op {
		case opBody, opJoin, opHash, opMAC:
			copies++
		case opFallible, opHeaders:
			sorts++
		}
	}
	body := false
	for i := range b.code {
		body = body || b.code[i].op == opBody
	}
	if !body && sorts == 0 {
		return nil
	}
	return func(m *signers.Message) int64 {
		size := int64(sorts) * wire.FormMemory(len(m.Target), strings.Count(m.Target, "&"))
		if body {
			size += int64(copies+b.program.weight) * int64(len(m.Body))
		}
		return size
	}
}

// Date is the date in the form in which the program writes it first.
func (s *signer) Date(t time.Time) string {
	if len(s.bound.dates) == 0 {
		return ""
	}
	layout := s.bound.layout
	if layout == "" {
		layout = s.bound.dates[0]
	}
	return format(t, layout)
}

// Sign takes as few steps as it can where there is nothing special about the program: see run.
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

// signSpecial signs by a program that takes headers or parameters away, or sets some only if they are not empty, or must look
// whether they can be sent. It changes m when nothing can fail any more.
func signSpecial(s *signer, m *signers.Message, at *signers.Moment) error {
	slots := begin(s.bound.initial, m, at)
	if len(s.bound.params) > 0 {
		slots[slotTarget] = wire.WithoutParams(m.Target, s.bound.params)
	}
	if err := run(s.code, slots, seen(s.scheme, m), at); err != nil {
		return err
	}
	headers := s.bound.program.headers
	for i := range headers {
		h := &headers[i]
		// Only values that may hold text of the request are looked at.
		if !h.value.safe && strings.ContainsAny(slots[h.slot], controls) {
			return fmt.Errorf("operations line %d: header %s would hold a control character: %w", h.line, h.name, signers.ErrMessage)
		}
	}
	for i := range headers {
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

// seen is the message as the program sees it: with no more of the body than its scheme says.
func seen(scheme Scheme, m *signers.Message) *signers.Message {
	if scheme.BodyFirst == 0 && scheme.BodyMethods == nil {
		return m
	}
	own := *m
	own.Length = signers.BodyLength(m)
	if scheme.BodyFirst > 0 {
		own.Body = firstBytes(m.Body, int(scheme.BodyFirst))
	}
	if scheme.BodyMethods != nil && !listed(scheme.BodyMethods, m.Method) {
		own.Body = nil
	}
	return &own
}

func (s *signer) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return Canonical(s.bound, seen(s.scheme, m), at)
}

// Lets are the values on the way to the signature, for people.
func (s *signer) Lets(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return Lets(s.bound, seen(s.scheme, m), at)
}

func (s *signer) Refusal(a signers.Answer) signers.Refusal {
	if s.scheme.Refusal != nil {
		return s.scheme.Refusal(a)
	}
	return signers.RefusalOf(a.Status)
}
