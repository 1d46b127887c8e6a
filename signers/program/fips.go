//go:build go1.21

package program

import (
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// strict reports whether this system refuses some cryptography, as in FIPS mode. It tries three hashes with a key
// of one byte once and remembers: FIPS mode permits neither MD5 nor keys of fewer than 112 bits.
func strict() bool {
	strictOnce.Do(func() {
		for _, n := range []int{useMD5, useSHA1, useSHA256} {
			refuses = refuses || wire.MACFault(wire.NewMAC(newHash(n), "0")) != ""
		}
	})
	return refuses
}

// Whether a system refuses anything does not change while a process runs, so one attempt is enough for all
// credentials.
var (
	// Whether a system refuses anything does not change while a process runs.
	strictOnce sync.Once
	refuses    bool
)

// tryOut signs an example, so that a key or hash that a library refuses is found now and not with the first
// request. It panics then, which bindGuarded turns into a fault; an error is of no interest, since the example is
// not what requests will be. Elsewhere it is not called: a thousand routes would each sign once for nothing.
func tryOut(b *Bound) {
	now := time.Unix(1e9, 0)
	at := &signers.Moment{Time: now, Nonce: "0", Token: "0"}
	if b.layout != "" {
		at.Date = FormatTime(now, b.layout)
	}
	m := &signers.Message{Method: "POST", Host: "vendor", Target: "/", Body: []byte("{}")}
	run(pointers(b.code), begin(b.initial, m, at), m, at)
}
