//go:build go1.21 && gc
// +build go1.21,gc

package wire

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
)

// This file is compiled and not interpreted (yaegi obeys the line +build alone). interpreted.go is
// its twin with the same functions: change both together, and run the tests of this package, which
// compare them. Here a function may loop over bytes and keep buffers in pools.

// Form is the canonical form of a query or urlencoded body: every pair decoded, encoded again with only A-Za-z0-9-._~ left
// bare, and sorted by encoded key, then encoded value. An error wraps signers.ErrMessage.
//
//	Form("b=2&a=1+x&a=&c")   "a=&a=1%20x&b=2&c="    + is a blank; a key without "=" gets one
//	Form("a=%7e&a=%2f")      "a=%2F&a=~"            only what must be encoded is, in capitals
//	Form("a=1;b=2")          "a=1%3Bb%3D2"          a semicolon separates nothing
//	Form("&&a=1&")           "a=1"                  empty pairs go
//	Form("a=%zz")            an error
//
// Callers refuse MaxParameters and more before they call it.
func Form(query string) (string, error) { return compiledForm(query) }

// WriteForm writes the canonical form of raw to w, without a copy of what may be a large body.
// The result is that of Form. An error may come after a part was written: it is the writer's, and
// hashes have none. A text that cannot be decoded is an error before anything is written.
func WriteForm(w io.Writer, raw []byte) error { return compiledWriteForm(w, raw) }

// WriteString writes text to w without leaving a copy behind: io.WriteString would make one for
// each text, since hashes take bytes only. w must not keep the bytes, as no hash does.
func WriteString(w io.Writer, text string) error {
	b := texts.Get().(*[]byte)
	*b = append((*b)[:0], text...)
	_, err := w.Write(*b)
	if cap(*b) <= keepAt {
		texts.Put(b)
	}
	return err
}

// HexHash is the SHA-256 of text in lower-case hex, 64 characters. Its result is the only memory
// that it takes.
func HexHash(text string) string {
	b := texts.Get().(*[]byte)
	*b = append((*b)[:0], text...)
	sum := sha256.Sum256(*b)
	if cap(*b) <= keepAt {
		texts.Put(b)
	}
	var digits [2 * sha256.Size]byte
	return string(digits[:hex.Encode(digits[:], sum[:])])
}

// HexMACText is the HMAC of text in lower-case hex: HexMAC for callers that have the whole text
// already.
func HexMACText(macs *sync.Pool, text string) string {
	k := macs.Get().(*Keyed)
	k.Hash.Reset()
	k.Sum = append(k.Sum[:0], text...)
	k.Hash.Write(k.Sum)
	k.Sum = k.Hash.Sum(k.Sum[:0])
	var digits [2 * sha512.Size]byte
	text = string(digits[:hex.Encode(digits[:], k.Sum)])
	if cap(k.Sum) > keepAt { // a body was in it
		k.Sum = make([]byte, 0, sha512.Size)
	}
	macs.Put(k)
	return text
}

// Base64Text is text in base64, in the standard alphabet with padding (RFC 4648, 4). A signature takes one allocation.
func Base64Text(text string) string {
	var plain [2 * sha512.Size]byte // the hex digits of the longest hash
	var encoded [4 * ((2*sha512.Size + 2) / 3)]byte
	if len(text) > len(plain) {
		return base64.StdEncoding.EncodeToString([]byte(text))
	}
	n := copy(plain[:], text)
	base64.StdEncoding.Encode(encoded[:], plain[:n])
	return string(encoded[:base64.StdEncoding.EncodedLen(n)])
}

// texts are buffers for texts on their way into a hash. Those that have grown beyond keepAt are
// left to the garbage collector: one large body would otherwise keep its memory for good.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// FormMemory is the memory in bytes that WriteForm takes at most for so many bytes and separators:
// a byte may become an escape of three, and each parameter has a place of its own. The gateway
// counts it in its budget for bodies until the request is signed. Otherwise many forms at once,
// each within max_body, would exhaust the memory. For a form of 1,000 bytes with ten separators:
//
//	FormMemory(1000, 10)   4176, and 21632 in the interpreter
func FormMemory(size, separators int) int64 {
	if separators >= MaxParameters {
		return 0 // it is refused
	}
	return 4*int64(size) + 16*int64(separators+1)
}

// SortQuery puts the query of a target in key order. Keys compare decoded; pairs with the same key keep their order, and the
// text of every pair stays as it is.
//
//	SortQuery("/p?b=2&a=1&b=1")                     "/p?a=1&b=2&b=1"
//	SortQuery("/p?%62=2&a=1")                       "/p?a=1&%62=2"
//	SortQuery("/p?foo=1&foo-bar=2&foo%2Dbar=3")     unchanged
//
// The caller must send what it signs, so it puts the result in the message. A query that is sorted
// already takes no memory.
func SortQuery(target string) string { return sortQuery(target) }

// NewMACOnce keeps what MACOnce needs of one hash. The pool is empty at first, and may be used
// concurrently.
func NewMACOnce(newHash func() hash.Hash) *sync.Pool {
	return &sync.Pool{New: func() any {
		h := newHash()
		return &once{hash: h, pad: make([]byte, h.BlockSize()), sum: make([]byte, 0, h.Size())}
	}}
}

// once makes the HMAC of one message with a key that is not kept: the pads are RFC 2104's key XOR
// ipad and key XOR opad. Such are the steps in which AWS's key for a day, region and service is
// derived (signers/aws/key.go).
type once struct {
	hash     hash.Hash
	pad, sum []byte
}

// MACOnce is the HMAC (RFC 2104) of data with a key that no other message has, as a text of bytes.
// The pool is of NewMACOnce, for the same hash. The key stays in a pad of the pool until the next
// message overwrites it.
func MACOnce(pool *sync.Pool, newHash func() hash.Hash, key string, data []byte) string {
	o := pool.Get().(*once)
	// RFC 2104, section 2: a key that is longer than a block is hashed first.
	if len(key) > len(o.pad) {
		o.hash.Reset()
		io.WriteString(o.hash, key)
		key = string(o.hash.Sum(o.sum[:0]))
	}
	keyedPad(o.pad, key, 0x36)
	o.hash.Reset()
	o.hash.Write(o.pad)
	o.hash.Write(data)
	o.sum = o.hash.Sum(o.sum[:0])
	keyedPad(o.pad, key, 0x5c)
	o.hash.Reset()
	o.hash.Write(o.pad)
	o.hash.Write(o.sum)
	text := string(o.hash.Sum(o.sum[:0]))
	pool.Put(o)
	return text
}

// keyedPad fills pad with the key, which is not longer, and zeros, each byte XOR with. RFC 2104,
// section 2: with is 0x36 for the inner hash and 0x5c for the outer one.
func keyedPad(pad []byte, key string, with byte) {
	for i := range pad {
		pad[i] = with
		if i < len(key) {
			pad[i] ^= key[i]
		}
	}
}

// Pattern is a text with parts, as most Authorization headers are. A part has one or more printable
// characters, without the one that follows it in the pattern. The method FindStringSubmatch returns
// the whole of a text and the parts, or nil if the text does not fit.
//
//	NewPattern("TC ", ":", "")
//	"TC 123:abc="    "TC 123:abc=", "123", "abc="
//	"TC 1:2:abc"     "TC 1:2:abc", "1", "2:abc"     the first colon ends the first part
//	"TC :abc"        nil                            a part is not empty
type Pattern struct{ parts }

// NewPattern makes a pattern of the texts around its parts, of which only the first and the last
// may be empty: there are as many parts as texts, less one. Its error is always nil here;
// interpreted it is that of a regular expression.
func NewPattern(texts ...string) (*Pattern, error) { return &Pattern{parts{texts}}, nil }

// Words are texts of ASCII whose method MatchString reports whether one of them is in a text, in
// any letter case. They are for words that clients may write in any letter case, such as names of
// parameters.
type Words struct{ words }

// NewWords makes Words of texts, none of which is empty.
func NewWords(texts ...string) *Words { return &Words{lookedFor(texts)} }

// OnlyHas reports whether h has no headers but those of names. With PlainHeaders it tells quickly
// that a request has none of a vendor's headers, which is true of most.
func OnlyHas(h http.Header, names map[string]bool) bool {
	for name := range h {
		if !names[name] {
			return false
		}
	}
	return true
}

// HasPrefix reports whether a header's name begins with prefix, which is in canonical form, such as
// X-Duo-.
func HasPrefix(h http.Header, prefix string) bool {
	for name := range h {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// BasicHex is the value of an Authorization header (RFC 7617) with the sum in hex as the password. The user ends in a colon.
//
//	BasicHex("user:", []byte{0xab, 0x01})   "Basic dXNlcjphYjAx", for user:ab01
func BasicHex(user string, sum []byte) string {
	text := append(make([]byte, 0, 256), user...)
	text = append(text, hexRoom[:hex.EncodedLen(len(sum))]...)
	hex.Encode(text[len(user):], sum)
	out := make([]byte, len(basic)+base64.StdEncoding.EncodedLen(len(text)))
	base64.StdEncoding.Encode(out[copy(out, basic):], text)
	return string(out)
}

const (
	// The value of Authorization begins with basic. hexRoom has 128 blanks, the hex digits of
	// SHA-512, to lengthen a slice without a buffer.
	basic   = "Basic "
	hexRoom = "                                                                                                                            " +
		"    "
)
