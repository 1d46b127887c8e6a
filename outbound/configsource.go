//go:build go1.21

package outbound

import (
	"errors"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// configSource is a configuration as it was given, with its references, from which a credential can be read again.
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
}

// loaded is what a source's files held at one time.
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
	secrets  secretUses
}

func (s *configSource) look() []credentials.FileState {
	now := make([]credentials.FileState, len(s.watched))
	for i, old := range s.watched {
		now[i] = credentials.StateOf(old.Option, old.Path)
	}
	return now
}

func newConfigSource(vendor string, v signers.Values, refs credentials.References, share Sharing) (*configSource, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	s := &configSource{scheme: scheme, options: allOptions(scheme), given: v.Copy(), policy: PolicyOf(v), refs: refs, share: share}
	return s, nil
}

// read makes the credential that the files hold now. An id and a secret of different times are never mixed: a change
// while it is being read is a fault.
func (s *configSource) read(now time.Time) (*loaded, []signers.Fault) {
	r := &loaded{values: s.given.Copy()}
	r.secrets.addGiven("", s.scheme.Options, s.given, s.refs)
	if fault := s.complete(r, r.values, s.options, s.refs); fault != nil {
		return r, []signers.Fault{*fault}
	}
	faults := s.build(r, now)
	r.secrets.secret = nil // what was read is kept no longer than it is compared
	r.secrets.public = nil
	if len(faults) > 0 {
		return r, faults
	}
	for _, before := range r.stamps {
		after := credentials.StateOf(before.Option, before.Path)
		if !credentials.SameFiles([]credentials.FileState{before}, []credentials.FileState{after}) {
			return r, []signers.Fault{{Option: before.Option, Text: before.Option + ": the file changed while it was read"}}
		}
	}
	if len(r.stamps) > 0 {
		r.key = credentialKey(s.scheme.Name, s.options, r.values)
	}
	if len(r.stamps) > 0 && r.previous != nil {
		r.key += " " + credentialKey(s.scheme.Name, s.scheme.Options, r.previous)
	}
	return r, nil
}

// complete resolves the references of a configuration, and adds the options of its credentials_file.
func (s *configSource) complete(r *loaded, v signers.Values, options []signers.Option, refs credentials.References) *signers.Fault {
	if fault := resolve(r, v, options, refs); fault != nil {
		return fault
	}
	const option = "credentials_file"
	path := v.Text(option)
	if path == "" {
		return nil
	}
	r.watch(option, path)
	text, err := s.refs.Read(path)
	if err != nil {
		return r.fail(option, err)
	}
	r.refer(option, "file:"+path)
	return s.merge(r, v, options, text)
}

// fail notes that an option could not be read.
func (r *loaded) fail(option string, err error) *signers.Fault {
	r.unread = option
	if errors.Is(err, os.ErrNotExist) {
		r.absent = option
	}
	return &signers.Fault{Option: option, Text: option + ": " + err.Error(), Absent: r.absent != ""}
}

// hosts are those of the configuration, resolved if possible, for messages about a credential that is absent.
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

// resolve replaces the references in values, and records the files and secrets in r.
func resolve(r *loaded, v signers.Values, options []signers.Option, refs credentials.References) *signers.Fault {
	for i := range options { // by index: see credentialFields
		kind := options[i].Kind
		if kind == signers.Block {
			if fault := resolveBlock(r, v, options[i], refs); fault != nil {
				return fault
			}
			continue
		}
		if len(v[options[i].Name]) == 0 || kind == signers.Number || kind == signers.Flag {
			continue
		}
		if kind != signers.File && !options[i].Verbatim && literal(v[options[i].Name], refs) {
			continue
		}
		o := options[i]
		if o.Verbatim && refs.Confined {
			return &signers.Fault{Option: o.Name, Text: o.Name + " is for the operator's files only, not for labels"}
		}
		if o.Verbatim && kind != signers.File {
			continue
		}
		if fault := resolveOne(r, v, o.Name, o, refs); fault != nil {
			return fault
		}
	}
	return nil
}

// literal reports whether no value can be a reference, not even one in another tool's spelling: all of these have a brace or a colon.
func literal(values []string, refs credentials.References) bool {
	if refs.Other != nil {
		return false
	}
	for _, value := range values {
		if strings.ContainsAny(value, "{:") {
			return false
		}
	}
	return true
}

// resolveBlock replaces the references in a block of the vendor. The block previous is read separately: it is another
// credential.
func resolveBlock(r *loaded, v signers.Values, o signers.Option, refs credentials.References) *signers.Fault {
	if o.Name == "previous" {
		return nil
	}
	keys := make([]string, 0)
	for key := range v {
		if strings.HasPrefix(key, o.Name+".") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		if fault := resolveOne(r, v, key, o, refs); fault != nil {
			return fault
		}
	}
	return nil
}

// resolveOne replaces the references in the values of an option, or of one key in a block.
func resolveOne(r *loaded, v signers.Values, key string, o signers.Option, refs credentials.References) *signers.Fault {
	resolved := make([]string, len(v[key]))
	for j, value := range v[key] {
		if o.Kind == signers.File {
			text, err := refs.Preset(value, o.Verbatim)
			if err != nil {
				return &signers.Fault{Option: key, Text: key + ": " + err.Error()}
			}
			resolved[j] = text
			continue
		}
		if reference := refs.Secret(value); reference != "" {
			r.refer(o.Name, reference)
			if path := strings.TrimPrefix(reference, "file:"); path != reference {
				r.watch(key, path)
			}
		}
		text, err := refs.Value(value)
		if err != nil {
			return r.fail(key, err)
		}
		resolved[j] = text
	}
	v[key] = resolved
	return nil
}

func (r *loaded) watch(option, path string) {
	r.stamps = append(r.stamps, credentials.StateOf(option, path))
}

// refer records a secret that an option refers to.
func (r *loaded) refer(option, reference string) {
	var u credentials.Use
	u.Option = option
	u.Reference = reference
	r.uses = append(r.uses, u)
}

// build makes the credential of resolved options, and the previous one.
func (s *configSource) build(r *loaded, now time.Time) []signers.Fault {
	uses := r.uses
	r.secrets.addResolved("", s.scheme.Options, r.values)
	if fault := r.secrets.fault(); fault != nil {
		return []signers.Fault{*fault}
	}
	c, faults := s.buildCredential(r.values, r.values, uses, now)
	if len(faults) > 0 {
		return faults
	}
	c.bound = r.named && !r.insecure
	r.rotation = rotate(c, nil)
	if !r.values.Has("previous") {
		return nil
	}
	// If it has a credentials_file of its own, only the credential in that counts.
	before, faults := r.values.Block("previous", append(append([]signers.Option{}, s.scheme.Options...), fileOption))
	if len(faults) > 0 {
		return inPrevious(faults)
	}
	refs := s.refs
	if r.filed { // as the other options of the file
		refs.Other = nil
	}
	r.uses = nil
	r.secrets.addGiven("previous: ", s.scheme.Options, before, refs)
	fault := s.complete(r, before, s.options, refs)
	r.older = r.uses
	r.uses = uses
	if fault != nil {
		absent := r.absent
		r.unread, r.absent = "", ""
		if absent != "" {
			r.note = "previous: " + fault.Text + "; it is left out until it is there"
			return nil
		}
		return inPrevious([]signers.Fault{*fault})
	}
	if !boundTo(before["host"], c.hosts, s.scheme.Families) {
		return inPrevious([]signers.Fault{{Text: "credentials_file names another host, and its credential is sent nowhere else"}})
	}
	before = before.Only(s.scheme.Options)
	r.secrets.addResolved("previous: ", s.scheme.Options, before)
	if fault := r.secrets.fault(); fault != nil {
		return []signers.Fault{*fault}
	}
	p, faults := s.buildCredential(before, r.values, r.older, now)
	if len(faults) > 0 {
		return inPrevious(faults)
	}
	if p.fingerprint == c.fingerprint {
		r.note = "previous is the same credential, and is left out"
		return nil
	}
	c.bound = r.named && !r.insecure
	p.bound = c.bound
	r.rotation = rotate(c, p)
	r.previous = before
	return nil
}

// fileOption is the option that the block previous may hold in addition to the vendor's.
var fileOption = signers.Option{Name: "credentials_file", Kind: signers.Free}

// inPrevious puts the block's name before faults within it.
func inPrevious(faults []signers.Fault) []signers.Fault {
	inside := make([]signers.Fault, 0, len(faults))
	for _, f := range faults {
		inside = append(inside, signers.Fault{Option: "previous", Inner: f.Option, Text: "previous: " + f.Text})
	}
	return inside
}

// boundTo reports whether every host is among those that a credentials_file names, if it names any. Families are the scheme's.
func boundTo(named, hosts, families []string) bool {
	if len(named) == 0 {
		return true
	}
	for _, host := range hosts {
		name, port := credentials.CutPort(host)
		name = credentials.PlainName(name)
		found := false
		for _, n := range named {
			allowed, allowedPort := credentials.CutPort(strings.TrimSpace(n))
			allowed = credentials.PlainName(allowed)
			member := inFamily(families, strings.TrimPrefix(allowed, wildcard)) && credentials.FamilyHas(allowed, name)
			if (allowed == name || member) && (allowedPort == "" || allowedPort == port) {
				found = true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// buildCredential makes a credential from the vendor's options in v and the common ones of the configuration, both resolved.
// Uses are the secrets that they refer to.
func (s *configSource) buildCredential(v, configuration signers.Values, uses []credentials.Use, now time.Time) (
	*credential, []signers.Fault) {
	vendor := s.scheme.Name
	signer, faults := signerOf(&s.scheme, v)
	if len(faults) == 0 {
		faults = unproven(signer)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	c, faults := newCredential(s.scheme, signer, configuration)
	if len(faults) > 0 {
		return nil, faults
	}
	fields := credentialFields(vendor, s.scheme.Options, v)
	key := hashOf(fields)
	c.fingerprint, c.loaded = key[:8], now
	var create func() *tokens.Keeper
	if from := c.traits.Tokens; from != nil {
		fields = fieldsAt(from, *c.policy, c.hosts[0], fields)
		service, fault := s.tokenService(*c.policy, fields, from, len(c.traits.Hides) > 0)
		if fault != nil {
			return nil, []signers.Fault{*fault}
		}
		c.service = service
		host := c.hosts[0]
		name, _ := credentials.CutPort(host)
		plain := c.policy.InsecureUpstream && signers.Loopback(name)
		create = func() *tokens.Keeper { return tokens.New(from, host, plain, now) }
	}
	if fault := permits(s.refs.Operator, s, c, v, uses); fault != nil {
		return nil, []signers.Fault{*fault}
	}
	c.operator = s.refs.Operator
	c.share(sharedState(hashOf(fields), now, create), sharedState(key+" at "+strings.Join(c.hosts, " "), now, nil))
	return c, nil
}
