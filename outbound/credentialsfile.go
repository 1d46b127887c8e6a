//go:build go1.21

package outbound

import (
	"errors"
	"fmt"
	"net/url"

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
	if err := uniqueKeys([]byte(text)); err != nil {
		return err
	}
	if err := signers.FromJSON(file, []byte(text)); err != nil {
		return err
	}
	if policy.CredentialsFile != "" || policy.RequireSecrets {
		return errors.New("credentials_file and require_secrets cannot stand in the file itself")
	}
	if policy.Observe != "" || policy.Audit != "" || policy.ExplainHeader {
		return errors.New("observe, audit and explain_header are for the gateway's own configuration")
	}
	if policy.AllowCredentialEndpoints || policy.Browser != "" && policy.Browser != "deny" {
		return errors.New("allow_credential_endpoints and a browser that is let in are for the gateway's own configuration")
	}
	if policy.Upgrade == "websocket" || policy.EarlyData == "allow" || len(policy.KeepHeader) > 0 {
		return errors.New("upgrade, early_data and keep_header are for the gateway's own configuration")
	}
	r.insecure = r.insecure || policy.InsecureUpstream
	r.filed = r.filed || len(policy.Previous) > 0
	// What is no reference is literal here: a secret may hold braces, which a gateway would take for its own.
	refs := s.refs
	refs.Other = nil
	own := len(r.uses)
	if err := s.resolve(r, file, refs); err != nil {
		return err
	}
	for i := own; i < len(r.uses); i++ {
		r.uses[i].filed = true
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
	if len(policy.Host) == 0 {
		return nil
	}
	r.named = true
	for i := range r.uses {
		if r.uses[i].option == "credentials_file" {
			r.uses[i].bound = true
		}
	}
	return s.keepToHost(all, file, policy.Host)
}

// keepToHost refuses, where the configuration is not the operator's, a URL in it that would lead the credential of a
// file away from the host that the file names.
func (s *source) keepToHost(all, file []signers.Setting, hosts []string) error {
	for i, setting := range all {
		if s.refs.operator == nil || !setting.URL || !setting.Given() || file[i].Given() || setting.Name == "token_proxy" {
			continue
		}
		if u, err := url.Parse(*setting.Text); err != nil || !boundTo(hosts, []string{u.Host}) {
			return errors.New(setting.Name + " must stand in the file: it names its host, and the credential goes nowhere else")
		}
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
