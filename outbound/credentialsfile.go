//go:build go1.21

package outbound

import (
	"errors"
	"fmt"

	"github.com/vendorsign/vendorsign/signers"
)

// merge fills what does not stand in the configuration with the options of a credentials_file.
func (s *source) merge(r *reading, all []signers.Setting, text string) error {
	config, err := signers.New(s.vendor)
	if err != nil {
		return err
	}
	var policy Policy
	file := append(config.Settings(), policy.Settings()...)
	if err := signers.FromJSON(file, []byte(text)); err != nil {
		return err
	}
	if policy.CredentialsFile != "" || policy.RequireSecrets {
		return errors.New("credentials_file and require_secrets cannot stand in the file itself")
	}
	if policy.Observe != "" || policy.Audit != "" || policy.ExplainHeader {
		return errors.New("observe, audit and explain_header are for the gateway's own configuration")
	}
	r.filed = r.filed || len(policy.Previous) > 0
	// What is no reference is literal here: a secret may hold braces, which a gateway would take for its own.
	refs := s.refs
	refs.Other = nil
	if err := s.resolve(r, file, refs); err != nil {
		return err
	}
	for i, setting := range file {
		if !setting.Given() {
			continue
		}
		if all[i].Given() {
			return errors.New(setting.Name + " stands both in the file and beside it")
		}
		all[i].Copy(setting)
	}
	return nil
}

// AddFile adds the options of the credentials_file, which policy then names no more. For commands that look at a
// configuration; a Gate reads it again when it changes.
func AddFile(vendor string, config signers.Config, policy *Policy, refs References) error {
	s, err := newSource(vendor, config, policy, refs, Sharing{})
	if err != nil {
		return err
	}
	text, err := refs.read(policy.CredentialsFile)
	if err == nil {
		err = s.merge(new(reading), append(config.Settings(), policy.Settings()...), text)
	}
	if err != nil {
		return fmt.Errorf("credentials_file: %w", err)
	}
	policy.CredentialsFile = ""
	return nil
}
