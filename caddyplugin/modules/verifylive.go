package modules

import (
	"sync"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// liveVerifiers are those in use, to compare their secrets with those of credentials. During a reload both
// configurations are in it.
var liveVerifiers = struct {
	sync.Mutex
	all map[*verifying]bool
}{all: make(map[*verifying]bool)}

// goLive puts the verifier on the list: signers that load later compare their secrets with those of its apps.
func (v *Verify) goLive() error {
	liveVerifiers.Lock()
	defer liveVerifiers.Unlock()
	liveVerifiers.all[v.verifying] = true
	apps.SetHeirs(v.verifier, v.heirs)
	return nil
}

// heirs are the verifiers that decide whether a key of v is still good. Requests outlive a reload, and then those of the new
// configuration decide: an app that was revoked there, or is in none of them, loses what it has open.
func (v *verifying) heirs() []*apps.Verifier {
	liveVerifiers.Lock()
	defer liveVerifiers.Unlock()
	if liveVerifiers.all[v] {
		return []*apps.Verifier{v.verifier}
	}
	var heirs []*apps.Verifier
	for other := range liveVerifiers.all {
		if other.vendor == v.vendor {
			heirs = append(heirs, other.verifier)
		}
	}
	return heirs
}

// Cleanup removes the verifier from the list, and closes its audit. Caddy also calls it after a Provision that failed
// halfway.
func (v *Verify) Cleanup() error {
	liveVerifiers.Lock()
	defer liveVerifiers.Unlock()
	delete(liveVerifiers.all, v.verifying)
	key := v.auditKey
	v.auditKey = ""
	return closeTrail(key)
}

// usedByCredential reports whether a secret, by its outbound.SecretPrint, is that of a credential in use.
func usedByCredential(print string) bool {
	live.Lock()
	defer live.Unlock()
	for s := range live.signers {
		if s.gate.UsesPrint(print) {
			return true
		}
	}
	return false
}

// sharesSecret is the name of an app, of the configuration or of an apps_file, that has the secret of the gate's
// credential; empty: none has. It is the other half of usedByCredential, for a signer that loads after the
// verifier.
func sharesSecret(gate *outbound.Gate) string {
	liveVerifiers.Lock()
	defer liveVerifiers.Unlock()
	for v := range liveVerifiers.all {
		if name := apps.WithSecret(v.verifier, gate.UsesPrint); name != "" {
			return name
		}
	}
	return ""
}
