//go:build go1.21

package signers

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"sync"
)

// scratch is the working memory of one signature. It is reused: to reset an HMAC costs a fraction of keying a new
// one, compiled and interpreted.
type scratch struct {
	mac   hash.Hash
	text  []byte
	sum   []byte
	out   []byte // a header's value
	query []byte // of Duo's parameters
	form  form
}

// newScratches keeps scratches with HMACs of one key.
func newScratches(hash func() hash.Hash, key string) *sync.Pool {
	k := []byte(key)
	return &sync.Pool{New: func() interface{} {
		return &scratch{mac: hmac.New(hash, k), text: make([]byte, 0, 512), sum: make([]byte, 0, 64), out: make([]byte, 512)}
	}}
}

// putScratch gives k back, unless a long message has made it large: then its memory is not kept.
func putScratch(scratches *sync.Pool, k *scratch) {
	if cap(k.text)+cap(k.query) <= keepAt {
		scratches.Put(k)
	}
}

// hexMAC is the HMAC of text in lower-case hex.
func hexMAC(scratches *sync.Pool, text string) string {
	k := scratches.Get().(*scratch)
	k.mac.Reset()
	k.text = append(k.text[:0], text...)
	k.mac.Write(k.text)
	k.sum = k.mac.Sum(k.sum[:0])
	sum := string(k.out[:hex.Encode(k.out, k.sum)])
	putScratch(scratches, k)
	return sum
}

// quickMAC is the HMAC of text, which it writes over. It takes fewer steps than the functions that keep text and result
// in the scratch, and its callers more memory: compiled that is 50 ns, interpreted a gain of 3 microseconds.
func quickMAC(scratches *sync.Pool, text []byte) []byte {
	k := scratches.Get().(*scratch)
	mac := k.mac
	mac.Reset()
	mac.Write(text)
	text = mac.Sum(text[:0])
	scratches.Put(k)
	return text
}

// hexMACAround is the HMAC of both parts of the head, body and both parts of the tail in lower-case hex, without a copy of
// the body.
func hexMACAround(scratches *sync.Pool, start, head string, body []byte, tail, end string) string {
	k := scratches.Get().(*scratch)
	k.mac.Reset()
	k.text = append(append(k.text[:0], start...), head...)
	if len(body) > 0 {
		k.mac.Write(k.text)
		k.mac.Write(body)
		k.text = k.text[:0]
	}
	k.text = append(append(k.text, tail...), end...)
	k.mac.Write(k.text)
	k.sum = k.mac.Sum(k.sum[:0])
	sum := string(k.out[:hex.Encode(k.out, k.sum)])
	putScratch(scratches, k)
	return sum
}

// base64MAC is prefix and the HMAC of text in base64 with padding.
func base64MAC(scratches *sync.Pool, prefix, text string) string {
	k := scratches.Get().(*scratch)
	k.mac.Reset()
	k.text = append(k.text[:0], text...)
	k.mac.Write(k.text)
	k.sum = k.mac.Sum(k.sum[:0])
	value := encode(k, prefix, k.sum)
	putScratch(scratches, k)
	return value
}

// basic is what the values of an Authorization header with one user have in common: base64 takes three bytes at a time,
// so all of the user but the last byte or two is encoded once.
type basic struct{ start, rest string }

func newBasic(user string) basic {
	user += ":"
	whole := len(user) - len(user)%3
	return basic{start: "Basic " + base64.StdEncoding.EncodeToString([]byte(user[:whole])), rest: user[whole:]}
}

// basicAuthorization is the value of an Authorization header with the HMAC of what k.mac was given in hex as the password.
func basicAuthorization(k *scratch, b basic) string {
	k.sum = k.mac.Sum(k.sum[:0])
	k.text = append(append(k.text[:0], b.rest...), k.out[:hex.Encode(k.out, k.sum)]...)
	return encode(k, b.start, k.text)
}

// encode is prefix and data in base64.
func encode(k *scratch, prefix string, data []byte) string {
	size := len(prefix) + base64.StdEncoding.EncodedLen(len(data))
	if len(k.out) < size {
		k.out = make([]byte, size)
	}
	base64.StdEncoding.Encode(k.out[copy(k.out, prefix):size], data)
	return string(k.out[:size])
}

// hexText is a sum of at most 64 bytes in lower-case hex.
func hexText(sum []byte) string {
	var text [128]byte
	return string(text[:hex.Encode(text[:], sum)])
}
