//go:build go1.21

package aws

import (
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// keys are derived from secrets, and kept: to derive one takes four MACs, and it is good for a day,
// a region and a service. They may be used concurrently. A request at midnight UTC takes the key of
// its own date, whatever the clock says.
type keys struct {
	mu   sync.RWMutex
	made map[string]*sync.Pool // by secret, day, region and service; of wire.NewMAC
	once *sync.Pool            // of wire.NewMACOnce

	// last has the *derived that was made last, which nearly all requests take. Looking into made would
	// need a name, which takes memory.
	last *atomic.Value
}

// derived is a key, and what it was made of. It never changes.
type derived struct {
	day, scope, secret string
	macs               *sync.Pool
}

// maxKeys is how many keys are kept. Region and service of a client's signature are from a list, so
// there are rarely more; with more all are dropped, and derived again as they are needed.
const maxKeys = 16

// newHash is SHA-256, the only hash of Signature Version 4.
func newHash() hash.Hash { return sha256.New() }

// newKeys are those of one signer: another configuration's secrets are never in the same map.
func newKeys() *keys {
	k := &keys{made: make(map[string]*sync.Pool), once: wire.NewMACOnce(newHash), last: new(atomic.Value)}
	k.last.Store(new(derived)) // of no day
	return k
}

// keyFault says why this system refuses to make MACs with the secret, as in FIPS mode; usually nothing.
func keyFault(secret string) string { return wire.MACFault(wire.NewMAC(newHash, "AWS4"+secret)) }

// signText is the MAC of text in hex, with the key for the day of a date. date has eight digits at
// least, see prepare.
func signText(k *keys, secret, date string, sc *scope, text string) string {
	last := k.last.Load().(*derived)
	day := date[:8]
	if last.day == day {
		if last.scope == sc.suffix {
			if last.secret == secret {
				return wire.HexMACText(last.macs, text)
			}
		}
	}
	return wire.HexMACText(keyOf(k, secret, day, sc), text)
}

// keyOf returns a key that is kept, or derives it. Two requests may derive the same key at once;
// both are right.
func keyOf(k *keys, secret, day string, sc *scope) *sync.Pool {
	name := day + sc.suffix + secret
	k.mu.RLock()
	macs := k.made[name]
	k.mu.RUnlock()
	if macs != nil {
		return macs
	}
	return derive(k, name, secret, day, sc)
}

// derive makes the signing key of a day: HMACs in a row over day, region, service and a fixed word
// ("Calculate a signature": kDate, kRegion, kService, kSigning).
//
//	kDate    = HMAC("AWS4" + secret, "20260102")
//	kRegion  = HMAC(kDate, "eu-west-1")
//	kService = HMAC(kRegion, "guardduty")
//	kSigning = HMAC(kService, "aws4_request")
//
// Whoever has kSigning can sign for that day, region and service alone.
func derive(k *keys, name, secret, day string, sc *scope) *sync.Pool {
	key := "AWS4" + secret
	for _, word := range []string{day, sc.region, sc.service, "aws4_request"} {
		key = wire.MACOnce(k.once, newHash, key, []byte(word))
	}
	macs := wire.NewMAC(newHash, key)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.made) >= maxKeys { // a day is over, or a session's credentials are
		k.made = make(map[string]*sync.Pool)
	}
	k.made[name] = macs
	k.last.Store(&derived{day: day, scope: sc.suffix, secret: secret, macs: macs})
	return macs
}
