//go:build go1.21

package apps

import (
	"strconv"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// Bounds for signers with options that a client names before it has proved anything, such as an access_token, which is
// in the header next to the signature. Whoever sends requests could otherwise have the gateway keep any number of signers, of
// any size.
const (
	maxClaimed     = 512 // signers of one verifier; 2 to 4 KiB each, so 2 MiB at most
	maxClaimedName = 512 // bytes of such options
)

// claimedSigners are kept for all keys together, so that an unknown key, for which another one is tried, takes the same work
// as a known one. One map for each key would be empty for the one and full for the other.
type claimedSigners struct {
	mu sync.Mutex
	by map[string]*prover // by the serial of the key and the name of the try
}

// claimedSigner is signerFor where the options are words of the client. It returns nil for a name that is too long, or if no
// signer can be made of the options; proves then goes on to the next try.
func claimedSigner(v *Verifier, k *localKey, try *signers.Try) *prover {
	if len(try.Name) > maxClaimedName {
		return nil
	}
	name := strconv.FormatInt(k.serial, 10) + " " + try.Name
	c := v.claimed
	c.mu.Lock()
	prove, kept := c.by[name]
	c.mu.Unlock()
	if kept {
		return prove
	}
	// Made without the lock: it takes far longer than the map. Two requests may both make one, and the later one is kept.
	prove = makeSigner(k, v.scheme, try)
	c.mu.Lock()
	defer c.mu.Unlock()
	// All are dropped at once. An order of use would cost each request a write, and honest apps have few such options.
	if len(c.by) >= maxClaimed {
		c.by = make(map[string]*prover)
	}
	c.by[name] = prove
	return prove
}
