//go:build go1.21

package program

import (
	"errors"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// proofPlace is where the proof is in a signed message: in a header, between the last of one text and another one.
type proofPlace struct{ header, before, after string }

// placeOf finds the proof in the template of a header.
//
//	"ACME {key},{time},{proof};end"  ->  behind the last "," and before ";end"
func placeOf(name, template string) proofPlace {
	place := proofPlace{header: name}
	before, after, _ := strings.Cut(template, "{proof}")
	place.before = before[strings.LastIndex(before, "}")+1:]
	place.after, _, _ = strings.Cut(after, "{")
	return place
}

// isApart reports whether the texts around a proof cannot be a part of it. Otherwise a proof that has them in it would be cut:
// of one in base64 behind a slash only what follows its last slash would be compared, which can be one character.
func isApart(place *proofPlace) bool {
	before := place.before == "" || strings.Trim(place.before, proofCharacters) != ""
	return before && (place.after == "" || !strings.Contains(proofCharacters, place.after[:1]))
}

// errNoProof is a mistake in a preset: its claim names a header that its operations do not set. The preset's tests
// find it.
var errNoProof = errors.New("claim: the operations do not set the header of the proof")

// prover makes the header of the proof, and takes the proof out of it: the same code that signs verifies, so both
// cannot differ. A proof is compared by the caller, in constant time. Its results are variables where another
// function makes them, which yaegi would take for a generic one.
//
// The program is run over the message as the application sent it. That is safe although the message still has the
// signature's headers, since a program does not see a client's copies of what it sets.
func prover(place *proofPlace, s *signer) signers.ProveFunc {
	slot := slotOf(s, place.header)
	if slot < 0 {
		return func(*signers.Message, *signers.Moment) (string, error) { return "", errNoProof }
	}
	// A special program may take headers and parameters away, so it needs a message of its own to work on.
	if s.special {
		prove := specialProver(place, s)
		return prove
	}
	if bare := bareProof(place, s, slot); bare >= 0 {
		code := s.code[:len(s.code)-1]
		return func(m *signers.Message, at *signers.Moment) (string, error) {
			slots := append([]string{m.Method, m.Target, m.Host, at.Date, at.Nonce}, s.rest...)
			if err := runRest(code, slots, m, at); err != nil {
				return "", err
			}
			return slots[bare], nil
		}
	}
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		slots := append([]string{m.Method, m.Target, m.Host, at.Date, at.Nonce}, s.rest...)
		if err := runRest(s.code, slots, m, at); err != nil {
			return "", err
		}
		return proofIn(place, slots[slot])
	}
}

// bareProof is the slot of the proof, if the last instruction does nothing but to put it behind other text into its
// header, from where proofIn would take it out again; otherwise it is below 0. What an app has sent as a proof
// never has the text before it in it (isApart), so that it fits the one if it fits the other.
//
//	join "ACME ", key, ",sig=", proof    the slot of proof, where the template is ACME {key},sig={proof}
func bareProof(place *proofPlace, s *signer, slot int) int {
	if len(s.code) == 0 {
		return -1
	}
	last := s.code[len(s.code)-1]
	if last.op != opJoin || last.dst != slot || last.b-last.a < 2 || place.before == "" || place.after != "" {
		return -1
	}
	// The text before the proof is that of the template. It is constant: what is computed is empty here.
	before := last.b - 2
	if before < firstSlot || !strings.HasSuffix(s.rest[before-firstSlot], place.before) {
		return -1
	}
	return last.b - 1
}

// specialProver is prover for a program of which there is more to do than to run it. The message's headers are
// copied, since signing changes them and the message is the application's. Their values are shared: they are
// replaced and never written into.
func specialProver(place *proofPlace, s *signer) signers.ProveFunc {
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		signed := *m
		signed.Header = make(http.Header, len(m.Header))
		for name, values := range m.Header {
			signed.Header[name] = values
		}
		if err := signSpecial(s, &signed, at); err != nil {
			return "", err
		}
		return proofIn(place, signers.Single(signed.Header, place.header))
	}
}

// proofIn is the proof in the value of its header; empty: there is none, which equals no proof that was sent. It
// is cut out by the same texts that the template has around it, so that constant text and other parts, which a
// client may write differently, do not count.
func proofIn(place *proofPlace, value string) (string, error) {
	if place.before != "" {
		start := strings.LastIndex(value, place.before)
		if start < 0 {
			return "", nil
		}
		value = value[start+len(place.before):]
	}
	if place.after != "" {
		value, _, _ = strings.Cut(value, place.after)
	}
	return value, nil
}

// slotOf is where a program makes the value of a header, whose name is canonical; -1: it makes none.
func slotOf(s *signer, header string) int {
	for i, name := range s.names {
		if name == header {
			return s.places[i]
		}
	}
	return -1
}
