package config

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Binding is what a signer's block says of the requests that it takes: where they go, and what of them is signed.
type Binding struct {
	Vendor   string
	Given    *Node // the block
	Hosts    []string
	Known    bool // hosts are written out, and no credentials_file may add others
	Insecure bool // the upstream may be plain http, or anything at all; a credentials_file may say so, too

	owned                  []string // headers that the signer makes
	SignsTarget, SignsHost bool
}

// BindingOf reads a block as the gateway does; what is wrong in it is reported elsewhere.
func BindingOf(vendor string, given *Node, d Dialect) *Binding {
	x := NewReading(Block{Vendor: vendor, Dialect: d})
	for _, e := range given.Table {
		if s, ok := x.Find(e.Key); ok {
			_ = x.set(s, e.Value)
		}
	}
	file := x.Policy.CredentialsFile != ""
	b := &Binding{Vendor: vendor, Given: given, Hosts: slices.Clone(x.Policy.Host), SignsTarget: true}
	b.Insecure, b.Known = x.Policy.InsecureUpstream || file, len(b.Hosts) > 0 && !file
	for i, host := range b.Hosts {
		b.Hosts[i] = strings.ToLower(host)
		b.Known = b.Known && !strings.ContainsAny(host, "{/") && !(outbound.References{Short: true}).Is(host)
	}
	if signer := x.Signer(); signer != nil {
		b.look(signer)
	}
	return b
}

// look finds out what a signer covers: by what its canonical text of a request has in it.
func (b *Binding) look(signer signers.Signer) {
	const target, host = "/vendorsign-target", "vendorsign-host.example"
	b.owned = signer.Owns()
	m := &signers.Message{Method: http.MethodGet, Host: host, Target: target, Header: http.Header{}}
	at := signers.Moment{Time: time.Unix(1700000000, 0), Nonce: strings.Repeat("n", 64), Token: "t"}
	parts, err := signer.Canonical(m, at)
	if err != nil {
		return
	}
	text := signers.Text(parts)
	b.SignsTarget, b.SignsHost = strings.Contains(text, target), strings.Contains(text, host)
}

// Bound is outbound.Gate.Bound for a block that is only read.
func (b *Binding) Bound(address string) bool {
	name, port := CutPort(strings.ToLower(address))
	return slices.ContainsFunc(b.Hosts, func(host string) bool {
		bound, boundPort := CutPort(host)
		return strings.Trim(bound, "[]") == strings.Trim(name, "[]") && (boundPort == "" || port == "" || boundPort == port)
	})
}

// CutPort cuts host and port, which may be missing. A host of IPv6 keeps its brackets.
func CutPort(host string) (name, port string) {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i], host[i+1:]
	}
	return host, ""
}

// Name is the host to write in advice.
func (b *Binding) Name() string {
	if len(b.Hosts) == 0 || !b.Known {
		return "the vendor"
	}
	return "https://" + b.Hosts[0]
}

// Owns reports whether the signer makes a header itself.
func (b *Binding) Owns(name string) bool {
	name = http.CanonicalHeaderKey(strings.TrimLeft(name, "+-?>"))
	return slices.ContainsFunc(b.owned, func(own string) bool {
		prefix, star := strings.CutSuffix(own, "*")
		return name == own || star && strings.HasPrefix(name, prefix)
	})
}

// vendorDomains are those of the vendors' own services.
var vendorDomains = map[string][]string{
	"carbonblack":   {"conferdeploy.net", "carbonblack.io", "vmware.com"},
	"cortex":        {"paloaltonetworks.com", "demisto.live", "demisto.com"},
	"darktrace":     {"darktrace.com"},
	"duo":           {"duosecurity.com", "duofederal.com"},
	"threatconnect": {"threatconnect.com"},
}

// Resembles reports whether a server is the vendor's, although none of the block's.
func (b *Binding) Resembles(address string) bool {
	name, _ := CutPort(strings.ToLower(address))
	return slices.ContainsFunc(vendorDomains[b.Vendor], func(domain string) bool { return strings.HasSuffix(name, "."+domain) })
}
