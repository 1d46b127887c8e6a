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
