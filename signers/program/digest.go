//go:build go1.21

package program

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The hashes, by the number that instructions have. With a number, sum can call the library's functions for a
// whole text, which need no hash.Hash.
const (
	useMD5 = iota
	useSHA1
	useSHA256
	useSHA384
	useSHA512
)

// hashes and macs are filters by their names. MD5 and SHA-1 are there for vendors that ask for them: how strong a
// hash must be is the vendor's decision.
var hashes = map[string]int{"md5": useMD5, "sha1": useSHA1, "sha256": useSHA256, "sha384": useSHA384, "sha512": useSHA512}

var macs = map[string]int{"hmac_sha1": useSHA1, "hmac_sha256": useSHA256, "hmac_sha384": useSHA384, "hmac_sha512": useSHA512}

// newHash returns the function that begins a hash, as hmac.New takes it. n is one of the constants above.
func newHash(n int) func() hash.Hash {
	switch n {
	case useMD5:
		return md5.New
	case useSHA1:
		return sha1.New
	case useSHA256:
		return sha256.New
	case useSHA384:
		return func() hash.Hash { return sha512.New384() }
	}
	return func() hash.Hash { return sha512.New() }
}

// covered is what a hash is made of: a slot, or the body as it came.
func covered(in *instruction, slots []string, m *signers.Message) []byte {
	if in.body == nil {
		return []byte(slots[in.a])
	}
	return firstBytes(m.Body, in.body.n)
}

// doHash is a hash in raw bytes, as a text of them.
func doHash(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	slots[in.dst] = sum(in.n, covered(in, slots, m))
	return nil
}

// sum is the hash of data, as a text of raw bytes: slots are texts.
func sum(n int, data []byte) string {
	switch n {
	case useMD5:
		s := md5.Sum(data)
		return string(s[:])
	case useSHA1:
		s := sha1.Sum(data)
		return string(s[:])
	case useSHA256:
		s := sha256.Sum256(data)
		return string(s[:])
	case useSHA384:
		s := sha512.Sum384(data)
		return string(s[:])
	}
	s := sha512.Sum512(data)
	return string(s[:])
}

// doMAC is an HMAC (RFC 2104) with a key that is kept, or of a slot. Kept ones are in a pool, since a hash.Hash
// serves one message at a time.
func doMAC(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	if in.mayLack {
		if slots[in.b] == "" {
			return emptyKey(in)
		}
	}
	data := covered(in, slots, m)
	if in.macs == nil {
		slots[in.dst] = wire.MACOnce(in.once, in.hash, slots[in.b], data)
	} else {
		slots[in.dst] = wire.MACText(in.macs, data)
	}
	return nil
}

// emptyKey refuses a message for which nothing is left of a key that the program makes, since anybody can make a MAC
// with an empty one. An option that is empty is found by bindKey.
//
//	let key = [[opt.key|when:header.x-app]]
//	header X-Sum = [[target|hmac_sha256:key|hex]]    a request without X-App
func emptyKey(in *instruction) error {
	return fmt.Errorf("operations line %d: the key of a MAC is empty for this request: %w", in.line, signers.ErrMessage)
}

// hexText is in small letters; |upper makes the others.
func hexText(s string) string { return hex.EncodeToString([]byte(s)) }

// base64URL has no padding, as in JWTs (RFC 7515 section 2).
func base64URL(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// hash emits a hash, MAC or signature, and notes what it is made of. That of a body alone takes the body as it
// came, without a copy:
//
//	[[body|sha256|hex]]         opHash with body, opHex: no opBody
//	[[body|if_method:POST|md5]] opMethods, opBody, opHash: a copy, since the body may be replaced by an empty text
func (c *compiler) hash(in instruction, v, out value, dst, start int) value {
	m := message{holds: v.holds, secret: v.secret || v.weak, name: v.name, keyed: in.op != opHash}
	if r, ok := c.p.regions[v.slot]; ok {
		m.parts = &r
	}
	if i := c.bodyAlone(v.slot, start); i >= 0 {
		in.body = &bodyPart{n: c.p.code[i].n, option: c.p.code[i].text}
		c.p.code = append(c.p.code[:i], c.p.code[i+1:]...)
		// Any slot: it is not read.
		v.slot = slotMethod
	}
	in.message = len(c.p.messages)
	c.p.messages = append(c.p.messages, m)
	return c.unary(in, v, out, dst)
}

// bodyAlone is the index of the instruction that loads the body into slot, if the expression from start on has
// done no more; -1: it has. With an opMethods or opUnless in between the instruction cannot be taken out: they
// count the instructions that they pass over.
func (c *compiler) bodyAlone(slot, start int) int {
	found := -1
	for i := start; i < len(c.p.code); i++ {
		switch in := &c.p.code[i]; {
		case in.op == opMethods || in.op == opUnless:
			return -1
		case in.dst == slot && in.op == opBody:
			found = i
		case in.dst == slot:
			return -1
		}
	}
	return found
}

// mac compiles an HMAC. A key that is public would make it a plain hash, so its key must be a secret, or made with
// one. A chain of keys, as of Veracode, BloodHound and SigV4, is made of lets:
//
//	let date_key = [[ts|hmac_sha256:nonce_key]]
//	let signing_key = [['version_1'|hmac_sha256:date_key]]
//
// A quoted key is a literal and thus public.
func (c *compiler) mac(n int, f call, v value, dst, start int) (value, string) {
	if f.args[0].quoted {
		return v, publicKey(f.args[0].text)
	}
	key, reason := c.named(f.args[0])
	switch {
	case reason != "":
		return v, reason
	case key.kind == moment || key.kind == list:
		return v, "the key is " + sendable(key)
	case !key.secret && !key.made:
		return v, publicKey(f.args[0].text)
	}
	return c.hash(instruction{op: opMAC, n: n, b: key.slot}, v, keyed(v), dst, start), ""
}

// publicKey refuses the key of a MAC that everybody may know. It is the mistake of writing opt.id where opt.key is
// meant.
func publicKey(name string) string {
	return "the key " + shown(name) + " is public; a MAC is made with a secret, or with a let that was made with one"
}
