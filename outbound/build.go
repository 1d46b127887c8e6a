//go:build go1.21

package outbound

import (
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Build makes the gate of a configuration: value resolves every text in it, usually References.Value. Resolved
// values replace what config and policy hold, so both must be copies of what the gateway shows to anybody. Errors
// begin with the vendor and name the option, and never show a value.
func Build(vendor string, config signers.Config, policy *Policy, value func(string) (string, error)) (*Gate, error) {
	if err := resolve(append(config.Settings(), policy.Settings()...), value); err != nil {
		return nil, fmt.Errorf("%s: %w", vendor, err)
	}
	signer, err := config.Signer()
	if err != nil {
		return nil, err
	}
	gate, err := New(vendor, signer, *policy)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", vendor, err)
	}
	key := credentialKey(vendor, config.Settings())
	gate.fingerprint = key[:8]
	if exchanger, ok := signer.(signers.Exchanger); ok {
		if gate.fetch, err = newFetch(*policy); err != nil {
			return nil, fmt.Errorf("%s: %w", vendor, err)
		}
		gate.tokens = sharedTokens(key, gate.Now(), func() *tokens { return newTokens(exchanger.Exchange(), gate.Now()) })
	}
	return gate, nil
}

// Check finds what is wrong with a configuration without reading a secret: whatever has a brace in it, or looks like
// a short reference, is taken to become a good value when the gateway runs.
func Check(vendor string, config signers.Config, policy *Policy) error {
	for _, s := range append(config.Settings(), policy.Settings()...) {
		standIn := "1" // a name, a key, a host and a size
		switch s.Name {
		case "max_clock_skew":
			standIn = "1m"
		case "api_url", "csp_url":
			standIn = "https://vendor"
		}
		if len(s.Values) > 0 {
			standIn = s.Values[0]
		}
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
	signer, err := config.Signer()
	if err != nil {
		return err
	}
	if _, err := New(vendor, signer, *policy); err != nil {
		return fmt.Errorf("%s: %w", vendor, err)
	}
	return nil
}

func open(text string) bool {
	return strings.Contains(text, "{") || References{Short: true}.Is(text)
}

func resolve(settings []signers.Setting, value func(string) (string, error)) error {
	for _, s := range settings {
		var err error
		if s.Text != nil {
			*s.Text, err = value(*s.Text)
		}
		if s.List != nil {
			resolved := make([]string, len(*s.List)) // the old list may be shared with the gateway's own copy
			for i, entry := range *s.List {
				if err == nil {
					resolved[i], err = value(entry)
				}
			}
			*s.List = resolved
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}
