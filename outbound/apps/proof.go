//go:build go1.21

package apps

import (
	"crypto/hmac"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// proves reports whether the key makes the signature that the claim has, with one of the options that the app may have signed
// with. Without a match all of them are tried, and for a key that is not known in any case: nothing is a match then.
//
// The first try of a key that was used before is made here, and everything else in provesOne: most requests need nothing
// else. The comparison is hmac.Equal, whose time does not depend on where the proofs differ
// (TestOnlyHMACEqualComparesProofs).
func proves(v *Verifier, k *localKey, claim *signers.Claim, m *signers.Message, known bool) bool {
	if claim.Header != nil {
		m = claimed(claim, m)
	} else if claim.Target != m.Target {
		m = claimed(claim, m)
	}
	tries := claim.Tries
	if len(tries) == 0 {
		tries = noTries
	}
	// Not there: the first request of the key, or options that a client names. A nil that is kept there is found again by
	// provesOne.
	p := k.made.Load().(*madeSigners).by[tries[0].Name]
	if p == nil {
		return provesOne(v, k, claim, tries, m, known)
	}
	if v.schemes {
		return provesOne(v, k, claim, tries, m, known)
	}
	// Counting the memory of a large message costs a call, which a message without a body and with a short target need not
	// pay.
	prove := p.small
	if m.Body != nil {
		prove = p.any
	} else if len(m.Target) > shortTarget {
		prove = p.any
	}
	made, err := prove(m, claim.At)
	// "known" is asked after the comparison, so that both keys take the same steps. The dummy is nobody's key, whatever it
	// makes.
	if err == nil {
		if hmac.Equal([]byte(made), []byte(claim.Proof)) && known {
			return k != v.dummy
		}
	}
	return provesRest(v, k, claim, tries, p, m, known)
}

// provesRest is the end of proves, where the first try did not fit, or where nothing may.
func provesRest(v *Verifier, k *localKey, claim *signers.Claim, tries []signers.Try, p *prover, m *signers.Message, known bool) bool {
	if v.portless {
		if fitsPort(p, claim, m) && known {
			return k != v.dummy
		}
	}
	if len(tries) > 1 {
		return provesOne(v, k, claim, tries[1:], m, known)
	}
	return false
}

// provesOne is proves for the tries after the first, for the first request, and for a scheme that covers the scheme of the
// URL.
func provesOne(v *Verifier, k *localKey, claim *signers.Claim, tries []signers.Try, m *signers.Message, known bool) bool {
	for i := range tries {
		p, kept := k.made.Load().(*madeSigners).by[tries[i].Name]
		if !kept {
			p = signerFor(v, k, &tries[i])
		}
		// No signer can be made of these options; the next ones may fit.
		if p == nil {
			continue
		}
		if fits(p, claim, m) && known {
			return k != v.dummy
		}
		if v.schemes {
			if fits(p, claim, withOtherScheme(m)) && known {
				return k != v.dummy
			}
		}
		if v.portless {
			if fitsPort(p, claim, m) && known {
				return k != v.dummy
			}
		}
	}
	return false
}

// previousOf is the key that an app had before, or one that nobody has: a wrong signature costs two proofs whether the app is
// being rotated or not.
func previousOf(v *Verifier, app *entry) *localKey {
	if app.previous == nil {
		return v.dummy
	}
	return app.previous
}

// fits reports whether the signature of a message is the one that the claim has. An error, as of memory for large bodies that
// is used up, is no match.
func fits(p *prover, claim *signers.Claim, m *signers.Message) bool {
	made, err := p.any(m, claim.At)
	return err == nil && hmac.Equal([]byte(made), []byte(claim.Proof))
}

// fitsPort is fits for the other ways to sign a host that came with a port. Some vendors' own clients leave it out:
// "vendor.internal:8443" -> "vendor.internal". Other clients sign it all the same, and where the vendor's signer leaves it out,
// too, it gets a second port to leave out: "vendor.internal:8443:443".
func fitsPort(p *prover, claim *signers.Claim, m *signers.Message) bool {
	alone := wire.WithoutPort(m.Host)
	if alone == m.Host {
		return false
	}
	other := *m
	other.Host = alone
	if fits(p, claim, &other) {
		return true
	}
	other.Host = m.Host + ":443"
	return fits(p, claim, &other)
}

// claimed is the message that was signed, where it is not the one that came: a signature in the query is not covered by
// itself, and headers may have been left out. It is a copy; the gateway's own goes on.
func claimed(claim *signers.Claim, m *signers.Message) *signers.Message {
	own := *m
	own.Target = claim.Target
	if claim.Header != nil {
		own.Header = claim.Header
	}
	return &own
}

// withOtherScheme is the message with the other scheme of the URL than the gateway sees: something in front of it may end
// TLS.
func withOtherScheme(m *signers.Message) *signers.Message {
	other := *m
	other.Scheme = "http"
	if m.Scheme == "http" {
		other.Scheme = "https"
	}
	return &other
}

// noTries is one try without options, for schemes that have none.
var noTries = []signers.Try{{}}
