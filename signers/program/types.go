//go:build go1.21

package program

import "strconv"

// kind is what a value is.
type kind int

const (
	text   kind = iota
	bin         // bytes that need not be text
	moment      // a time
	list        // an option of several values
)

var kindNames = []string{"text", "bin", "time", "list"}

// What a value holds of the request, for the choice of the text that people are shown.
const (
	holdsTarget = 1 << iota // target, path or query
	holdsBody
)

// value is what is known of a value when its program is compiled. Its slot holds it when the program runs. The zero value is a text that
// may hold anything of the request.
type value struct {
	kind kind
	slot int
	name string // for people

	// Where its bytes come from. Hashes, MACs and signatures end secret and revealed.
	secret   bool // whoever has it has a secret
	weak     bool // a hash of a secret alone: it says as much as the secret, and is as good wherever that hash is asked for
	revealed bool // it was a secret before reveal
	fresh    bool // it depends on now or nonce
	made     bool // it was made with a secret, however well hidden

	bits  int  // of a digest in each character; 0: it holds none
	safe  bool // it holds no control character, whatever the request
	holds int  // of the request

	// What multiplies the request, as nested lets do: see maxWeight.
	weight int // how many times the request it may hold

	seconds []offset // of a time: what is added to now
	option  string   // of a list: the option
}

// offset is a number of seconds: n, or that of an option.
type offset struct {
	n      int
	option string
}

// joined is what is known of several values in a row.
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

// hashed is what is known of a hash of v. A hash of a secret is as good as the secret where that hash is asked for, unless something that
// changes with each request is in it.
func hashed(v value) value {
	return value{kind: bin, name: v.name, weak: (v.secret || v.weak) && !v.fresh, fresh: v.fresh, made: v.made || v.secret, bits: 8, weight: 1}
}

// keyed is what is known of a MAC or signature of v.
func keyed(v value) value {
	return value{kind: bin, name: v.name, fresh: v.fresh, made: true, bits: 8, weight: 1}
}

// encoded is what is known of v in hex or base64, whose characters hold fewer bits.
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

// decodedBits is how many bits of a digest each byte holds when the text of such is decoded.
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

// cut says why a digest must not be cut to n characters: what is left could be guessed, or made for another message.
func cut(v value, n int) string {
	if v.made && v.bits > 0 && n*v.bits < 128 {
		return "first:" + strconv.Itoa(n) + " leaves " + strconv.Itoa(n*v.bits/8) + " bytes of a digest of a secret; keep at least 16"
	}
	return ""
}
