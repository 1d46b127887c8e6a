package config

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Binding is what a signer's block says about the requests that it signs: where they go, and which
// parts of them are signed. check compares routes and servers with it.
type Binding struct {
	// Empty: the block has a fault, and its vendor is not known.
	Vendor string
	// Its name in a Caddyfile.
	Module string
	// The block, as it is in the file.
	Given *Node
	// The option host, in lower case: a name, with or without a port, or *.name.
	Hosts []string
	// The hosts are written out, and no credentials_file may add others. Otherwise nothing can be said
	// about a destination.
	Known bool
	// The upstream may be plain http, or anything at all; a credentials_file may say so, too.
	Insecure bool
	// The option allow.
	Allow []string
	// require_app is set, or in Traefik there are apps.
	OnlyApps bool

	// Headers that the signer makes, those of a family with * at the end.
	owned []string
	// Parameters of the query that the signer sets.
	params []string
	// What the signature covers: then a route must not change it behind the signer.
	SignsTarget, SignsHost bool
}

// BindingOf reads a block as the gateway does; what is wrong in it is reported elsewhere
// (Reading.Check).
func BindingOf(vendor string, given *Node, d Dialect) *Binding {
	x := NewReading(Block{Vendor: vendor, Dialect: d})
	for _, e := range given.Table {
		s, ok := x.Find(e.Key)
		switch {
		case ok:
			x.set(s, e.Value)
		case d == InTraefik:
			x.aboutApps(e)
		}
	}
	policy := x.Policy()
	b := &Binding{OnlyApps: x.Values.Flag("require_app") || x.Apps != nil,
		Vendor: vendor, Given: given, Allow: policy.Allow, Hosts: slices.Clone(policy.Host), Insecure: policy.InsecureUpstream ||
			policy.CredentialsFile != "",
		SignsTarget: true}
	b.Known = len(b.Hosts) > 0 && policy.CredentialsFile == ""
	for i, host := range b.Hosts {
		b.Hosts[i] = strings.ToLower(strings.TrimSpace(host))
		b.Known = b.Known && !strings.ContainsAny(host, "{/") && !References.Is(host)
	}
	if signer := x.Signer(); signer != nil {
		b.look(signer)
	}
	return b
}

// AllowsOnlyBelow reports whether there is an allow all of whose paths begin with a prefix. Where a route removes that prefix before
// the request is signed, none of them matches.
func (b *Binding) AllowsOnlyBelow(prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	for _, entry := range b.Allow {
		for i, path := range strings.Fields(entry) {
			path, _, _ = strings.Cut(path, "?")
			if i > 0 && path != prefix && !strings.HasPrefix(path, prefix+"/") {
				return false
			}
		}
	}
	return prefix != "" && len(b.Allow) > 0
}

// AllowBelow is what to say of AllowsOnlyBelow, after what removes the prefix.
const AllowBelow = ", which all paths of allow begin with: every request is refused (403); write the paths as the vendor gets them"

// look finds out what a signer covers from its canonical text of a request: a path and a host that
// occur nowhere else are looked for in it. So presets and custom schemes need not declare it. If that
// fails, the target is assumed to be signed.
func (b *Binding) look(signer signers.Signer) {
	const target, host = "/vendorsign-target", "vendorsign-host.example"
	traits := signer.Traits()
	b.owned, b.params = traits.Owns, traits.Params
	m := &signers.Message{Method: http.MethodGet, Host: host, Target: target, Header: http.Header{}}
	at := &signers.Moment{Time: time.Unix(1700000000, 0), Nonce: strings.Repeat("n", 64), Token: "t"}
	at.Date = signer.Date(at.Time)
	parts, err := signer.Canonical(m, at)
	if err != nil {
		return
	}
	text := signers.Join(parts)
	b.SignsTarget, b.SignsHost = strings.Contains(text, target), strings.Contains(text, host)
}

// Bound reports whether an address is one of the block's hosts, as the gate does at run time.
func (b *Binding) Bound(address string) bool { return credentials.Bound(b.Hosts, address) }

// Sends reports whether host is a Host that the signer sets, with its port if it has one.
func (b *Binding) Sends(host string) bool {
	return slices.ContainsFunc(b.Hosts, func(own string) bool {
		return strings.EqualFold(own, host) || credentials.FamilyHas(own, strings.ToLower(host))
	})
}

// Name is the host to write in advice: the first one, or "the vendor" where it is not known or is a
// pattern.
func (b *Binding) Name() string {
	if len(b.Hosts) == 0 || !b.Known || strings.HasPrefix(b.Hosts[0], credentials.Wildcard) {
		return "the vendor"
	}
	return "https://" + b.Hosts[0]
}

// OtherPort reports whether an address has the name of one of the block's hosts, and a port that none of these has.
func (b *Binding) OtherPort(address string) bool {
	name, port := credentials.SplitPort(strings.ToLower(address))
	return port != "" && b.Bound(name) && !b.Bound(address)
}

// Owns reports whether the signer makes a header itself. Caddy's header_up has a sign in front of the name for other
// operations than setting it.
func (b *Binding) Owns(name string) bool {
	name = http.CanonicalHeaderKey(strings.TrimLeft(name, "+-?>"))
	return slices.ContainsFunc(b.owned, func(own string) bool {
		prefix, star := strings.CutSuffix(own, "*")
		return name == own || star && strings.HasPrefix(name, prefix)
	})
}

// OwnsParam reports whether the signer sets a parameter of the query itself.
func (b *Binding) OwnsParam(name string) bool {
	return slices.ContainsFunc(b.params, func(own string) bool { return strings.EqualFold(name, own) })
}

// Resembles reports whether a server is the vendor's by its domain, although it is not one of the
// block's hosts.
func (b *Binding) Resembles(address string) bool {
	name, _ := credentials.SplitPort(strings.ToLower(address))
	scheme, _ := signers.Lookup(b.Vendor)
	return slices.ContainsFunc(scheme.Domains, func(domain string) bool { return strings.HasSuffix(name, "."+domain) })
}
