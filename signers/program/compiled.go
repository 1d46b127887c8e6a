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

// This file is compiled and not interpreted (yaegi obeys the second line alone). interpreted.go is its twin: it
// has the same functions, which do nothing. A test signs with both and compares (compiled_test.go).
// This file is compiled and not interpreted (yaegi obeys the second line alone). interpreted.go is its twin.

// tree is a value of a program as a tree. Compiled code appends a tree to one buffer, which takes one allocation
// for each header, where instructions take one for each value on the way. It is made of the program's code, so it
// cannot say anything else.
//
//	Authorization = opJoin of
//	    "ACME "
//	    "0123456789abcdef"
//	    ":"
//	    opHexMAC of opJoin of upper(method), "\n", target, "\n", date
//
// Trees are made once for a credential and only read afterwards, so requests share them.
type tree struct {
	// op is opMove for a leaf: a slot of the message, or a constant. All others are what instructions have of that
	// name.
	op int
	// slot of a leaf; below firstSlot it is of the message or moment, else value is its text.
	slot  int
	value string
	// parts are those of opJoin; of and with are what the other operations take, with for opCallTwo alone.
	parts []*tree
	of    *tree
	with  *tree
	// in is the instruction, for its function, key or number.
	in *instruction
	// used counts the places where the tree is used: see costs.
	used int
}

// treesOf are the headers of a program as trees. They are nil if there is more to the program than values that cannot fail, or if
// something that takes long, such as a hash, is used in several places: it would be made for each. Moves vanish, since a tree is a
// value and not a place.
func treesOf(b *Bound) []*tree {
	values := make([]*tree, len(b.initial)) // of the slots
	for i := range values {
		values[i] = &tree{op: opMove, slot: i, value: b.initial[i]}
	}
	var made, all []*tree
	for _, in := range b.fast {
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
		// An instruction that can fail, or that reads headers, token or time: the code runs.
		default:
			return nil
		}
		values[in.dst] = t
		made = append(made, t)
	}
	for _, h := range b.program.headers {
		all = append(all, values[h.slot].use())
	}
	// A tree is computed again in each place where it is used.
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

// costs reports whether to make the text twice takes longer than to keep it. Joining and the path are quick;
// hashes, encodings and functions of filters are not.
func (t *tree) costs() bool {
	for _, part := range t.parts {
		if part.costs() {
			return true
		}
	}
	return t.of != nil || t.op == opHash
}

// signTrees sets the headers of a program. It cannot fail: treesOf has refused every program that could. All
// values are made before the first header is set, so that m is as the client sent it while it is read.
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
		// The third index keeps an append to one header from writing into the next one's value.
		m.Header[name] = values[i : i+1 : i+1]
	}
}

// buffers are reused, unless a large body was in them.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer is the size in bytes up to which a buffer is kept. A body may be in one that is larger, and the pool
// keeps a buffer for each processor.
const maxBuffer = 32 << 10

// string is the text. What it has in room on the way is gone afterwards, so room is a stack: a caller's text in
// front of it remains.
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
		// Raw bytes of the hash replace what it was made of.
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
			// Everything but the body is short: it is gathered in room, which costs less than to write each piece
			// to the hash.
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

// encode replaces what is in room from start by its encoding. size says how many bytes n bytes become. The
// encoding is made behind the text and then copied over it, since into may not read and write the same bytes.
func encode(room *[]byte, start int, size func(n int) int, into func(dst, src []byte)) {
	end := len(*room)
	n := size(end - start)
	*room = append(*room, make([]byte, n)...) // the compiler makes no copy of it
	into((*room)[end:], (*room)[start:end])
	*room = (*room)[:start+copy((*room)[start:], (*room)[end:])]
}

func intoHex(dst, src []byte) { hex.Encode(dst, src) }
