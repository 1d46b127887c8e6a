//go:build go1.21

package outbound

import (
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// retryRead is after how long unusable files are tried again although they look the same: a folder's permissions or a
// link in the path may have changed.
const retryRead = 10 * time.Second

// refresh checks, at most once a second and in one request, whether the files of the credential have changed, and switches to
// their new contents. Unusable contents leave the credential as it is, and are reported once. A file that has just changed
// may still be being written, or its pair may be: it is read once it has been the same for a while (credentials.Unchanged).
//
//	same files                        -> nothing; the usual case
//	another state, not seen before    -> wait
//	the same state for long enough    -> read: good  -> g.main is the new credential, news, OnLoad
//	                                           fault -> news once; again after retryRead, or when the files change
//
// It is called only if g.source is set.
func refresh(g *Gate, now time.Time) {
	s := g.source
	// Another request is looking. This one goes on with the credential that there is.
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	stamps := s.look()
	if credentials.SameFiles(stamps, s.used.stamps) && s.used.rotation.current.absent == "" {
		s.changed = nil
		return
	}
	// The files differ from what is used, in a state not seen before: the wait restarts.
	if s.changed == nil || !credentials.SameFiles(stamps, s.changed) {
		s.changed, s.since = stamps, now
		s.refused = time.Time{}
	}
	if now.Before(s.since) { // the clock was set back
		s.since = now
	}
	told := !s.refused.IsZero()
	if told && limits.Recent(s.refused, now, retryRead) || !credentials.Unchanged(stamps, s.since, now) {
		return
	}
	r, faults := readApart(s, now)
	if len(faults) > 0 {
		s.refused = now
		s.fault = faultText(g.vendor, faults)
		// Such as a credentials_file that now refers to a secret in another file.
		if len(r.stamps) > len(s.used.stamps) { // it refers to more files, which must settle too
			s.watched = r.stamps
			s.changed = s.look()
		}
		// The answer 503 names the option that cannot be read now, which may differ from the one before.
		if s.used.rotation.current.absent != "" && r.unread != "" {
			s.used.rotation = rotate(absentCredential(r.unread, s.hosts(), s.policy), nil)
			g.main.Store(s.used.rotation)
			invalidate(g)
		}
		if told {
			return
		}
		if s.used.rotation.current.absent == "" {
			tell(g, s.fault+"; the previously loaded credential stays in use")
		} else {
			tell(g, s.fault+"; requests are still answered 503")
		}
		return
	}
	s.changed = nil // on its own line: yaegi cannot assign nil together with another value
	s.watched = r.stamps
	keepLastGood(s.key, r, now)
	if r.key == s.used.key { // written again as it was
		r.rotation, r.values, r.previous = s.used.rotation, s.used.values, s.used.previous
		s.used = r
		return
	}
	before, fresh := s.used.rotation.current, r.rotation.current
	if limits.SameBound(before.clock, fresh.clock) {
		fresh.clock = before.clock // what is known about the vendor's time
		r.rotation = rotate(fresh, r.rotation.previous)
	}
	s.used = r
	g.main.Store(r.rotation)
	g.warned.Store(0) // the expiry of the previous one says nothing about this one
	invalidate(g)
	tell(g, "a changed file was read: the credential in use is now "+fresh.fingerprint)
	for _, warning := range append(r.warnings(), doubtsOf(s, r)...) {
		tell(g, warning)
	}
	recordLoaded(g, fresh)
	if g.OnLoad != nil {
		g.OnLoad()
	}
}

// Unusable says why the files of the credential, which have changed, cannot be used, so that the one that was loaded before stays in use;
// empty: they have not changed, or were not read yet, or the credential is absent.
func (g *Gate) Unusable() string {
	s := g.source
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil || s.refused.IsZero() || s.used.rotation.current.absent != "" {
		return ""
	}
	return s.fault
}

// readApart calls read through a variable, as credentialOf is one: made directly in refresh, each credential would keep the
// previous one alive for ever, and with it the one before that.
var readApart = func(s *configSource, now time.Time) (*loaded, []signers.Fault) { return readSource(s, now) }

// doubtsOf are what is odd about the secrets that were read, such as a blank at the end of one (signers.Doubt). They are no
// faults: a secret may be odd.
func doubtsOf(s *configSource, r *loaded) []string {
	if r.rotation.current.absent != "" {
		return nil
	}
	var doubts []string
	for _, doubt := range r.rotation.current.doubts {
		doubts = append(doubts, doubt.Text)
	}
	options := s.scheme.Options
	for i := range options { // by index: see credentialFields
		if !options[i].Secret || options[i].Kind == signers.List || options[i].Kind == signers.Lines ||
			options[i].Kind == signers.Block {
			continue
		}
		name := options[i].Name
		if values := r.values[name]; len(values) > 0 {
			if doubt := signers.Doubt(name, values[0]); doubt != "" {
				doubts = append(doubts, doubt)
			}
		}
	}
	return doubts
}

// warnings are what the operator should know about what was read: a previous credential that is left out, and files that
// others can write.
func (r *loaded) warnings() []string {
	var warnings []string
	if r.note != "" {
		warnings = append(warnings, r.note)
	}
	for _, s := range r.stamps {
		if s.Info != nil && s.Info.Mode().Perm()&0o022 != 0 {
			warnings = append(warnings, "the file of "+s.Option+" can be written by its group or by others, who could put another credential there")
		}
	}
	return warnings
}
