//go:build go1.21

package outbound

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Build makes the gate of a configuration, whose references refs resolves. The resolved values replace what config and
// policy hold, so both must be copies of what the gateway shows to anybody. Errors begin with the vendor and name the
// option, and never show a value. say, which may be nil, hears what an operator should know, now and later.
//
// A secret's file that is not there yet is no error without require_secrets: requests are answered 503 until it is. And
// where the same configuration was read before, what its files held then stays in use while they cannot be used.
func Build(vendor string, config signers.Config, policy *Policy, refs References, say func(news string)) (*Gate, error) {
	return BuildShared(vendor, config, policy, refs, Sharing{}, say)
}

// BuildShared is Build for a gateway that is one of many.
func BuildShared(vendor string, config signers.Config, policy *Policy, refs References, share Sharing, say func(news string)) (*Gate, error) {
	s, err := newSource(vendor, config, policy, refs, share)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	r, err := s.read(now)
	if k := keptReading(s.key, now); k != nil && !policy.RequireSecrets && (err != nil || k.key != r.key && !quietSince(r.stamps, now, now)) {
		if restored, fault := s.restore(k, r.stamps, now); fault == nil {
			if err != nil && say != nil {
				say(err.Error() + "; the credential that was loaded before stays in use")
			}
			r = restored
			err = nil
		}
	}
	if err != nil {
		if policy.RequireSecrets || r.option == "" || !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if fault := s.checkRest(); fault != nil {
			return nil, fault
		}
		if fault := refs.operator.permitHosts(s.hosts(), policy.InsecureUpstream); fault != nil && len(policy.Host) > 0 {
			return nil, fmt.Errorf("%s: %w", vendor, fault)
		}
		r.pair = join(absentCredential(r.option, s.hosts()), nil)
	} else {
		copySettings(config.Settings(), r.config.Settings())
		*policy = r.policy
	}
	g := newGate(vendor, r.pair)
	g.OnNews = say
	if err != nil {
		tell(g, err.Error()+"; requests are answered 503 until it is there")
	}
	if len(r.stamps) > 0 {
		g.source, s.used, s.watched = s, r, r.stamps
		if err == nil {
			keepReading(s.key, r, now)
		}
		for _, warning := range r.warnings() {
			tell(g, warning)
		}
	}
	for _, doubt := range r.doubts() {
		tell(g, doubt)
	}
	refs.operator.warnUnbound(s.policy, func(news string) { tell(g, news) })
	warnExpiry(g, r.pair.newer, now)
	return g, nil
}

// checkRest finds what is wrong beside a file that is not there.
func (s *source) checkRest() error {
	config, err := signers.New(s.vendor)
	if err != nil {
		return err
	}
	copySettings(config.Settings(), s.config.Settings())
	policy := s.policy
	return Check(s.vendor, config, &policy)
}

// Check finds what is wrong with a configuration without reading a secret: whatever has a brace in it, or looks like
// a short reference, is taken to become a good value when the gateway runs, and a credentials_file to hold what is
// missing. It writes stand-ins over such values, so config and policy must be copies. Its errors are those of Build.
func Check(vendor string, config signers.Config, policy *Policy) error {
	settings := append(config.Settings(), policy.Settings()...)
	for _, s := range settings {
		if s.Text != nil {
			if err := Misspelt(*s.Text, true); err != nil {
				return fmt.Errorf("%s: %s: %w", vendor, s.Name, err)
			}
		}
	}
	if open(policy.CredentialsFile) {
		policy.CredentialsFile = "/"
	}
	for _, s := range settings {
		standIn := standInFor(s)
		if s.Text != nil && open(*s.Text) {
			*s.Text = standIn
		}
		if s.List != nil {
			closed := make([]string, 0, len(*s.List))
			for _, entry := range *s.List {
				if !open(entry) {
					closed = append(closed, entry)
				} else if !s.Line {
					closed = append(closed, standIn)
				}
			}
			*s.List = closed
		}
	}
	if len(policy.Previous) > 0 {
		if err := checkPrevious(vendor, policy.Previous); err != nil {
			return err
		}
	}
	if policy.CredentialsFile != "" {
		own := *policy // what is missing beside the file, only the file tells
		if len(own.Host) == 0 {
			own.Host = []string{"vendor"}
		}
		if err := new(credential).apply(own, nil); err != nil {
			return fmt.Errorf("%s: %w", vendor, err)
		}
		return nil
	}
	return checkComplete(vendor, config, *policy)
}

func checkComplete(vendor string, config signers.Config, policy Policy) error {
	signer, err := config.Signer()
	if err != nil {
		return err
	}
	if _, err := newCredential(signer, policy); err != nil {
		return fmt.Errorf("%s: %w", vendor, err)
	}
	return nil
}

func checkPrevious(vendor string, block map[string]interface{}) error {
	config, err := signers.New(vendor)
	if err != nil {
		return err
	}
	file := ""
	if err := signers.Fill(append(config.Settings(), signers.Setting{Name: "credentials_file", Text: &file}), block); err != nil {
		return fmt.Errorf("%s: previous: %w", vendor, err)
	}
	if file != "" {
		return nil
	}
	for _, s := range config.Settings() {
		if s.Text != nil && open(*s.Text) {
			*s.Text = standInFor(s)
		}
	}
	if _, err := config.Signer(); err != nil {
		return inPrevious(vendor, err)
	}
	return nil
}

// standInFor is a value that an option may have.
func standInFor(s signers.Setting) string {
	if len(s.Values) > 0 {
		return s.Values[0]
	}
	switch s.Name {
	case "max_clock_skew":
		return "1m"
	case "api_url", "csp_url":
		return "https://vendor"
	case "expires":
		return "2100-01-01"
	case "token_cache":
		return "/tokens"
	}
	return "1" // a name, a key, a host and a size
}

func open(text string) bool {
	return strings.Contains(text, "{") || References{Short: true}.Is(text)
}

// resolve replaces references by what they stand for. With an error comes the name of the option.
func resolve(settings []signers.Setting, value func(option, text string) (string, error)) (option string, err error) {
	for _, s := range settings {
		if s.Text != nil && *s.Text != "" {
			*s.Text, err = value(s.Name, *s.Text)
		}
		if s.List != nil && len(*s.List) > 0 {
			resolved := make([]string, len(*s.List)) // the old list may be shared with the gateway's own copy
			for i, entry := range *s.List {
				if err == nil {
					resolved[i], err = value(s.Name, entry)
				}
			}
			*s.List = resolved
		}
		if err != nil {
			return s.Name, err
		}
	}
	return "", nil
}
