package caddyplugin

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// live are the signers of the running configuration; during a reload also those of the next.
var live = struct {
	sync.Mutex
	signers map[*signing]bool
}{signers: make(map[*signing]bool)}

func goLive(s *signing) {
	live.Lock()
	live.signers[s] = true
	live.Unlock()
}

// Cleanup takes the signer off the list of live ones.
func (s *signing) Cleanup() error {
	live.Lock()
	delete(live.signers, s)
	live.Unlock()
	return nil
}

// cleanup ends the signer of a transport, and what is below it.
func (t *transport) cleanup(upstream *reverseproxy.HTTPTransport) error {
	return errors.Join(t.Cleanup(), upstream.Cleanup())
}

// liveSigners lists them, the newest first within a credential.
func liveSigners() []*signing {
	live.Lock()
	defer live.Unlock()
	all := make([]*signing, 0, len(live.signers))
	for s := range live.signers {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *signing) int {
		return cmp.Or(cmp.Compare(a.vendor, b.vendor), cmp.Compare(a.gate.Hosts()[0], b.gate.Hosts()[0]),
			cmp.Compare(a.gate.Fingerprint(), b.gate.Fingerprint()), b.gate.Loaded().Compare(a.gate.Loaded()))
	})
	return all
}
