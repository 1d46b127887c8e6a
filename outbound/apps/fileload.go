//go:build go1.21

package apps

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// load reads the file and all that it refers to. A text says what is wrong, and then what was read before stays, unchanged in
// every field that verifiers see. The caller holds the lock.
func load(s *fileState, now time.Time) string {
	// The state of each file is taken before it is read, and compared afterwards: a file that is replaced in between is not
	// mixed with the others.
	stamps := []credentials.FileState{credentials.StateOf("apps_file", s.path)}
	text, err := s.refs.ReadLarge("the file", s.path, MaxFile)
	if err != nil {
		return "apps_file: " + err.Error()
	}
	// Entries that are unchanged since the last good reading are not parsed again.
	f, err := parseFile(text, s.file)
	if err != nil {
		return "apps_file: " + err.Error()
	}
	// The same file cannot serve two vendors: its IDs have one vendor's shape.
	if f.Vendor != s.vendor {
		return "apps_file: vendor must be " + s.vendor + ", as for the signer"
	}
	secrets := make(map[string]string)
	// resolve reads one secret into secrets. It returns what is wrong, with the option and without the value.
	resolve := func(option, reference string) string {
		if path, ok := strings.CutPrefix(credentials.Secret(&s.refs, reference), "file:"); ok {
			stamps = append(stamps, credentials.StateOf(option, path))
		}
		value, err := s.refs.Value(reference)
		if err != nil {
			return option + ": " + err.Error()
		}
		secrets[reference] = value
		return ""
	}
	// Many entries may have the same reference, which is read once.
	for i := range f.Apps {
		for _, reference := range []string{f.Apps[i].Secret, f.Apps[i].Previous} {
			if _, known := secrets[reference]; known || reference == "" {
				continue
			}
			if text := resolve("apps_file: app "+f.Apps[i].Name+": secret", reference); text != "" {
				return text
			}
		}
	}
	// Read even if no app is derived, so that a wrong reference is found at load.
	if s.master != "" {
		if text := resolve("app_master", s.master); text != "" {
			return text
		}
	}
	for _, before := range stamps {
		after := credentials.StateOf(before.Option, before.Path)
		if !credentials.SameFiles([]credentials.FileState{before}, []credentials.FileState{after}) {
			return before.Option + ": the file changed while it was read"
		}
	}
	// Interpreted, deriving ten thousand secrets takes seconds. They depend on the origin, key ID and generation alone, so
	// those of the same origin stay.
	origin := s.vendor + " " + f.Gateway + " " + secrets[s.master]
	if origin == s.origin { // derived ones stay
		for name, secret := range s.secrets {
			if strings.HasPrefix(name, "derived ") {
				secrets[name] = secret
			}
		}
	}
	// build uses s.secrets. What it had comes back if build fails.
	before, beforeOrigin := s.secrets, s.origin
	s.secrets = secrets
	s.origin = origin
	if text := build(s, f, now); text != "" {
		s.secrets = before
		s.origin = beforeOrigin
		return text
	}
	// Only now is the new file the one in use; up to here the old one serves.
	s.file = f
	s.used = stamps
	s.changed = nil
	s.damaged = time.Time{}
	s.tried = time.Time{}
	s.closed = false
	s.fault = ""
	return ""
}

// build makes the apps of a file as they are now: it is called after a reading, and when an overlap ends. A text says what is
// wrong. The caller holds the lock.
func build(s *fileState, f *File, now time.Time) string {
	d := &deriver{state: s, gateway: f.Gateway, option: s.option, kept: make(map[string]bool)}
	list := make([]App, 0, len(f.Apps))
	var ends time.Time
	for i := range f.Apps {
		// By index: interpreted, a copy of the struct for each of ten thousand apps takes time.
		in := &f.Apps[i]
		var a App
		a.Name = in.Name
		a.KeyID = in.KeyID
		a.Rate = in.Rate
		a.Revoked = in.Revoked
		a.Allow = in.Allow
		if in.Policy != "" {
			a.Allow = f.Policies[in.Policy]
		}
		expires, _ := ParseExpires(in.Expires) // checked by ParseFile
		a.Expires = expires
		// A secret from elsewhere, which load has resolved.
		if in.Generation == 0 {
			a.Secret = s.secrets[in.Secret]
			a.Previous = s.secrets[in.Previous]
			list = append(list, a)
			continue
		}
		a.derived = true
		a.Secret = derived(d, in.KeyID, in.Generation)
		// The generation before is good until the overlap ends. The state remembers the first end of all apps, and build runs
		// again then.
		if until, err := time.Parse(time.RFC3339, in.Overlap); err == nil && now.Before(until) {
			a.Previous = derived(d, in.KeyID, in.Generation-1)
			if ends.IsZero() || until.Before(ends) {
				ends = until
			}
		}
		if d.fault != "" {
			return d.fault
		}
		list = append(list, a)
	}
	// Secrets of an app that is gone, and of generations that are over, do not stay in memory.
	for name := range s.secrets { // those of apps that are gone
		if strings.HasPrefix(name, "derived ") && !d.kept[name] {
			delete(s.secrets, name)
		}
	}
	s.list = list
	s.ends = ends
	// Each verifier takes the new list when it looks next (reread).
	s.version++
	return ""
}

// deriver derives the secrets of a file's apps, for one call of build. The Master is made when the first secret is not known
// yet: a file whose apps all have secrets from elsewhere needs none.
type deriver struct {
	state   *fileState
	gateway string
	option  signers.Option
	master  *Master
	kept    map[string]bool
	fault   string
}

// derived returns the secret of a generation, from the state if it is there. It notes what is wrong in fault and returns
// nothing then.
func derived(d *deriver, id string, generation int) string {
	s := d.state
	name := fmt.Sprintf("derived %d %s", generation, id)
	d.kept[name] = true
	if secret, ok := s.secrets[name]; ok {
		return secret
	}
	// Made once for a file. Its error is that of the master and not of an app.
	if d.master == nil {
		// A file may have been written for a gateway with app_master, and be read by one without.
		if s.master == "" {
			d.fault = "app_master is required: the apps_file has apps whose secrets are derived from it"
			return ""
		}
		m, err := NewMaster(s.secrets[s.master])
		if err != nil {
			d.fault = "app_master: " + err.Error()
			return ""
		}
		d.master = m
	}
	secret, err := Derive(d.master, Origin{Vendor: s.vendor, Gateway: d.gateway, KeyID: id, Generation: generation}, d.option)
	if err != nil {
		d.fault = "apps_file: a secret cannot be derived: " + err.Error()
		return ""
	}
	s.secrets[name] = secret
	return secret
}
