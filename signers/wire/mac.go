//go:build go1.21

// Package wire has what signature schemes are built from: canonical forms of queries and bodies,
// keyed hashes, and signatures with private keys. Its functions know no vendor and no gateway, do
// no I/O and read no clock. Schemes in code (signers/vendors, signers/aws, signers/httpsig) and
// presets (signers/program) call them:
//
//	target, body --> Form, WriteForm, SortQuery, WithoutParams --> canonical text
//	canonical text --> HexMAC, MACText, Signature --> Base64Text, BasicHex --> header
//
// For example, Duo's line of parameters, and an HMAC-SHA256 with the key "key":
//
//	Form("b=2&a=1+x&a=&c")              "a=&a=1%20x&b=2&c="
//	m := NewMAC(sha256.New, "key")
//	HexMAC(m, "a", nil, "b", "c")       "9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab"
//
// Where an interpreter needs another function, because its loops over bytes are slow and its memory
// is cheap, compiled.go and interpreted.go choose. Schemes do not notice: tests compare both ways
// for generated forms, queries and texts, and sign every vector compiled and interpreted. A
// function that two vendors need belongs here, one that knows a vendor's peculiarity in that
// vendor's file.
package wire

import (
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"hash"
	"sync"
)

// Keyed is an HMAC (RFC 2104) with its key, for one message at a time. It holds the state of a
// hash, so two goroutines must not use one at once: take it from the pool of NewMAC and put it
// back.
type Keyed struct {
	Hash hash.Hash
	// Sum is room for the result, so that a signature takes no memory for it. Its content has no
	// meaning between messages.
	Sum []byte
}

// NewMAC keeps Keyed of one key: to reset one costs a fraction of keying a new one, which hashes
// two blocks (RFC 2104, section 4). The pool may be used concurrently. newHash must be the plain
// hash, such as sha256.New. In FIPS mode the first Get panics for a key or hash that is not
// allowed, so whoever makes a signer calls MACFault while the configuration loads.
func NewMAC(newHash func() hash.Hash, key string) *sync.Pool {
	return keyedPool(newHash, []byte(key))
}

// keyedPool is a variable. Interpreted, a function value keeps the frames of the functions that it was made in alive, and a
// variable's function has no caller.
var keyedPool = func(newHash func() hash.Hash, k []byte) *sync.Pool {
	return &sync.Pool{New: func() interface{} { return &Keyed{Hash: hmac.New(newHash, k), Sum: make([]byte, 0, 64)} }}
}

// MACFault is why this system refuses to key the hash, which Go does by a panic: in FIPS mode SHA-1
// and keys of fewer than 112 bits are not allowed. It is empty where a MAC can be made. With a
// text, the signer must not be used: each of its signatures would panic.
func MACFault(macs *sync.Pool) (fault string) {
	defer func() {
		if r := recover(); r != nil {
			fault = fmt.Sprintf("this system refuses the scheme's cryptography (FIPS mode?): %v", r)
		}
	}()
	macs.Put(macs.Get())
	return ""
}

// MAC is the HMAC of text. The result takes the place of text, so the caller must not read text
// afterwards, and passes a slice that it owns:
//
//	sum := MAC(macs, []byte(target+":"+method+":"+date))
func MAC(macs *sync.Pool, text []byte) []byte {
	k := macs.Get().(*Keyed)
	mac := k.Hash
	mac.Reset()
	mac.Write(text)
	text = mac.Sum(text[:0])
	macs.Put(k)
	return text
}

// HexMAC is the HMAC of head, body, tail and end in a row, in lower-case hex, without a copy of the
// body. Tail and end are apart because schemes have a constant and the date there: joined by the
// caller they would take memory for each signature.
func HexMAC(macs *sync.Pool, head string, body []byte, tail, end string) string {
	if len(body) > 0 {
		return hexMACAround(macs, head, body, tail+end)
	}
	k := macs.Get().(*Keyed)
	mac := k.Hash
	mac.Reset()
	text := []byte(head + tail + end)
	mac.Write(text)
	text = mac.Sum(text[:0])
	macs.Put(k)
	return hex.EncodeToString(text)
}

// hexMACAround is HexMAC with a body, which is written in pieces: a body may have many megabytes,
// and the budget for bodies counts it once.
func hexMACAround(macs *sync.Pool, head string, body []byte, tail string) string {
	k := macs.Get().(*Keyed)
	mac := k.Hash
	mac.Reset()
	WriteString(mac, head)
	mac.Write(body)
	WriteString(mac, tail)
	k.Sum = mac.Sum(k.Sum[:0])
	text := hex.EncodeToString(k.Sum)
	macs.Put(k)
	return text
}

// MACText is the HMAC of data as a text of bytes, neither hex nor base64. Presets use it for keys
// that they derive in steps, and encode the result themselves.
func MACText(macs *sync.Pool, data []byte) string {
	k := macs.Get().(*Keyed)
	mac := k.Hash
	mac.Reset()
	mac.Write(data)
	k.Sum = mac.Sum(k.Sum[:0])
	text := string(k.Sum)
	macs.Put(k)
	return text
}
