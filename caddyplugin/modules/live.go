package modules

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// live are the signers of the running configuration; during a reload also those of the next.
var live = struct {
	sync.Mutex
	signers  map[*signing]string // each with its credential and hosts
	refusals map[string]*sharedRefusal
}{signers: make(map[*signing]string), refusals: make(map[string]*sharedRefusal)}

// sharedRefusal is the last refusal of a credential at its hosts. All blocks with the credential share it, and so
// does the next configuration: a reload must not forget that a key is refused.
type sharedRefusal struct {
	last  atomic.Pointer[lastRefusal]
	users int
}

// goLive puts s on the list. From then on the status, metrics and comparisons with apps' secrets see it. It is the
// last step of provision, as Cleanup takes off only what is on it.
func goLive(s *signing) {
	live.Lock()
	defer live.Unlock()
	join(s)
}

// loaded is called when a file brought another credential, or other hosts: the previous one's refusals do not apply to
// it.
func (s *signing) loaded() {
	s.countHosts()
	live.Lock()
	defer live.Unlock()
	// Else it only finishes its last requests.
	if _, ok := live.signers[s]; ok {
		leave(s)
		join(s)
	}
}

// join puts s on the list, under its credential and hosts: the same key at another host may be refused for reasons
// of its own. The caller holds the lock. Hold keeps the credential's tokens while somebody uses it.
func join(s *signing) {
	// Configured is the fingerprint of the configured credential, also while the previous one is in use.
	key := strings.Join(append(s.gate.Hosts(), s.vendor, s.gate.Configured()), " ")
	r := live.refusals[key]
	if r == nil {
		r = new(sharedRefusal)
		live.refusals[key] = r
	}
	r.users++
	s.gate.Hold()
	live.signers[s] = key
	s.refusal.Store(r)
}

// leave takes s off the list; the last refusal is forgotten with the last user of the credential. The caller holds
// the lock.
func leave(s *signing) {
	key := live.signers[s]
	delete(live.signers, s)
	// Another block, or the next configuration, has the same credential.
	if r := live.refusals[key]; r.users > 1 {
		r.users--
	} else {
		delete(live.refusals, key)
	}
}

// Cleanup removes the signer from the list of running ones, and ends the sessions that no other signer uses. Caddy
// waits for that only when it exits. Caddy calls Cleanup once for each signer of the old configuration, after the new
// one runs, and for those of a configuration that failed to load.
func (s *signing) Cleanup() error {
	live.Lock()
	_, ok := live.signers[s]
	if ok {
		leave(s)
	}
	live.Unlock()
	// It was never live: Provision has failed.
	if !ok {
		return s.closeAudit()
	}
	// A logout is a request to the vendor, which may take seconds: a reload must not wait for it.
	if end := s.gate.Close(); end != nil {
		done := make(chan struct{})
		go func() {
			defer close(done)
			end()
		}()
		// After a reload the process goes on, and the logout ends by itself. One that exits would cut it off.
		if caddy.Exiting() {
			select {
			case <-done:
			case <-exitDeadline():
			}
		}
	}
	return s.closeAudit()
}

// exitWait is how long a Caddy that exits waits for all logouts together.
const exitWait = 10 * time.Second

// exitDeadline is closed when exitWait has passed since it was first asked for.
var exitDeadline = sync.OnceValue(func() <-chan struct{} {
	passed := make(chan struct{})
	time.AfterFunc(exitWait, func() { close(passed) })
	return passed
})

// liveSigners lists them, the newest first within a credential. Each of them checks its files, as for a request,
// so that the answer is about the credential that the next request will be signed with. The lock is not held
// meanwhile: files may be slow.
func liveSigners() []*signing {
	live.Lock()
	all := slices.Collect(maps.Keys(live.signers))
	live.Unlock()
	for _, s := range all {
		s.gate.Refresh()
	}
	slices.SortFunc(all, func(a, b *signing) int {
		return cmp.Or(cmp.Compare(a.vendor, b.vendor), cmp.Compare(a.gate.Hosts()[0], b.gate.Hosts()[0]),
			cmp.Compare(a.gate.Fingerprint(), b.gate.Fingerprint()), b.gate.Loaded().Compare(a.gate.Loaded()))
	})
	return all
}
