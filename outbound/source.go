//go:build go1.21

package outbound

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// source is a configuration as it was given, references and all, from which a credential can be read anew.
type source struct {
	vendor string
	config signers.Config
	policy Policy
	refs   References
	share  Sharing
	key    string // of all that is given

	mu      sync.Mutex
	used    *reading
	watched []stamp   // what to look at: the files of used, or of the last reading that failed
	changed []stamp   // what the files look like, if not as they were read
	since   time.Time // for how long they look so
	refused time.Time // when they could not be used so; zero: not tried
}

// reading is what a source's files held at one time.
type reading struct {
	pair     *pair
	config   signers.Config
	policy   Policy
	key      string // of all options: equal if nothing changed
	stamps   []stamp
	option   string         // the one that could not be read, after an error
	note     string         // for the operator
	before   signers.Config // of the credential before, if there is one
	filed    bool           // the credentials_file brought the option previous
	uses     []use          // the secrets that are referred to, those of the credential before apart
	older    []use
	named    bool // a credentials_file names its host
	insecure bool // a credentials_file asks for insecure_upstream
}

func (s *source) look() []stamp {
	now := make([]stamp, len(s.watched))
	for i, old := range s.watched {
		now[i] = stampOf(old.option, old.path)
	}
	return now
}

func newSource(vendor string, config signers.Config, policy *Policy, refs References, share Sharing) (*source, error) {
	own, err := signers.New(vendor)
	if err != nil {
		return nil, err
	}
	copySettings(own.Settings(), config.Settings())
	s := &source{vendor: vendor, config: own, policy: *policy, refs: refs, share: share}
	s.key = credentialKey(vendor, append(s.config.Settings(), s.policy.Settings()...))
	return s, nil
}

func copySettings(to, from []signers.Setting) {
	for i := range to {
		to[i].Copy(from[i])
	}
}

// read makes the credential that the files hold now. An id and a secret of different times are never mixed: what
// changes while it is read is an error.
func (s *source) read(now time.Time) (*reading, error) {
	r := &reading{policy: s.policy}
	var err error
	if r.config, err = signers.New(s.vendor); err != nil {
		return r, err
	}
	settings := r.config.Settings()
	copySettings(settings, s.config.Settings())
	settings = append(settings, r.policy.Settings()...)
	if err = s.complete(r, settings, &r.policy, s.refs); err != nil {
		return r, fmt.Errorf("%s: %w", s.vendor, err)
	}
	if err = s.build(r, settings, now); err != nil {
		return r, err
	}
	for _, before := range r.stamps {
		after := stampOf(before.option, before.path)
		if !sameStamps([]stamp{before}, []stamp{after}) {
			return r, fmt.Errorf("%s: %s: the file changed while it was read", s.vendor, before.option)
		}
	}
	return r, nil
}

// complete reads what the references of a configuration stand for, and adds the options of its credentials_file. The
// settings are all of it, those of policy too.
func (s *source) complete(r *reading, settings []signers.Setting, policy *Policy, refs References) error {
	if err := s.resolve(r, settings, refs); err != nil || policy.CredentialsFile == "" {
		return err
	}
	const option = "credentials_file"
	r.watch(option, policy.CredentialsFile)
	text, err := s.refs.read(policy.CredentialsFile)
	if err != nil {
		r.option = option
		return fmt.Errorf("%s: %w", option, err)
	}
	r.refer(option, "file:"+policy.CredentialsFile)
	if err := s.merge(r, settings, text); err != nil {
		return fmt.Errorf("%s: %w", option, err)
	}
	return nil
}

// hosts are those of the configuration, for what is said of a credential that is not there: what they refer to, if
// that can be read.
func (s *source) hosts() []string {
	resolved := make([]string, 0, len(s.policy.Host))
	for _, host := range s.policy.Host {
		value, err := s.refs.Value(host)
		if err != nil {
			return s.policy.Host
		}
		resolved = append(resolved, value)
	}
	if names, err := checkHosts(resolved); err == nil {
		return names
	}
	return s.policy.Host
}

// resolve replaces the references in settings, and notes what files they read.
func (s *source) resolve(r *reading, settings []signers.Setting, refs References) error {
	for _, setting := range settings {
		if setting.Text != nil && *setting.Text != "" {
			r.watch(setting.Name, refs.path(*setting.Text))
		}
		if setting.List != nil {
			for _, entry := range *setting.List {
				r.watch(setting.Name, refs.path(entry))
			}
		}
	}
	option, err := resolve(settings, func(name, value string) (string, error) {
		r.refer(name, refs.secretOf(value))
		return refs.Value(value)
	})
	if err != nil {
		r.option = option
		return fmt.Errorf("%s: %w", option, err)
	}
	return nil
}

func (r *reading) watch(option, path string) {
	if path != "" {
		r.stamps = append(r.stamps, stampOf(option, path))
	}
}

// refer notes a secret that an option refers to, if it does.
func (r *reading) refer(option, reference string) {
	if reference == "" {
		return
	}
	var u use
	u.option = option
	u.reference = reference
	r.uses = append(r.uses, u)
}

// build makes the credential of resolved options, and the one before it.
func (s *source) build(r *reading, resolved []signers.Setting, now time.Time) error {
	uses := r.uses
	c, err := s.buildCredential(r.config, r.policy, uses, now)
	if err != nil {
		return err
	}
	c.bound = r.named && !r.insecure
	r.pair, r.key = join(c, nil), credentialKey(s.vendor, resolved)
	if len(r.policy.Previous) == 0 {
		return nil
	}
	config, err := signers.New(s.vendor)
	if err != nil {
		return err
	}
	var policy Policy // of a credentials_file of its own only the credential counts
	settings := append(config.Settings(), signers.Setting{Name: "credentials_file", Text: &policy.CredentialsFile})
	if err := signers.Fill(settings, r.policy.Previous); err != nil {
		return fmt.Errorf("%s: previous: %w", s.vendor, err)
	}
	refs := s.refs
	if r.filed { // as the other options of the file
		refs.Other = nil
	}
	r.uses = nil
	err = s.complete(r, append(config.Settings(), policy.Settings()...), &policy, refs)
	r.older = r.uses
	r.uses = uses
	if err != nil {
		r.option = ""
		if errors.Is(err, os.ErrNotExist) {
			r.note = "previous: " + err.Error() + "; it is left out until it is there"
			return nil
		}
		return fmt.Errorf("%s: previous: %w", s.vendor, err)
	}
	if !boundTo(policy.Host, c.hosts) {
		return fmt.Errorf("%s: previous: credentials_file names another host, and its credential goes nowhere else", s.vendor)
	}
	p, err := s.buildCredential(config, r.policy, r.older, now)
	if err != nil {
		return inPrevious(s.vendor, err)
	}
	if p.fingerprint == c.fingerprint {
		r.note = "previous is the same credential, and is left out"
		return nil
	}
	c.bound = r.named && !r.insecure
	p.bound = c.bound
	r.pair = join(c, p)
	r.before = config
	r.key += " " + credentialKey(s.vendor, config.Settings())
	return nil
}

// inPrevious puts the block's name between the vendor's and the rest of an error.
func inPrevious(vendor string, err error) error {
	return errors.New(vendor + ": previous: " + strings.TrimPrefix(err.Error(), vendor+": "))
}

// boundTo reports whether every host is among those that a credentials_file names, if it does.
func boundTo(named, hosts []string) bool {
	if len(named) == 0 {
		return true
	}
	for _, host := range hosts {
		name, port := cutPort(host)
		found := false
		for _, n := range named {
			allowed, allowedPort := cutPort(strings.TrimSpace(n))
			if plainName(allowed) == plainName(name) && (allowedPort == "" || allowedPort == port) {
				found = true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// buildCredential makes a credential of options that are resolved. Uses are the secrets that they referred to.
func (s *source) buildCredential(config signers.Config, policy Policy, uses []use, now time.Time) (*credential, error) {
	signer, err := config.Signer()
	if err != nil {
		return nil, err
	}
	c, err := newCredential(signer, policy)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.vendor, err)
	}
	key := credentialKey(s.vendor, config.Settings())
	c.fingerprint, c.loaded = key[:8], now
	var create func() *tokens
	if exchanger, ok := signer.(signers.Exchanger); ok {
		exchange := exchanger.Exchange()
		if c.service, err = s.tokenService(policy, credentialFields(s.vendor, config.Settings()), exchange.Replaces()); err != nil {
			return nil, fmt.Errorf("%s: %w", s.vendor, err)
		}
		create = func() *tokens { return newTokens(exchange, now) }
	}
	all := append(config.Settings(), policy.Settings()...)
	if err := s.refs.operator.permit(s.vendor, signer, all, policy, c.hosts, uses); err != nil {
		return nil, fmt.Errorf("%s: %w", s.vendor, err)
	}
	c.operator = s.refs.operator
	c.share(sharedState(key, now, create), sharedState(key+" at "+strings.Join(c.hosts, " "), now, nil))
	return c, nil
}
