//go:build go1.21

package apps

import (
	"sort"
	"sync"
)

// An app of the configuration is revoked by another configuration, and so by another verifier. Who writes audits remembers which keys
// were good before.

// Configured are the apps of the configuration whose keys are good: their names by their key IDs. Apps of a file are left
// out: the state of the file remembers those (revokedInFile).
func Configured(v *Verifier) map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.table.Load().(*table)
	configured := configuredNames(v)
	good := make(map[string]string, len(configured))
	for key, app := range t.byKey {
		if !app.revoked && configured[app.name] {
			good[key] = app.name
		}
	}
	return good
}

// Gone are those of the apps before whose keys are good in none of the verifiers now, in alphabetical order. A key may move
// from one site to another in the same reload; that is no revocation.
func Gone(before map[string]string, now []*Verifier) []string {
	var names []string
	for key, name := range before {
		good := false
		for _, v := range now {
			good = good || isGood(v.table.Load().(*table), key)
		}
		if !good {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// isGood reports whether a table has the key of an app that is not revoked. Expiry does not count: it is no event, but known
// beforehand.
func isGood(t *table, key string) bool {
	app := t.byKey[key]
	return app != nil && !app.revoked
}

// configuredNames are the apps that do not come from a file. Names are unique in a table, so that they tell the two apart.
func configuredNames(v *Verifier) map[string]bool {
	names := make(map[string]bool, len(v.configured))
	for i := range v.configured {
		names[v.configured[i].Name] = true
	}
	return names
}

var (
	followedMu sync.Mutex
	followed   = make(map[string]map[string]string) // by vendor and listener: what Configured returned last
)

// Follow calls f with the name of each app of the configuration that was good when a verifier of the same vendor last
// followed for the listener, and is not now. It is for gateways that rebuild the verifiers of a listener, with the same
// apps in each of them. Traefik is one: it gives a plugin no old instance to compare with, so what was good before is kept in
// the process.
func Follow(v *Verifier, listener string, f func(name string)) {
	key := v.scheme.Name + " " + listener
	followedMu.Lock()
	defer followedMu.Unlock()
	names := Gone(followed[key], []*Verifier{v})
	// A bound for label authors who rename routers for ever. Dropping it loses events of a revocation at most, and no
	// revocation.
	if len(followed) >= maxFileStates {
		followed = make(map[string]map[string]string)
	}
	followed[key] = Configured(v)
	// f runs under the lock, so that two verifiers that are made at once do not both report the same app.
	for _, name := range names {
		f(name)
	}
}
