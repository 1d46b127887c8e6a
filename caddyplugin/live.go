package caddyplugin

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// live are the signers of the running configuration; during a reload also those of the next.
var live = struct {
	sync.Mutex
	signers  map[*signing]string // each with its credential and hosts
	refusals map[string]*sharedRefusal
}{signers: make(map[*signing]string), refusals: make(map[string]*sharedRefusal)}

// sharedRefusal is the last refusal of a credential at its hosts. All blocks with it know of it, and so does the next
// configuration: a reload is no reason to forget that a key is refused.
type sharedRefusal struct {
	last  atomic.Pointer[lastRefusal]
	users int
}

func goLive(s *signing) {
	key := strings.Join(append(s.gate.Hosts(), s.vendor, s.gate.Fingerprint()), " ")
	live.Lock()
	defer live.Unlock()
	r := live.refusals[key]
	if r == nil {
		r = new(sharedRefusal)
		live.refusals[key] = r
	}
	r.users++
	live.signers[s], s.last = key, &r.last
}

// Cleanup takes the signer off the list of live ones.
func (s *signing) Cleanup() error {
	live.Lock()
	defer live.Unlock()
	key, ok := live.signers[s]
	if !ok {
		return nil
	}
	delete(live.signers, s)
	if r := live.refusals[key]; r.users > 1 {
		r.users--
	} else {
		delete(live.refusals, key)
	}
	return nil
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
