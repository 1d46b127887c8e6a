//go:build go1.21

package apps

import (
	"strconv"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// Bounds for signers with options that a client names before it has proved anything: whoever sends requests could have the gateway keep
// any number of them, of any size.
const (
	maxClaimed     = 512 // signers of one verifier; 2 to 4 KiB each
	maxClaimedName = 512 // bytes of such options
)

// claimedSigners are kept for all keys together, so that an unknown key, for which another one stands in, takes the same work as a known
// one.
type claimedSigners struct {
	mu sync.Mutex
	by map[string]*prover // by the serial of the key and the name of the try
}

// claimedSigner is signerFor where the options are words of the client.
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
	prove = makeSigner(k, v.scheme, try)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.by) >= maxClaimed {
		c.by = make(map[string]*prover)
	}
	c.by[name] = prove
	return prove
}
