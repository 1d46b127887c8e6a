//go:build go1.21

package program

import (
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// strict reports whether this system refuses some cryptography, as in FIPS mode.
func strict() bool {
	strictOnce.Do(func() {
		for _, n := range []int{useMD5, useSHA1, useSHA256} {
			refuses = refuses || wire.MACFault(wire.NewMAC(newHash(n), "0")) != ""
		}
	})
	return refuses
}

var (
	// Whether a system refuses anything does not change while a process runs.
	strictOnce sync.Once
	refuses    bool
)

// tryOut signs an example, so that a key or hash that a library refuses is found now and not with the first request.
func tryOut(b *Bound) {
	now := time.Unix(1e9, 0)
	at := &signers.Moment{Time: now, Nonce: "0", Token: "0"}
	if b.layout != "" {
		at.Date = format(now, b.layout)
	}
	m := &signers.Message{Method: "POST", Host: "vendor", Target: "/", Body: []byte("{}")}
	run(b.code, begin(b.initial, m, at), m, at)
}
