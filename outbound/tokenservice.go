//go:build go1.21

package outbound

import (
	"crypto/x509"
	"net/url"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Sharing says where the tokens of a configuration are shared that names no token_cache.
type Sharing struct {
	Store *tokens.Store // nil: nowhere
	// Demand refuses a configuration without a store whose token dies when it is renewed: after a restart the
	// configured one would be dead.
	Demand bool
}

// fieldsAt tells credentials apart for their tokens: by their fields and, if the token service depends on the host that they are
// bound to, by that one too.
func fieldsAt(from *signers.TokenSource, host, fields string) string {
	const other = "host.invalid"
	for i, address := range from.Addresses(host) {
		if from.Addresses(other)[i] != address {
			return fields + "\nat " + host
		}
	}
	return fields
}

// tokenService is where the tokens of a credential with these fields are fetched and shared.
func (s *configSource) tokenService(policy Policy, fields string, from *signers.TokenSource) (tokens.Service, *signers.Fault) {
	service := tokens.Service{Nonce: NewNonce}
	if len(from.Addresses("")) == 0 { // made here, and not shared
		return service, nil
	}
	client, fault := tokenClient(policy, s.refs)
	if fault != nil {
		return service, fault
	}
	service.Fetch = tokens.NewFetch(client)
	store := s.share.Store
	if policy.TokenCache != "" {
		dir, err := s.refs.Folder(policy.TokenCache)
		if err != nil {
			f := faultIn("token_cache", err)
			return service, &f
		}
		store = tokens.Folder(dir, instance)
	}
	if store == nil {
		if from.Replaces && s.share.Demand {
			return service, &signers.Fault{Option: "token_cache",
				Text: "token_cache is required: each renewal ends the token before, and after a restart the configured one would be dead"}
		}
		return service, nil
	}
	share, err := tokens.NewShare(store, s.scheme.Name, fields, instance)
	if err != nil {
		f := faultIn("token_cache", err)
		return service, &f
	}
	service.Share = share
	return service, nil
}

// tokenClient sends through the proxy and with the authority of the policy. Where nobody whom the operator trusts chose the
// address, it reaches nothing inside, but for the proxy that the operator set in the environment.
func tokenClient(policy Policy, refs credentials.References) (tokens.Client, *signers.Fault) {
	var client tokens.Client
	if policy.TokenProxy != "" {
		u, err := url.Parse(policy.TokenProxy)
		if err != nil || u.Host == "" {
			return client, &signers.Fault{Option: "token_proxy", Text: "token_proxy must be an address such as http://proxy:3128"}
		}
		client.Proxy = u
	}
	if policy.TokenCA != "" {
		pem, err := refs.Authority(policy.TokenCA)
		if err != nil {
			f := faultIn("token_ca", err)
			return client, &f
		}
		client.Roots = x509.NewCertPool()
		if !client.Roots.AppendCertsFromPEM(pem) {
			return client, &signers.Fault{Option: "token_ca", Text: "token_ca holds no certificate"}
		}
	}
	if refs.Operator != nil && !refs.Operator.HostsSet {
		client.Dial = credentials.DialOutside
		client.DialError = credentials.ErrInside // apart: yaegi loses an error that is assigned to a field together with other values
	}
	return client, nil
}
