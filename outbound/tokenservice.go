//go:build go1.21

package outbound

import (
	"crypto/x509"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"

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

// tokenService is where the tokens of a credential with these fields are fetched and shared.
func (s *configSource) tokenService(policy Policy, fields string, replaces bool) (tokens.Service, *signers.Fault) {
	var service tokens.Service
	client, fault := tokenClient(policy, s.refs)
	if fault != nil {
		return service, fault
	}
	service.Fetch = tokens.NewFetch(client)
	store := s.share.Store
	if policy.TokenCache != "" {
		dir, err := s.refs.folder(policy.TokenCache)
		if err != nil {
			f := faultIn("token_cache", err)
			return service, &f
		}
		store = tokens.Folder(dir, instance)
	}
	if store == nil {
		if replaces && s.share.Demand {
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
func tokenClient(policy Policy, refs References) (tokens.Client, *signers.Fault) {
	var client tokens.Client
	if policy.TokenProxy != "" {
		u, err := url.Parse(policy.TokenProxy)
		if err != nil || u.Host == "" {
			return client, &signers.Fault{Option: "token_proxy", Text: "token_proxy must be an address such as http://proxy:3128"}
		}
		client.Proxy = u
	}
	if policy.TokenCA != "" {
		pem, err := refs.authority(policy.TokenCA)
		if err != nil {
			f := faultIn("token_ca", err)
			return client, &f
		}
		client.Roots = x509.NewCertPool()
		if !client.Roots.AppendCertsFromPEM(pem) {
			return client, &signers.Fault{Option: "token_ca", Text: "token_ca holds no certificate"}
		}
	}
	if refs.operator != nil && !refs.operator.hostsSet {
		client.Dial = dialOutside
		client.DialError = errInside // apart: yaegi loses an error that is assigned to a field together with other values
	}
	return client, nil
}

// authority reads the file of a token_ca.
func (r References) authority(path string) ([]byte, error) {
	f, err := r.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 1<<20+1))
	if err != nil || len(data) > 1<<20 {
		return nil, errors.New("it is no file of certificates")
	}
	return data, nil
}

// folder checks a token_cache and returns its real path: a label must not make the gateway write anywhere.
func (r References) folder(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", errors.New("it must be a path that begins at the root")
	}
	if r.Confined && r.TokenDir == "" {
		return "", errors.New("tokens are kept only below the folder that VENDORSIGN_TOKEN_DIR names, and it is not set")
	}
	resolved, err := filepath.EvalSymlinks(path)
	if r.Confined {
		dir, fault := filepath.EvalSymlinks(r.TokenDir)
		if fault != nil {
			return "", errors.New("the folder that VENDORSIGN_TOKEN_DIR names is not there")
		}
		clean := filepath.Clean(path)
		if err != nil && !below(clean, dir) && !below(clean, filepath.Clean(r.TokenDir)) ||
			err == nil && resolved != dir && !below(resolved, dir) {
			return "", errors.New("it is not below VENDORSIGN_TOKEN_DIR")
		}
	}
	if err != nil {
		return "", errors.New("the folder is not there")
	}
	f, err := os.CreateTemp(resolved, ".vendorsign-*")
	if err != nil {
		return "", errors.New("the gateway cannot write to the folder")
	}
	f.Close()
	return resolved, os.Remove(f.Name())
}
