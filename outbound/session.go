//go:build go1.21

package outbound

import (
	"sync"

	"github.com/vendorsign/vendorsign/outbound/tokens"
)

// Vendors limit the number of sessions for a credential. Gates that know when they are no longer used hold theirs, and the last
// one to close ends the session at the vendor.
// Users of each session, of all gates in the process. A Keeper whose count is 0 is not in the map.
var (
	sessionsMu   sync.Mutex
	sessionUsers = make(map[*tokens.Keeper]int)
)

// Hold counts the gate among the users of its credential's session, until Close. It is called again when the gate has
// switched to another credential (OnLoad). Caddy does so; Traefik does not say when a middleware is no longer used, so that
// its sessions end by themselves.
func (g *Gate) Hold() {
	sessionsMu.Lock()
	defer sessionsMu.Unlock()
	// The new session is counted first, so that one that stays the same is not taken for unused meanwhile.
	before := g.held
	g.held = keepers(g)
	for _, k := range g.held {
		sessionUsers[k]++
	}
	for _, k := range before {
		forsake(k)
	}
}

// Close ends what Hold began. It returns a function that ends the sessions that nobody else here uses, by a request to the
// vendor that may take ten seconds; nil if there are none. A reload makes the new gates before it closes the old ones, so
// that a session which both use goes on.
func (g *Gate) Close() func() {
	sessionsMu.Lock()
	defer sessionsMu.Unlock()
	var last []*tokens.Keeper
	for _, k := range g.held {
		if forsake(k) {
			last = append(last, k)
		}
	}
	g.held = nil
	main := g.main.Load().(*rotation)
	// The credential knows where its session is to be ended, the Keeper only which one it is.
	var ends []func()
	for _, c := range []*credential{main.current, main.previous} {
		if c == nil || c.state.tokens == nil {
			continue
		}
		for _, k := range last {
			if k != c.state.tokens {
				continue
			}
			if end := tokens.End(k, c.service, g.Now()); end != nil {
				ends = append(ends, end)
			}
		}
	}
	if len(ends) == 0 {
		return nil
	}
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// keepers are those of the gate's credentials: the current one's and the previous one's, if they fetch tokens.
func keepers(g *Gate) []*tokens.Keeper {
	main := g.main.Load().(*rotation)
	var list []*tokens.Keeper
	for _, c := range []*credential{main.current, main.previous} {
		if c != nil && c.state.tokens != nil {
			list = append(list, c.state.tokens)
		}
	}
	return list
}

// forsake counts one user less, and reports whether it was the last. The caller has sessionsMu.
func forsake(k *tokens.Keeper) bool {
	sessionUsers[k]--
	if sessionUsers[k] > 0 {
		return false
	}
	delete(sessionUsers, k)
	return true
}
