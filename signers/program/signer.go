//go:build go1.21

package program

import (
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Scheme is what a signer needs to know of its vendor beside the program.
type Scheme struct {
	Owns    []string // more headers to take from the client
	Guards  []string
	Probe   signers.Probe
	Hides   []string
	Refusal func(a signers.Answer) signers.Refusal // nil: the status alone tells
}

type signer struct {
	code    []instruction
	initial []string
	headers []ownHeader
	removed []string
	params  map[string]bool // that are owned, in lower case; nil: none
	bound   *Bound
	scheme  Scheme
}

// NewSigner makes a signer of a bound program.
func NewSigner(b *Bound, scheme Scheme) signers.Signer {
	s := &signer{code: b.code, initial: b.initial, headers: b.headers, removed: b.program.removed, bound: b, scheme: scheme}
	if len(b.params) > 0 {
		s.params = b.params
	}
	return s
}

func (s *signer) Traits() signers.Traits {
	p := s.bound.program
	names := append([]string(nil), p.removed...)
	for _, h := range p.headers {
		names = append(names, h.name)
	}
	t := signers.Traits{
		Owns:        canonicalNames(append(names, s.scheme.Owns...)),
		Guards:      s.scheme.Guards,
		Second:      sameInASecond(s.bound.dates),
		SendsSecret: p.sends,
		Probe:       s.scheme.Probe,
		Proof:       p.proof,
		Params:      append([]string(nil), p.params...),
		Hides:       s.scheme.Hides,
		Warnings:    p.Warnings,
	}
	for i := range s.code {
		if s.code[i].op == opNonce {
			t.Nonce = p.nonce
		}
	}
	if cover := Covers(s.bound); cover.Any {
		t.Body, t.BodyFirst, t.BodyMethods = signers.WholeBody, cover.First, cover.Methods
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
			size += int64(copies) * int64(len(m.Body))
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

func (s *signer) Sign(m *signers.Message, at *signers.Moment) error {
	slots := append([]string(nil), s.initial...)
	target := m.Target
	if s.params != nil {
		target = wire.WithoutParams(target, s.params)
	}
	if len(s.code) > 0 {
		var err error
		if target, err = run(s.code, slots, m, at, target, nil); err != nil {
			return err
		}
	}
	if err := set(s.headers, s.removed, slots, m.Header); err != nil {
		return err
	}
	m.Target = target
	return nil
}

// without is the target that a program begins with: parameters that it owns are gone.
func without(b *Bound, target string) string {
	if len(b.params) == 0 {
		return target
	}
	return wire.WithoutParams(target, b.params)
}

func (s *signer) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return Canonical(s.bound, m, at)
}

func (s *signer) Refusal(a signers.Answer) signers.Refusal {
	if s.scheme.Refusal != nil {
		return s.scheme.Refusal(a)
	}
	return signers.RefusalOf(a.Status)
}
