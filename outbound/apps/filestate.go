//go:build go1.21

package apps

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// An apps_file is read again when it changes. Its state belongs to the process and not to a verifier: a gateway that makes its
// verifiers anew for each change of its configuration (Traefik does) must not lose the apps because the file is being replaced, and
// must not keep a revoked one either.

const (
	maxAppsFile = 8 << 20
	// keepDamaged is how long the apps of a file stay good while it is damaged or gone. Then none of them is.
	keepDamaged = 10 * time.Minute
	// retryDamaged is how long a file that could not be used is left alone, if it does not change.
	retryDamaged = 10 * time.Second
	// remindDamaged is how often the operator hears of it.
	remindDamaged = time.Minute
	maxFileStates = 1024
)

// FileSource reads the apps of an apps_file for one verifier.
type FileSource struct {
	state *fileState
	seen  int // the version of the state that the verifier has
}

// fileState is an apps_file as it was last read.
type fileState struct {
	vendor, path, master string
	refs                 credentials.References

	mu      sync.Mutex
	version int // grows when list changes
	list    []App
	file    *File
	secrets map[string]string // derived and read, by what they are for
	origin  string            // what secrets were derived from
	ends    time.Time         // when the first overlap ends; zero: none does

	used    []credentials.FileState // the files as they were read
	changed []credentials.FileState // as they are, if that differs
	since   time.Time               // when they were first seen so
	tried   time.Time               // when they could not be used in that state; zero: not tried
	fault   string                  // why
	damaged time.Time               // since when the files differ from what is used
	closed  bool                    // for too long
	told    time.Time
	looked  time.Time

	good map[string]map[string]string // by listener: the names of the apps whose keys it knows to be good, by key ID
}

var (
	fileStatesMu sync.Mutex
	fileStates   = make(map[string]*fileState)
)

// OpenFile reads an apps_file at path. master is a reference to the master secret, which may be empty if no key is derived. If the
// file is damaged, it has the apps of the same file that were read before; without any, it returns an error.
func OpenFile(vendor, path, master string, refs credentials.References, now time.Time) (*FileSource, error) {
	refs.Short = true
	refs.Other = nil
	if master != "" && !refs.Is(master) {
		return nil, errors.New("app_master must be a reference such as {file./run/secrets/app_master}, and not the secret itself")
	}
	s := sharedFileState(vendor, path, master, refs, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := look(s, now)
	if s.file == nil || s.closed {
		if fault == "" {
			fault = s.fault
		}
		return nil, errors.New(fault)
	}
	f := new(FileSource)
	f.state = s
	f.seen = s.version
	return f, nil
}

// FileApps are the apps that the file had when a FileSource last said so.
func FileApps(f *FileSource) []App {
	f.state.mu.Lock()
	defer f.state.mu.Unlock()
	f.seen = f.state.version
	return f.state.list
}

// SourceOf is f as the source of a verifier.
func SourceOf(f *FileSource) Source {
	return func(now time.Time) ([]App, bool, error) { return Reread(f, now) }
}

// Reread looks whether the file has changed, which takes a few calls of stat. It returns all apps, if they may differ from those that
// it returned before. The error is for the operator, once a minute.
func Reread(f *FileSource, now time.Time) ([]App, bool, error) {
	s := f.state
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := ""
	if now.Sub(s.looked) >= time.Second || now.Before(s.looked) {
		fault = look(s, now)
	}
	if f.seen != s.version {
		f.seen = s.version
		return s.list, true, nil
	}
	if fault != "" {
		return nil, false, errors.New(fault)
	}
	return nil, false, nil
}

func sharedFileState(vendor, path, master string, refs credentials.References, now time.Time) *fileState {
	key := strings.Join([]string{vendor, path, master, refs.Dir, refs.EnvPrefix}, "\x00")
	fileStatesMu.Lock()
	defer fileStatesMu.Unlock()
	if s := fileStates[key]; s != nil {
		return s
	}
	if len(fileStates) >= maxFileStates {
		fileStates = make(map[string]*fileState) // those in use live on
	}
	s := new(fileState)
	s.vendor = vendor
	s.path = path
	s.master = master
	s.refs = refs
	fileStates[key] = s
	return s
}

// look brings the state up to date, and returns what the operator should hear now.
func look(s *fileState, now time.Time) string {
	s.looked = now
	if s.file == nil { // the first time
		s.since = now
		s.fault = load(s, now)
		return s.fault
	}
	current := make([]credentials.FileState, len(s.used))
	for i, known := range s.used {
		current[i] = credentials.StateOf(known.Option, known.Path)
	}
	if !s.closed && credentials.SameFiles(s.used, current) {
		s.damaged = time.Time{}
		s.changed = nil
		if !s.ends.IsZero() && !now.Before(s.ends) {
			build(s, s.file, now)
		}
		return ""
	}
	if s.damaged.IsZero() {
		s.damaged = now
		s.told = now
	}
	if s.changed == nil || !credentials.SameFiles(s.changed, current) {
		s.changed = current
		s.since = now
		s.tried = time.Time{}
	}
	if credentials.Unchanged(current, s.since, now) && now.Sub(s.tried) >= retryDamaged {
		first := s.tried.IsZero()
		s.tried = now
		fault := load(s, now)
		if fault == "" {
			return ""
		}
		if first || fault != s.fault {
			s.told = time.Time{}
		}
		s.fault = fault
	}
	return complain(s, now)
}

// complain ends the apps of a file that has been damaged for too long, and returns what the operator should hear now.
func complain(s *fileState, now time.Time) string {
	until := s.damaged.Add(keepDamaged)
	if !now.Before(until) && !s.closed {
		s.closed = true
		s.list = nil
		s.version++
		s.told = time.Time{}
	}
	if !s.ends.IsZero() && !now.Before(s.ends) && !s.closed { // an overlap ends on time all the same
		build(s, s.file, now)
	}
	if now.Sub(s.told) < remindDamaged {
		return ""
	}
	s.told = now
	fault := s.fault
	if fault == "" {
		fault = "apps_file: it keeps changing"
	}
	if s.closed {
		return fault + "; it has been damaged for too long, and none of its apps is accepted until it is repaired"
	}
	return fault + "; the apps that it had stay in use until " + until.UTC().Format("15:04:05") + " UTC, and then none"
}

// load reads the file and all that it refers to. A text says what is wrong, and then what was read before stays.
func load(s *fileState, now time.Time) string {
	stamps := []credentials.FileState{credentials.StateOf("apps_file", s.path)}
	text, err := s.refs.ReadLarge(s.path, maxAppsFile)
	if err != nil {
		return "apps_file: " + strings.Replace(err.Error(), "secret file", "the file", 1)
	}
	f, err := parseFile(text, s.file)
	if err != nil {
		return "apps_file: " + err.Error()
	}
	if f.Vendor != s.vendor {
		return "apps_file: vendor is another one than that of the signer, which is " + s.vendor
	}
	secrets := make(map[string]string)
	resolve := func(option, reference string) string {
		if path, ok := strings.CutPrefix(s.refs.Secret(reference), "file:"); ok {
			stamps = append(stamps, credentials.StateOf(option, path))
		}
		value, err := s.refs.Value(reference)
		if err != nil {
			return option + ": " + err.Error()
		}
		secrets[reference] = value
		return ""
	}
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
	origin := s.vendor + " " + f.Gateway + " " + secrets[s.master]
	if origin == s.origin { // derived ones stay
		for name, secret := range s.secrets {
			if strings.HasPrefix(name, "derived ") {
				secrets[name] = secret
			}
		}
	}
	before, beforeOrigin := s.secrets, s.origin
	s.secrets = secrets
	s.origin = origin
	if text := build(s, f, now); text != "" {
		s.secrets = before
		s.origin = beforeOrigin
		return text
	}
	s.file = f
	s.used = stamps
	s.changed = nil
	s.damaged = time.Time{}
	s.tried = time.Time{}
	s.closed = false
	s.fault = ""
	return ""
}

// build makes the apps of a file as they are now.
func build(s *fileState, f *File, now time.Time) string {
	scheme, err := signers.Lookup(s.vendor)
	if err != nil || scheme.Claims == nil {
		return "apps_file: requests of apps in the scheme of " + s.vendor + " cannot be verified"
	}
	option, _ := signers.Find(scheme.Options, scheme.Claims.Secret)
	d := &deriver{state: s, gateway: f.Gateway, option: option, kept: make(map[string]bool)}
	list := make([]App, 0, len(f.Apps))
	var ends time.Time
	for i := range f.Apps {
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
		if in.Generation == 0 {
			a.Secret = s.secrets[in.Secret]
			a.Previous = s.secrets[in.Previous]
			list = append(list, a)
			continue
		}
		a.derived = true
		a.Secret = derived(d, in.KeyID, in.Generation)
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
	for name := range s.secrets { // those of apps that are gone
		if strings.HasPrefix(name, "derived ") && !d.kept[name] {
			delete(s.secrets, name)
		}
	}
	s.list = list
	s.ends = ends
	s.version++
	return ""
}

// deriver derives the secrets of a file's apps.
type deriver struct {
	state   *fileState
	gateway string
	option  signers.Option
	master  *Master
	kept    map[string]bool
	fault   string
}

// derived returns a secret; it notes what is wrong in fault.
func derived(d *deriver, id string, generation int) string {
	s := d.state
	name := fmt.Sprintf("derived %d %s", generation, id)
	d.kept[name] = true
	if secret, ok := s.secrets[name]; ok {
		return secret
	}
	if d.master == nil {
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

// revokedInFile are the apps of a file that a listener knew to be good and whose keys are not good now, in alphabetical order. From then
// on it knows those of good. At first it knows none.
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
