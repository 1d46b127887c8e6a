//go:build go1.21 && gc
// +build go1.21,gc

package program

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// This file is compiled and not interpreted (yaegi obeys the second line alone). interpreted.go is its twin.

// tree is a value of a program as a tree. Compiled code appends a tree to one buffer, which takes one allocation for each header, where
// instructions take one for each value on the way. It is made of the program's code, so it cannot say anything else.
type tree struct {
	op    int     // opMove: a slot of the message, or a constant. Others are what instructions have of that name
	slot  int     // below firstSlot: of the message
	value string  // a constant
	parts []*tree // of opJoin
	of    *tree
	with  *tree // of opCallTwo
	in    *instruction
	used  int // in how many places
}

// treesOf are the headers of a program as trees. They are nil if there is more to the program than values that cannot fail, or if
// something that takes long, such as a hash, stands in several places: it would be made for each. Moves vanish, since a tree is a
// value and not a place.
func treesOf(b *Bound) []*tree {
	values := make([]*tree, len(b.initial)) // of the slots
	for i := range values {
		values[i] = &tree{op: opMove, slot: i, value: b.initial[i]}
	}
	var made, all []*tree
	for i := range b.fast {
		in := &b.fast[i]
		t := &tree{op: in.op, in: in}
		switch in.op {
		case opMove:
			values[in.dst] = values[in.a]
			continue
		case opJoin:
			for _, part := range values[in.a:in.b] {
				t.parts = append(t.parts, part.use())
			}
		case opHash, opHexMAC, opTextMAC, opHex, opBase64, opCall:
			if in.body == nil {
				t.of = values[in.a].use()
			}
		case opCallTwo:
			t.of, t.with = values[in.a].use(), values[in.b].use()
		case opPath, opBody:
		default:
			return nil
		}
		values[in.dst] = t
		made = append(made, t)
	}
	for _, h := range b.program.headers {
		all = append(all, values[h.slot].use())
	}
	// A tree is made anew in each place where it is used.
	for _, t := range made {
		if t.used > 1 && t.costs() {
			return nil
		}
	}
	return all
}

// use counts a place where the tree is used.
func (t *tree) use() *tree {
	t.used++
	return t
}

// costs reports whether to make the text twice takes longer than to keep it.
func (t *tree) costs() bool {
	for _, part := range t.parts {
		if part.costs() {
			return true
		}
	}
	return t.of != nil || t.op == opHash
}

// signTrees sets the headers of a program.
func signTrees(s *signer, m *signers.Message, at *signers.Moment) {
	room := buffers.Get().(*[]byte)
	values := make([]string, len(s.trees))
	for i, t := range s.trees {
		values[i] = t.string(room, m, at)
	}
	if cap(*room) <= maxBuffer {
		buffers.Put(room)
	}
	for i, name := range s.names {
		m.Header[name] = values[i : i+1 : i+1]
	}
}

// buffers are reused, unless a large body was in them.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer is the size in bytes up to which a buffer is kept.
const maxBuffer = 32 << 10

// string is the text. What it has in room on the way is gone afterwards.
func (t *tree) string(room *[]byte, m *signers.Message, at *signers.Moment) string {
	switch t.op {
	case opMove:
		switch t.slot {
		case slotMethod:
			return m.Method
		case slotTarget:
			return m.Target
		case slotHost:
			return m.Host
		case slotDate:
			return at.Date
		case slotNonce:
			return at.Nonce
		}
		return t.value
	case opPath:
		path, _, _ := strings.Cut(m.Target, "?")
		return path
	case opCall:
		return t.in.fn(t.of.string(room, m, at))
	case opCallTwo:
		return t.in.two(t.of.string(room, m, at), t.with.string(room, m, at))
	}
	start := len(*room)
	t.append(room, m, at)
	text := string((*room)[start:])
	*room = (*room)[:start]
	return text
}

// append puts the text at the end of room.
func (t *tree) append(room *[]byte, m *signers.Message, at *signers.Moment) {
	start := len(*room)
	switch t.op {
	case opJoin:
		for _, part := range t.parts {
			part.append(room, m, at)
		}
	case opBody:
		*room = append(*room, firstBytes(m.Body, t.in.n)...)
	case opHash:
		data := m.Body
		if t.of != nil {
			t.of.append(room, m, at)
			data = (*room)[start:]
		} else {
			data = firstBytes(data, t.in.body.n)
		}
		sum := sum(t.in.n, data)
		*room = append((*room)[:start], sum...)
	case opHexMAC, opTextMAC:
		k := t.in.macs.Get().(*wire.Keyed)
		k.Hash.Reset()
		parts := t.of.parts
		// Of texts in a row each is written for itself, so that a body among them need not be copied.
		if t.of.op != opJoin {
			t.of.append(room, m, at)
		}
		for _, part := range parts {
			if part.op != opBody {
				part.append(room, m, at)
				continue
			}
			k.Hash.Write((*room)[start:])
			*room = (*room)[:start]
			k.Hash.Write(firstBytes(m.Body, part.in.n)) // without a copy
		}
		k.Hash.Write((*room)[start:])
		*room = k.Hash.Sum((*room)[:start])
		t.in.macs.Put(k)
		if t.op == opHexMAC {
			encode(room, start, hex.EncodedLen, intoHex)
		}
	case opHex:
		t.of.append(room, m, at)
		encode(room, start, hex.EncodedLen, intoHex)
	case opBase64:
		t.of.append(room, m, at)
		encode(room, start, base64.StdEncoding.EncodedLen, base64.StdEncoding.Encode)
	default:
		*room = append(*room, t.string(room, m, at)...)
	}
}

// encode replaces what is in room from start by its encoding, of so many bytes for each number of them.
func encode(room *[]byte, start int, size func(n int) int, into func(dst, src []byte)) {
	end := len(*room)
	n := size(end - start)
	*room = append(*room, make([]byte, n)...) // the compiler makes no copy of it
	into((*room)[end:], (*room)[start:end])
	*room = (*room)[:start+copy((*room)[start:], (*room)[end:])]
}

func intoHex(dst, src []byte) { hex.Encode(dst, src) }
