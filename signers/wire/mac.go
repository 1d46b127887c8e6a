//go:build go1.21

// Package wire has what signature schemes are built from: canonical forms of queries and bodies, and keyed hashes. Its
// functions know no vendor and no gateway. Where a function has to be another one in an interpreter, whose loops over bytes
// are slow and whose memory is cheap, compiled.go and interpreted.go choose; schemes do not notice.
package wire

import (
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"hash"
	"sync"
)

// Keyed is an HMAC (RFC 2104) with its key, for one message at a time.
type Keyed struct {
	Hash hash.Hash
	Sum  []byte // room for the result
}

// NewMAC keeps Keyed of one key: to reset one costs a fraction of keying a new one.
func NewMAC(newHash func() hash.Hash, key string) *sync.Pool {
	return keyedPool(newHash, []byte(key))
}

// keyedPool is a variable. Interpreted, a function value keeps the frames of the functions that it was made in alive, and a
// variable's function has no caller.
var keyedPool = func(newHash func() hash.Hash, k []byte) *sync.Pool {
	return &sync.Pool{New: func() interface{} { return &Keyed{Hash: hmac.New(newHash, k), Sum: make([]byte, 0, 64)} }}
}

// MACFault is why this system refuses to key the hash, which Go does by a panic: in FIPS mode SHA-1 and keys of fewer than 112 bits
// are not allowed. It is empty where a MAC can be made.
func MACFault(macs *sync.Pool) (fault string) {
	defer func() {
		if r := recover(); r != nil {
			fault = fmt.Sprintf("this system refuses the scheme's cryptography (FIPS mode?): %v", r)
		}
	}()
	macs.Put(macs.Get())
	return ""
}

// MAC is the HMAC of text, in place of which the result is written.
func MAC(macs *sync.Pool, text []byte) []byte {
	k := macs.Get().(*Keyed)
	mac := k.Hash
	mac.Reset()
	mac.Write(text)
	text = mac.Sum(text[:0])
	macs.Put(k)
	return text
}

// HexMAC is the HMAC of head, body and both parts of the tail in a row in lower-case hex, without a copy of the body.
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

// hexMACAround is HexMAC with a body, which is written in pieces.
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

// MACText is the HMAC of data as a text of bytes.
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
