//go:build go1.21

package outbound

import (
	"errors"
	"net/url"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// filePermits says which options a credentials_file may not hold: those that say how far its reader is trusted. Whoever
// writes the file is whoever issues the credential, and not always who runs the gateway: it may restrict the gateway, and not
// loosen it. nil: the file is permitted.
func filePermits(policy Policy) error {
	switch {
	case policy.CredentialsFile != "" || policy.RequireSecrets:
		return errors.New("credentials_file and require_secrets cannot be set in the file itself")
	case policy.Observe != "" || policy.Audit != "" || policy.AuditFile != "" || len(policy.AuditOutput) > 0 || policy.ExplainHeader:
		return errors.New("observe, audit and explain_header are for the gateway's own configuration")
	case policy.AllowCredentialEndpoints || policy.AllowMultiplexed || policy.Browser != "" && policy.Browser != "deny":
		return errors.New("allow_credential_endpoints, allow_multiplexed and a browser that is let in are for the gateway's own configuration")
	case policy.Upgrade == "websocket" || policy.EarlyData == "allow" || len(policy.KeepHeader) > 0:
		return errors.New("upgrade, early_data and keep_header are for the gateway's own configuration")
	}
	return nil
}

// merge fills what is not set in the configuration with the options of a credentials_file. text is its content, options are
// those that it may hold, and v is changed.
//
//	configuration: credentials_file /etc/acme.json, allow GET /devices/**
//	/etc/acme.json: {"key_id": "AK1", "secret": "...", "host": ["acme.example"]}
//	-> key_id, secret, host and allow; the credential is sent to acme.example alone
//
// Whatever is wrong is a fault of the option credentials_file, which names the key and quotes no value.
func (s *configSource) merge(r *loaded, v signers.Values, options []signers.Option, text string) *signers.Fault {
	const option = "credentials_file"
	fail := func(text string, absent bool) *signers.Fault {
		return &signers.Fault{Option: option, Text: option + ": " + text, Absent: absent}
	}
	if err := credentials.UniqueKeys([]byte(text)); err != nil {
		return fail(err.Error(), false)
	}
	file, faults := signers.FromJSON(options, []byte(text))
	if len(faults) > 0 {
		return fail(faults[0].Text, false)
	}
	// A file whose keys are repeated, or that loosens something, is refused before a reference of it is resolved.
	policy := PolicyOf(file)
	if err := filePermits(policy); err != nil {
		return fail(err.Error(), false)
	}
	r.insecure = r.insecure || policy.InsecureUpstream
	r.filed = r.filed || len(policy.Previous) > 0
	// Anything that is no reference is literal here: a secret may contain braces, which a gateway would take for a
	// placeholder.
	refs := s.refs
	refs.Other = nil
	// From here on resolve appends the file's own references.
	own := len(r.uses)
	addUses(&r.secrets, "", s.scheme.Options, file, &refs)
	if fault := resolve(r, file, options, &refs); fault != nil {
		return fail(fault.Text, fault.Absent)
	}
	for i := own; i < len(r.uses); i++ {
		r.uses[i].Filed = true
	}
	for _, o := range options {
		if !file.Has(o.Name) {
			continue
		}
		// Neither wins silently: an operator who changes one of them must not wonder why nothing happens.
		if v.Has(o.Name) {
			return fail(o.Name+" is set both in the file and next to it", false)
		}
		for name, values := range file.Only([]signers.Option{o}) {
			v[name] = values
		}
	}
	if len(policy.Host) == 0 {
		return nil
	}
	r.named = true
	// The operator's bindings need not list a file that names its host itself.
	for i := range r.uses {
		if r.uses[i].Option == "credentials_file" {
			r.uses[i].Bound = true
		}
	}
	if err := s.keepToHost(v, file, policy.Host); err != nil {
		return fail(err.Error(), false)
	}
	return nil
}

// keepToHost refuses, if the configuration is not the operator's, a URL in it that would send a file's credential somewhere
// other than the host that the file names: a label author could name a token service of their own, and would get the secret.
// A token proxy sees no secret through TLS, and has a check of its own (permits).
func (s *configSource) keepToHost(v, file signers.Values, hosts []string) error {
	for _, o := range s.options {
		if s.refs.Operator == nil || !o.Address || !v.Has(o.Name) || file.Has(o.Name) || o.Name == "token_proxy" {
			continue
		}
		if u, err := url.Parse(v.Text(o.Name)); err != nil || !boundTo(hosts, []string{u.Host}, nil) {
			return errors.New(o.Name + " must be in the file: the file names its host, and the credential is sent nowhere else")
		}
	}
	return nil
}

// AddFile returns a configuration with the options of its credentials_file in place of the file. It is for commands that
// examine a configuration; a Gate reads the file again when it changes. v is not changed.
func AddFile(vendor string, v signers.Values, refs credentials.References) (signers.Values, []signers.Fault) {
	s, err := newConfigSource(vendor, v, refs, Sharing{})
	if err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	own, r := v.Copy(), new(loaded)
	text, err := refs.Read(v.Text("credentials_file"))
	if err != nil {
		return nil, []signers.Fault{*r.fail("credentials_file", err)}
	}
	if fault := s.merge(r, own, s.options, text); fault != nil {
		return nil, []signers.Fault{*fault}
	}
	delete(own, "credentials_file")
	return own, nil
}
