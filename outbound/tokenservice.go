//go:build go1.21

package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Sharing says where the tokens of a configuration without token_cache are shared. It is what a gateway knows about itself,
// the same for all of its configurations.
type Sharing struct {
	// Store is the gateway's own, such as Caddy's storage; nil: nowhere.
	Store *tokens.Store
	// Demand refuses a configuration without a store if renewal ends its token: after a restart the configured token
	// would be dead.
	Demand bool
	// Blind says that the gateway does not see the vendor's answers, unless observe is on: it would never learn that a token
	// without a known lifetime has expired.
	Blind bool
	// Hosted answers the requests of sources that the gateway itself answers (signers.TokenSource.Hosted); nil: it cannot.
	Hosted func(r signers.TokenRequest) (signers.TokenAnswer, error)
	// Local reports whether no other gateway uses the store; nil: others may.
	Local func() bool
}

// fieldsAt identifies a credential for sharing its tokens: by its fields, by the client certificate for the token service
// and, if that service depends on the host that the credential is bound to, by the host too. Two configurations with the same
// text share one token.
func fieldsAt(from *signers.TokenSource, policy Policy, host, fields string) string {
	if policy.TokenClientCertificate != "" {
		fields += "\nwith " + policy.TokenClientCertificate
	}
	// An address that differs for another host depends on the host.
	const other = "host.invalid"
	for i, address := range from.Addresses(host) {
		if from.Addresses(other)[i] != address {
			return fields + "\nat " + host
		}
	}
	return fields
}

// tokenService is where the tokens of a credential with these fields are fetched and shared. Sees says that answers are
// looked at in any case, since they hold what clients must not get. It sends nothing. In the order of the code, a source is
//
//	Hosted                the gateway itself answers, as by a vendor's SDK that it has
//	without an address    a token that is made here, such as a signed JWT
//	Unshared              fetched by each gateway, such as that of a machine
//	others                fetched over HTTPS, and shared by token_cache, or else by the gateway's store, or not at all
func (s *configSource) tokenService(policy Policy, fields string, from *signers.TokenSource, sees bool) (tokens.Service, *signers.Fault) {
	service := tokens.Service{Nonce: NewNonce}
	// Such as the default chain of a vendor's SDK, which Caddy has and Traefik has not.
	if from.Hosted {
		if s.share.Hosted == nil {
			return service, &signers.Fault{Option: "credentials", Text: "credentials " + from.Grant + " is not available in this gateway"}
		}
		service.Fetch = s.share.Hosted
		service.Local = true
		return service, nil
	}
	if len(from.Addresses("")) == 0 { // made here, and not shared
		return service, nil
	}
	most, fault := tokenLifetime(policy, from, s.share.Blind && !sees)
	if fault != nil {
		return service, fault
	}
	service.Lifetime = most
	if fault := atMachine(policy, from); fault != nil {
		return service, fault
	}
	client, fault := tokenClient(policy, s.refs)
	if fault != nil {
		return service, fault
	}
	client.Direct = from.Machine
	service.Fetch = tokens.NewFetch(client)
	if from.Unshared {
		service.Local = true
		return service, nil
	}
	// Local: no other gateway can have a newer token, so that nobody has to look.
	store := s.share.Store
	service.Local = store == nil || s.share.Local != nil && s.share.Local()
	if policy.TokenCache != "" {
		dir, err := s.refs.Folder(policy.TokenCache)
		if err != nil {
			f := faultIn("token_cache", err)
			return service, &f
		}
		store = tokens.Folder(dir, instance)
		service.Local = false
	}
	if store == nil {
		if from.Replaces && s.share.Demand {
			return service, &signers.Fault{Option: "token_cache",
				Text: "token_cache is required: each renewal ends the previous token, so after a restart the configured one would be invalid"}
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

// atMachine refuses options that mean nothing for tokens of the gateway's own machine, or would send them elsewhere over
// plain http. An agent such as a cloud's metadata service answers whoever asks it, without TLS.
func atMachine(policy Policy, from *signers.TokenSource) *signers.Fault {
	if from.Machine && policy.TokenProxy != "" {
		return &signers.Fault{Option: "token_proxy", Text: "token_proxy is not for credentials of an agent on this machine: it would see them " +
			"over plain http"}
	}
	if from.Unshared && policy.TokenCache != "" {
		return &signers.Fault{Option: "token_cache", Text: "token_cache is not for credentials that are this gateway's own"}
	}
	return nil
}

// tokenLifetime is how long a token is used at most; 0: as long as it lives. blind says that the gateway does not see the
// vendor's answers: it must then be told when a session ends whose lifetime no answer says.
func tokenLifetime(policy Policy, from *signers.TokenSource, blind bool) (time.Duration, *signers.Fault) {
	most, ok := parseLifetime(policy.TokenLifetime)
	if !ok {
		return 0, &signers.Fault{Option: "token_lifetime", Text: "token_lifetime must be a duration such as 10m, up to a year"}
	}
	if from.Endless && blind && most == 0 && policy.Observe != "on" {
		return 0, &signers.Fault{Option: "observe", Text: "observe on is required, or token_lifetime: the vendor does not say how long a " +
			"session lives, and without it the gateway does not see that one is over"}
	}
	return most, nil
}

// parseLifetime reads a duration or whole seconds, from a second to a year; empty is 0.
//
//	10m -> 10 minutes        600 -> 10 minutes        "" -> 0, ok        0.5s, -1 -> not ok
func parseLifetime(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		text = strconv.FormatInt(seconds, 10) + "s"
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= time.Second && d <= 366*24*time.Hour
}

// tokenClient sends through the proxy and with the CA of the policy. If the address was not chosen by somebody whom the
// operator trusts, it reaches nothing inside the network, except the proxy that the operator set in the environment: a label
// author could otherwise have the gateway send requests to the metadata service of its cloud.
func tokenClient(policy Policy, refs credentials.References) (tokens.Client, *signers.Fault) {
	var client tokens.Client
	if policy.TokenProxy != "" {
		u, err := url.Parse(policy.TokenProxy)
		if err != nil || u.Host == "" {
			return client, &signers.Fault{Option: "token_proxy", Text: "token_proxy must be a URL such as http://proxy:3128"}
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
			return client, &signers.Fault{Option: "token_ca", Text: "token_ca contains no certificate"}
		}
	}
	certificate, fault := clientCertificate(policy, refs)
	if fault != nil {
		return client, fault
	}
	client.Certificate = certificate
	if refs.Operator != nil && !refs.Operator.HostsSet {
		client.Dial = credentials.DialOutside
		client.DialError = credentials.ErrInside // on its own line: yaegi loses an error that is assigned to a field together with other values
	}
	return client, nil
}

// clientCertificate reads the client certificate for the token service, again for each connection, since such files are
// replaced often. It is nil if none is configured. It is read once here, so that a wrong one is a fault of the configuration.
func clientCertificate(policy Policy, refs credentials.References) (func() (*tls.Certificate, error), *signers.Fault) {
	certificate, key := policy.TokenClientCertificate, policy.TokenClientKey
	if certificate == "" && key == "" {
		return nil, nil
	}
	if certificate == "" || key == "" {
		return nil, &signers.Fault{Option: "token_client_certificate", Text: "token_client_certificate and token_client_key must be set together"}
	}
	read := func() (*tls.Certificate, error) {
		chain, err := refs.Authority(certificate)
		if err != nil {
			return nil, err
		}
		own, err := refs.Authority(key)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(chain, own)
		if err != nil { // its text could quote the content of a file
			return nil, errors.New("the files are not a certificate and its key in PEM")
		}
		return &pair, nil
	}
	if _, err := read(); err != nil {
		f := faultIn("token_client_certificate", err)
		return nil, &f
	}
	return read, nil
}

// doubtTokenOptions doubts options of a token service where nobody asks one: a certificate for it, for example, is shown to nobody,
// and the operator may believe that the vendor sees it.
func doubtTokenOptions(c *credential, v signers.Values) {
	for _, name := range []string{"token_ca", "token_proxy", "token_cache", "token_client_certificate"} {
		if len(v[name]) == 0 {
			continue
		}
		if from := c.traits.Tokens; from == nil || !from.Hosted && len(from.Addresses("")) == 0 {
			addDoubt(c, name, name+" has no effect: no token is fetched with these options")
		}
	}
}
