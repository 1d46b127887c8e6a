//go:build go1.21

package outbound

import (
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// configSource is a configuration as it was given, with its references, from which a credential can be read again. The first
// group of fields never changes; mu protects the others, which refresh alone uses while requests run.
//
//	given -> read: complete (resolve, then merge of the credentials_file) -> build -> loaded.rotation
//	               a fault of complete that is an absent file              -> loaded.absent, and a 503
type configSource struct {
	scheme  signers.Scheme
	options []signers.Option // all of them
	given   signers.Values
	policy  Policy // of given
	refs    credentials.References
	share   Sharing
	key     string // of all that is given, where files are

	mu      sync.Mutex
	used    *loaded
	watched []credentials.FileState // the files to check: those of used, or of the last read that failed
	changed []credentials.FileState // the state of the files, if it differs from when they were read
	since   time.Time               // when that state was first seen
	refused time.Time               // when they could not be used in that state; zero: not tried
	fault   string                  // why they could not, then
}

// loaded is what a source's files held at one time. It is made by read, or by restore of what was good before, and filled
// by the steps of read; after a fault it has only what was found until then.
type loaded struct {
	rotation *rotation
	values   signers.Values // resolved, with those of the credentials_file
	previous signers.Values // of the previous credential; nil: there is none
	key      string         // of all options, where files are: equal if nothing changed
	stamps   []credentials.FileState
	absent   string            // the option whose file is not there, after a fault
	unread   string            // the option that could not be read, after a fault
	note     string            // for the operator
	filed    bool              // the credentials_file brought the option previous
	uses     []credentials.Use // the secrets that are referred to, without those of the previous credential
	older    []credentials.Use
	named    bool // a credentials_file names its host
	insecure bool // a credentials_file asks for insecure_upstream
	literal  bool // nothing is read from anywhere, so that no value is a secret in all options: secrets is not used
	secrets  secretUses
}

// look returns the state of the watched files now. It takes a stat for each, once a second at most (refresh).
func (s *configSource) look() []credentials.FileState {
	now := make([]credentials.FileState, len(s.watched))
	for i, old := range s.watched {
		now[i] = credentials.StateOf(old.Option, old.Path)
	}
	return now
}

// newConfigSource is the configuration v of a vendor, before anything is read. v is copied. The error names the known
// vendors.
func newConfigSource(vendor string, v signers.Values, refs credentials.References, share Sharing) (*configSource, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	s := &configSource{scheme: scheme, options: allOptions(scheme), given: v.Copy(), policy: PolicyOf(v), refs: refs, share: share}
	return s, nil
}

// readSource makes the credential that the files hold now. An id and a secret of different times are never mixed: a change while it
// is being read is a fault. It returns a loaded in any case, which after a fault says what is absent and which files to
// watch.
func readSource(s *configSource, now time.Time) (*loaded, []signers.Fault) {
	r := &loaded{values: s.given.Copy()}
	r.literal = readsNothing(s.given, &s.refs)
	if !r.literal {
		addUses(&r.secrets, "", s.scheme.Options, s.given, &s.refs)
	}
	if fault := complete(s, r, r.values, s.options, &s.refs); fault != nil {
		return r, []signers.Fault{*fault}
	}
	faults := buildRotation(s, r, now)
	r.secrets.secret = nil // what was read is kept no longer than it is compared
	r.secrets.public = nil
	if len(faults) > 0 {
		return r, faults
	}
	if len(r.stamps) == 0 {
		return r, nil
	}
	return r, s.settle(r)
}

// settle gives what was read from files its key, if all of it is of one time: each file was looked at before it was read, and none has
// changed by now.
func (s *configSource) settle(r *loaded) []signers.Fault {
	for _, before := range r.stamps {
		after := credentials.StateOf(before.Option, before.Path)
		if !credentials.SameFiles([]credentials.FileState{before}, []credentials.FileState{after}) {
			return []signers.Fault{{Option: before.Option, Text: before.Option + ": the file changed while it was read"}}
		}
	}
	// The key tells refresh whether anything changed in what the files hold, which writing the same again does not.
	r.key = credentialKey(s.scheme.Name, s.options, r.values)
	if r.previous != nil {
		r.key += " " + credentialKey(s.scheme.Name, s.scheme.Options, r.previous)
	}
	return nil
}

// complete resolves the references of a configuration, and adds the options of its credentials_file. It is called for the
// whole configuration and again for the block previous, which may have a file of its own.
func complete(s *configSource, r *loaded, v signers.Values, options []signers.Option, refs *credentials.References) *signers.Fault {
	readable := options
	if r.literal {
		readable = s.scheme.Options // the others have references at most
	}
	if fault := resolve(r, v, readable, refs); fault != nil {
		return fault
	}
	const option = "credentials_file"
	if len(v[option]) == 0 || v[option][0] == "" {
		return nil
	}
	path := v[option][0]
	watch(r, option, path)
	text, err := s.refs.Read(path)
	if err != nil {
		return r.fail(option, err)
	}
	refer(r, option, "file:"+path)
	return s.merge(r, v, options, text)
}

// fail notes that an option could not be read, and whether because its file does not exist: only that may be waited for.
func (r *loaded) fail(option string, err error) *signers.Fault {
	r.unread = option
	if errors.Is(err, os.ErrNotExist) {
		r.absent = option
	}
	return &signers.Fault{Option: option, Text: option + ": " + err.Error(), Absent: r.absent != ""}
}

// hosts are those of the configuration, resolved if possible, for messages about a credential that is absent, and to refuse
// unsigned requests to them meanwhile. They may be wrong: nothing is sent to them.
func (s *configSource) hosts() []string {
	resolved := make([]string, 0, len(s.policy.Host))
	for _, host := range s.policy.Host {
		value, err := s.refs.Value(host)
		if err != nil {
			return lowered(s.policy.Host)
		}
		resolved = append(resolved, value)
	}
	if names, err := checkHosts(resolved, s.scheme.Families); err == nil {
		return names
	}
	return lowered(s.policy.Host)
}

// lowered are hosts that were not checked.
func lowered(hosts []string) []string {
	lower := make([]string, 0, len(hosts))
	for _, host := range hosts {
		lower = append(lower, strings.ToLower(strings.TrimSpace(host)))
	}
	return lower
}
