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

// This file is compiled and not interpreted (yaegi obeys the second line alone). interpreted.go is its twin.

// Form is the canonical form of a query or urlencoded body: every pair decoded, encoded again with only A-Za-z0-9-._~ left
// bare, and sorted by encoded key, then encoded value. An error wraps signers.ErrMessage.
func Form(query string) (string, error) { return compiledForm(query) }

// WriteForm writes the canonical form of raw to w, without a copy of what may be a large body.
func WriteForm(w io.Writer, raw []byte) error { return compiledWriteForm(w, raw) }

// WriteString writes text to w without leaving a copy behind.
func WriteString(w io.Writer, text string) error {
	b := texts.Get().(*[]byte)
	*b = append((*b)[:0], text...)
	_, err := w.Write(*b)
	if cap(*b) <= keepAt {
		texts.Put(b)
	}
	return err
}

// HexHash is the SHA-256 of text in lower-case hex.
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

// HexMACText is the HMAC of text in lower-case hex.
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

// texts are reused.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// FormMemory is the memory in bytes that WriteForm takes at most for so many bytes and separators: a byte may become an escape
// of three, and each parameter has a place of its own.
func FormMemory(size, separators int) int64 {
	if separators >= MaxParameters {
		return 0 // it is refused
	}
	return 4*int64(size) + 16*int64(separators+1)
}

// SortQuery puts the query of a target in key order. Keys compare decoded; pairs with the same key keep their order, and the
// text of every pair stays as it is.
func SortQuery(target string) string { return sortQuery(target) }

// NewMACOnce keeps what MACOnce needs of one hash.
func NewMACOnce(newHash func() hash.Hash) *sync.Pool {
	return &sync.Pool{New: func() any {
		h := newHash()
		return &once{hash: h, pad: make([]byte, h.BlockSize()), sum: make([]byte, 0, h.Size())}
	}}
}

// once makes the HMAC of one message with a key that is not kept: the pads are RFC 2104's key XOR ipad and key XOR opad.
type once struct {
	hash     hash.Hash
	pad, sum []byte
}

// MACOnce is the HMAC (RFC 2104) of data with a key that no other message has, as a text of bytes. The pool is of NewMACOnce,
// for the same hash.
func MACOnce(pool *sync.Pool, newHash func() hash.Hash, key string, data []byte) string {
	o := pool.Get().(*once)
	// RFC 2104, 2: a key that is longer than a block is hashed first.
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

// keyedPad fills pad with the key, which is not longer, and zeros, each byte XOR with.
func keyedPad(pad []byte, key string, with byte) {
	for i := range pad {
		pad[i] = with
		if i < len(key) {
			pad[i] ^= key[i]
		}
	}
}

// Pattern is a text with parts, each of one or more printable characters other than the one that follows it in the pattern. Its method
// FindStringSubmatch returns the whole of a text and the parts, or nil if the text is not of the pattern.
type Pattern struct{ parts }

// NewPattern makes a pattern of the texts around its parts, of which only the first and the last may be empty.
func NewPattern(texts ...string) (*Pattern, error) { return &Pattern{parts{texts}}, nil }

// Words are texts of ASCII whose method MatchString reports whether one of them is in a text, in any letter case.
type Words struct{ words }

// NewWords makes Words of texts, none of which is empty.
func NewWords(texts ...string) *Words { return &Words{lookedFor(texts)} }

// OnlyHas reports whether h has no headers but those of names.
func OnlyHas(h http.Header, names map[string]bool) bool {
	for name := range h {
		if !names[name] {
			return false
		}
	}
	return true
}

// HasPrefix reports whether a header's name begins with prefix.
func HasPrefix(h http.Header, prefix string) bool {
	for name := range h {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// BasicHex is the value of an Authorization header (RFC 7617) with the sum in hex as the password. The user ends in a colon.
func BasicHex(user string, sum []byte) string {
	text := append(make([]byte, 0, 256), user...)
	text = append(text, hexRoom[:hex.EncodedLen(len(sum))]...)
	hex.Encode(text[len(user):], sum)
	out := make([]byte, len(basic)+base64.StdEncoding.EncodedLen(len(text)))
	base64.StdEncoding.Encode(out[copy(out, basic):], text)
	return string(out)
}

const (
	basic   = "Basic "
	hexRoom = "                                                                                                                            " +
		"    "
)
