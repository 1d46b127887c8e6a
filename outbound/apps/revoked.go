//go:build go1.21

package apps

import "sort"

// OnRevoked has f called with the name of each app whose key is no longer good from now on: it is revoked, or the app is
// gone. For the apps of a file that is from the last time that a verifier of the same file and listener knew them, which may
// have been before a reload; listener says what f writes to. f runs under the verifier's lock, and must not call it.
func OnRevoked(v *Verifier, listener string, f func(name string)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.revoked = f
	v.listener = listener
	t := v.table.Load().(*table)
	tellRevoked(v, t, t)
}

// tellRevoked calls what OnRevoked set. The caller holds the lock of v. With a file, the file's state knows what was good,
// also before this verifier was made.
func tellRevoked(v *Verifier, before, now *table) {
	if v.revoked == nil {
		return
	}
	names := revokedSince(before, now)
	if v.file != nil {
		names = revokedInFile(v.file.state, v.listener, goodInFile(v, now), now)
	}
	for _, name := range names {
		v.revoked(name)
	}
}

// goodInFile are the apps of the file whose keys are good: their names by their key IDs.
func goodInFile(v *Verifier, t *table) map[string]string {
	configured := configuredNames(v)
	good := make(map[string]string, len(t.byKey))
	for key, app := range t.byKey {
		if !app.revoked && !configured[app.name] {
			good[key] = app.name
		}
	}
	return good
}

// revokedSince are the apps whose keys were good before and are not now, in alphabetical order: they are revoked, gone, or
// have another key ID.
func revokedSince(before, now *table) []string {
	var names []string
	for key, was := range before.byKey {
		is := now.byKey[key]
		if !was.revoked && (is == nil || is.revoked) {
			names = append(names, was.name)
		}
	}
	sort.Strings(names)
	return names
}

// revokedInFile are the apps of a file that a listener knew to be good and whose keys are not good now, in alphabetical
// order. From then on it knows those of good. At first it knows none, so that the start of a gateway reports nothing. A
// listener is what writes events: each of them reports every revocation once, however many verifiers share the file.
func revokedInFile(s *fileState, listener string, good map[string]string, now *table) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for key, name := range s.good[listener] {
		if !isGood(now, key) { // it may be in the configuration now
			names = append(names, name)
		}
	}
	if s.good == nil {
		s.good = make(map[string]map[string]string)
	}
	s.good[listener] = good
	sort.Strings(names)
	return names
}
