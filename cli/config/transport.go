package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// TransportOptions are the options that Caddy's HTTP transport has in JSON; none in a program without
// Caddy, which then complains only about keys that are nearly known ones.
var TransportOptions []string

// TransportObjects are the keys of those options that are objects themselves. A program with Caddy has those of its version.
var TransportObjects = UsualTransportObjects

// UsualTransportObjects are those of Caddy 2.11, by which a program without Caddy tells a misspelt key.
var UsualTransportObjects = map[string][]string{
	"keep_alive": {"enabled", "probe_interval", "max_idle_conns", "max_idle_conns_per_host", "idle_timeout"},
	"resolver":   {"addresses"},
	"tls": {"ca", "root_ca_pool", "root_ca_pem_files", "client_certificate_file", "client_certificate_key_file", "client_certificate_automate",
		"insecure_skip_verify", "handshake_timeout", "server_name", "renegotiation", "except_ports", "curves"},
}

// transportObject complains about keys in an object of Caddy's transport that Caddy refuses. Which keys another version has is not
// known without Caddy: then only what is nearly a known one is a slip.
func (x *Reading) transportObject(object Entry) {
	for name, known := range TransportObjects {
		if !strings.EqualFold(name, object.Key) {
			continue
		}
		options := signers.WithNames(nil, known)
		for _, e := range Inside(object) {
			is := func(name string) bool { return strings.EqualFold(name, e.Key) }
			if _, hinted := signers.Nearest(options, e.Key); slices.ContainsFunc(known, is) || TransportOptions == nil && !hinted {
				continue
			}
			field := shownField(Entry{Key: e.Key, Field: Join(cmp.Or(object.Field, object.Key), e.Key)})
			x.Found = append(x.Found, Fault{Line: e.Line, Field: field, What: signers.Unknown(options, e.Key).Text})
		}
	}
}
