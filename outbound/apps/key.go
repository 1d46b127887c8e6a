//go:build go1.21

package apps

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// localKey makes proofs as an app does. Which options the app signed with a message may not tell, such as the version of the
// scheme, so there is a signer for each that was tried, of those that the scheme lists. It is safe for concurrent use; a
// change of the apps keeps the keys that stay (keyFor), and so their signers.
type localKey struct {
	id, secret string
	serial     int64        // no other key has it, whatever becomes of this one
	mu         sync.Mutex   // for changes of made
	made       atomic.Value // of *madeSigners
}

// serials counts the keys of this process.
var serials atomic.Int64

// madeSigners are by the names of tries; nil: its options make no signer. They never change; others take their place, so that
// to find one takes no lock. Few are ever added: at most one for each Try of the scheme.
type madeSigners struct{ by map[string]*prover }

// prover makes proofs with one key and one set of options. It is safe for concurrent use, as signers are.
type prover struct {
	small signers.ProveFunc // of messages without a body and with a short target: one call less than any
	any   signers.ProveFunc // of all messages: see outbound.ProveBounded
}

// shortTarget is how long a target of a message for prover.small may be: far less than what outbound.ProveBounded counts.
const shortTarget = 4 << 10

// newLocalKey checks that a signer can be made of the key, and returns the signer's faults: a secret in the wrong shape is
// found at load and not by the first request. They name the vendor's options, as in secret_key: see renamed.
func newLocalKey(scheme signers.Scheme, id, secret string) (*localKey, []signers.Fault) {
	k := uncheckedKey(id, secret)
	v := valuesOf(scheme, id, secret)
	// Options that are required but that only a message tells, such as an access_token, get an example for this check.
	options := scheme.Options
	for i := range options { // by index: interpreted, a copy of each takes longer than its use
		if options[i].Required && len(v[options[i].Name]) == 0 && !v.Has(options[i].Name) {
			v[options[i].Name] = []string{options[i].Example()}
		}
	}
	_, faults := scheme.Signer(v)
	return k, faults
}

// uncheckedKey is newLocalKey for a key of which a signer is known to be made: it is derived, and one like it was checked.
func uncheckedKey(id, secret string) *localKey {
	k := &localKey{id: id, secret: secret, serial: serials.Add(1)}
	k.made.Store(&madeSigners{by: make(map[string]*prover)})
	return k
}

// valuesOf are the options of a signer that signs with a local key. The map is the caller's, to add the options of a try.
func valuesOf(scheme signers.Scheme, id, secret string) signers.Values {
	v := scheme.Claims.Fixed.Copy()
	v[scheme.Claims.Key] = []string{id}
	v[scheme.Claims.Secret] = []string{secret}
	return v
}

// signerFor returns what makes proofs with the options of a try that the key has no signer for, and keeps it; nil: they make
// no signer. That is kept, too, so that it is found out once.
func signerFor(v *Verifier, k *localKey, try *signers.Try) *prover {
	if try.Claimed {
		return claimedSigner(v, k, try)
	}
	prove := makeSigner(k, v.scheme, try)
	k.mu.Lock()
	defer k.mu.Unlock()
	// Copied and replaced, since requests read the map without a lock.
	before := k.made.Load().(*madeSigners).by
	after := make(map[string]*prover, len(before)+1)
	for name, made := range before {
		after[name] = made
	}
	after[try.Name] = prove
	k.made.Store(&madeSigners{by: after})
	// Afterwards: if other keys are dropped meanwhile, this one stays, and is noted.
	noteWarm(v.warm, k)
	return prove
}

// makeSigner makes what makes proofs. It is a variable, as whatever makes functions that stay: interpreted, they would keep the frames
// of the request alive.
var makeSigner = func(k *localKey, scheme signers.Scheme, try *signers.Try) *prover {
	values := valuesOf(scheme, k.id, k.secret)
	for name, value := range try.Options {
		values[name] = value
	}
	s, faults := scheme.Signer(values)
	if len(faults) > 0 {
		return nil
	}
	p := new(prover)
	p.small = scheme.Claims.Prove(s)
	p.any = outbound.ProveBounded(p.small, s.Traits())
	return p
}

// newDummy is a key that nobody has. It is tried where an app has no previous key, or where there is no app: see standIn.
// An unknown key costs as much work as a known one, so that nobody learns by the time of an answer which keys there are. It
// is random, so that nobody can sign with it; proves refuses its matches nevertheless.
func newDummy(scheme signers.Scheme) (*localKey, error) {
	id, _ := signers.Find(scheme.Options, scheme.Claims.Key)
	secret, _ := signers.Find(scheme.Options, scheme.Claims.Secret)
	// Without a shape in hex, which is also base64: such a scheme takes it for a secret.
	first, err := NewKeyID(id)
	if err != nil {
		return nil, errors.New("the system's random source failed")
	}
	second, err := NewKeyID(secret)
	if err != nil {
		return nil, errors.New("the system's random source failed")
	}
	k, faults := newLocalKey(scheme, first, second)
	return k, signers.FaultsError(scheme.Name, faults)
}

// keyFor is the key of an entry before, if it is the same. One in the vendor's shape is checked once for all of them. A
// rotation makes the current key the previous one: that keeps its signers, too.
func keyFor(scheme signers.Scheme, was *entry, id, secret string, checked bool) (*localKey, []signers.Fault) {
	if was != nil {
		if was.current != nil && was.current.secret == secret {
			return was.current, nil
		}
		if was.previous != nil && was.previous.secret == secret {
			return was.previous, nil
		}
	}
	if checked {
		return uncheckedKey(id, secret), nil
	}
	return newLocalKey(scheme, id, secret)
}
