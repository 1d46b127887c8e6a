//go:build go1.21

package tokens

import (
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// End discards the token, and returns a function that ends its session at the vendor; nil if there is no session, other
// gateways may use it, or it ends by itself. Whoever needs a token afterwards gets a new one. The function sends a request,
// and is called without a lock; its failure is harmless.
func End(k *Keeper, service Service, now time.Time) func() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.from.End == nil || !service.Local || !valid(k, now) || k.renewing {
		return nil
	}
	r, err := k.from.End(&signers.TokenStep{Host: k.host, Plain: k.plain, Current: k.token, Time: now})
	if err != nil {
		return nil
	}
	// The record without a token keeps the number, so that an older token is not adopted afterwards.
	number := k.number
	use(k, signers.Token{}, now)
	return func() {
		if service.Share != nil {
			_ = save(service.Share, record{Number: number}) // if it fails, the next gateway finds out that the session is over
		}
		_, _ = service.Fetch(r) // likewise: the vendor ends a session that nobody uses
	}
}
