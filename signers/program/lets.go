//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Lets are the values of the lets of a program for m, in their order, for people; bytes are in hex. Secret are
// those that a secret can be read from, and keys that are made of one: whoever has such a key can sign with it.
// The command explain prints them, with the secret ones as labels.
//
//	let first = [[nonce|hmac_sha256:opt.key]]    secret: second is made with it
//	let second = [[zone|hmac_sha256:first]]      secret: sig is made with it
//	let sig = [[text|hmac_sha256:second|hex]]    shown: it is sent
func Lets(b *Bound, m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	own := *m
	if len(b.params) > 0 {
		own.Target = wire.WithoutParams(m.Target, b.params)
	}
	slots := begin(b.initial, &own, at)
	if err := run(b.fast, slots, m, at); err != nil {
		return nil, err
	}
	keys := keySlots(b.program.code)
	parts := make([]signers.Part, 0, len(b.program.lets))
	for i := range b.program.lets {
		v := &b.program.lets[i]
		// There is no text of it yet.
		if v.kind == moment || v.kind == list {
			continue // there is no text of it yet
		}
		part := signers.Part{Label: v.name, Text: slots[v.slot], Secret: v.secret || v.weak || v.revealed || v.made && keys[v.slot]}
		if v.kind == bin {
			part.Text = hexText(part.Text)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// keySlots are the slots of keys, and those that keys are made of. It goes from the end to the front: what a key
// is made of is in front of it.
func keySlots(code []instruction) map[int]bool {
	found := make(map[int]bool)
	for i := len(code) - 1; i >= 0; i-- { // what a key is made of is in front of it
		in := &code[i]
		if in.op == opMAC || in.op == opSignature {
			found[in.b] = true
		}
		if in.dst < 0 || !found[in.dst] {
			continue
		}
		for _, slot := range in.reads() {
			found[slot] = true
		}
	}
	return found
}
