//go:build go1.21

package program

import (
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Traits follow from the program: what it sets or takes away is removed from clients' requests, what it reads of
// the body is read by the gateway, and a secret that it reveals makes SendsSecret. So a preset cannot forget to
// claim a header that it sets. Lists of the program are copied, as the caller may append to them.
func (s *signer) Traits() signers.Traits {
	p := s.bound.program
	names := append([]string(nil), p.removed...)
	for _, h := range p.headers {
		names = append(names, h.name)
	}
	t := signers.Traits{
		Owns:        canonicalNames(append(names, s.scheme.Owns...)),
		Guards:      s.scheme.Guards,
		File:        s.scheme.File,
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
	// A program that reads nothing of the body lets it stream, and its signature does not protect it.
	if cover := covers(s.bound); cover.Any {
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

// sameInASecond reports whether all dates have whole seconds: one Moment.Date then serves all requests of a
// second. It formats two times of one second and compares them, which also covers layouts that users write.
// unix_ms, as of Veracode, differs between them. A scheme without dates gives true.
func sameInASecond(layouts []string) bool {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, layout := range layouts {
		if FormatTime(start, layout) != FormatTime(start.Add(987654321), layout) {
			return false
		}
	}
	return true
}

// working is the memory that a program takes at most, if it copies the body or puts parameters in order; nil: next
// to none. A gateway reserves it before it signs, and lets other requests wait. Each copy of the body counts, as a
// slot keeps its text until the end of the run.
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
