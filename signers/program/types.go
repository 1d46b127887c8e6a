//go:build go1.21

package program

import "strconv"

// kind is what a value is. It decides which filters take the value and whether it can be sent.
type kind int

// Text is what headers and parameters take. Raw bytes and times must be written in some form first, and a list
// goes into header_list alone.
const (
	text   kind = iota
	bin         // bytes that need not be text
	moment      // a time
	list        // an option of several values
)

// kindNames are the kinds as errors call them, in the order of the constants.
var kindNames = []string{"text", "bin", "time", "list"}

// What a value holds of the request. Of several hashed texts, Canonical shows the one that says most about the
// request: one with the target is better than one with the body, as of a scheme that hashes the body first and
// then a text with that hash.
const (
	holdsTarget = 1 << iota // target, path or query
	holdsBody
)

// value is what is known of a value when its program is compiled. Its slot holds it when the program runs. The
// zero value is a text that may hold anything of the request.
//
// A let's value is copied to wherever the let is named, so filters change a copy. For instance, for a secret
// option key:
//
//	opt.key                     secret
//	opt.key|sha256              weak: whoever is asked for this hash can send it without knowing the key
//	opt.key|reveal              revealed: it may be sent, and the program counts as one that sends a secret
//	method|hmac_sha256:opt.key  made, 8 bits in each byte
//	the same |hex               made, 4 bits in each character
type value struct {
	kind kind
	// slot is where it is when the program runs; -1: nowhere, as for a time that is not written yet and for a
	// list.
	slot int
	// name labels it in Canonical, Lets and errors; empty: it is literal text.
	name string

	// Where its bytes come from. Hashes, MACs and signatures end secret and revealed.
	secret   bool // whoever has it has a secret
	weak     bool // a hash of a secret alone: it says as much as the secret, and is as good wherever that hash is asked for
	revealed bool // it was a secret before reveal
	fresh    bool // it depends on now or nonce
	made     bool // it was made with a secret, however well hidden

	// bits of a digest in each character or byte; 0: it holds no digest. See cut, which needs it.
	bits int
	// safe: it holds no control character, whatever the request, so it needs no check before it becomes a header
	// (response splitting and header injection, RFC 9110 section 5.5).
	safe  bool
	holds int // of the request

	// What multiplies the request, as nested lets do: see maxWeight. It is how many times the request the value
	// may hold; 0 of a fresh value counts as 1 once its expression is compiled.
	weight int

	// seconds are what filters add put onto a time, in their order.
	seconds []offset
	// option is the name of the option that a list is.
	option string
}

// offset is a number of seconds: n, or that of an option, which is only known when the program is bound.
type offset struct {
	n      int
	option string
}

// joined is what is known of several values in a row. A row has every property that makes one of its values
// dangerous, and is safe only if all of them are. Slots and names are the caller's to set.
func joined(values []value) value {
	v := value{kind: text, safe: true}
	for _, p := range values {
		if p.kind == bin {
			v.kind = bin
		}
		v.secret = v.secret || p.secret
		v.weak = v.weak || p.weak
		v.revealed = v.revealed || p.revealed
		v.fresh = v.fresh || p.fresh
		v.made = v.made || p.made
		v.safe = v.safe && p.safe
		v.holds |= p.holds
		v.weight += p.weight
		if p.bits > 0 {
			v.bits = 1 // nobody can tell where in the row it is
		}
	}
	return v
}

// hashed is what is known of a hash of v. A hash of a secret is as good as the secret where that hash is asked
// for, unless something that changes with each request is in it.
//
//	sha256(opt.key)        weak
//	sha256(opt.key + now)  fresh, and so not weak: the same hash is of no use for another request
func hashed(v value) value {
	return value{kind: bin, name: v.name, weak: (v.secret || v.weak) && !v.fresh, fresh: v.fresh, made: v.made || v.secret, bits: 8, weight: 1}
}

// keyed is what is known of a MAC or signature of v. What it is made of cannot be had from it, so neither secret
// nor weak remains.
func keyed(v value) value {
	return value{kind: bin, name: v.name, fresh: v.fresh, made: true, bits: 8, weight: 1}
}

// encoded is what is known of v in hex or base64, whose characters hold fewer bits: 4 in hex, 6 in base64. Both
// alphabets are printable, so the result is safe. Hex doubles the length; base64 is counted like it.
func encoded(v value, bits int) value {
	v.kind = text
	v.safe = true
	if v.bits > 0 {
		v.bits = v.bits * bits / 8
		if v.bits == 0 {
			v.bits = 1 // it still is a digest, somewhere in the text
		}
	}
	v.weight *= 2
	return v
}

// decodedBits is how many bits of a digest each byte holds when a text with so many in each character is decoded.
// It undoes what encoded did, up to 8 bits: |hex|unhex has 8 again. Without it first:16 would count half of what
// it leaves.
func decodedBits(filter string, bits int) int {
	if filter == "unhex" {
		bits *= 2
	} else {
		bits = bits * 4 / 3
	}
	if bits > 8 {
		return 8
	}
	return bits
}

// cut says why a digest must not be cut to n characters: what is left could be guessed, or made for another
// message. The bound is 128 bits, half of a SHA-256: RFC 2104 section 5 advises against less than half of the hash.
//
//	|hmac_sha256:opt.key|first:16      16 bytes: permitted
//	|hmac_sha256:opt.key|hex|first:32  32 characters of 4 bits: permitted
//	|hmac_sha256:opt.key|hex|first:8   refused: "first:8 leaves 4 bytes of a digest of a secret; keep at least 16"
//
// An empty result means that it may be cut. Digests that no secret went into may be cut anywhere.
func cut(v value, n int) string {
	if v.made && v.bits > 0 && n*v.bits < 128 {
		return "first:" + strconv.Itoa(n) + " leaves " + strconv.Itoa(n*v.bits/8) + " bytes of a digest of a secret; keep at least 16"
	}
	return ""
}
