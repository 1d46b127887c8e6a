package cli

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// binding is what a signer's block says of the requests that it takes: where they go, and what of them is signed.
type binding struct {
	vendor   string
	hosts    []string
	known    bool // hosts are written out, and no credentials_file may add others
	insecure bool // the upstream may be plain http, or anything at all; a credentials_file may say so, too

	owned                           []string // headers that the signer makes
	signsTarget, signsHost, repeats bool
}

// bindingOf reads a block as the gateway does; what is wrong in it is reported elsewhere.
func bindingOf(vendor string, given *node, d dialect) *binding {
	x := &examined{block: block{vendor: vendor, dialect: d}, options: newOptions(vendor)}
	for _, e := range given.table {
		if s, ok := x.find(e.key); ok {
			x.set(s, e.value)
		}
	}
	policy := x.policy()
	b := &binding{vendor: vendor, hosts: slices.Clone(policy.Host), insecure: policy.InsecureUpstream || policy.CredentialsFile != "",
		signsTarget: true, repeats: true}
	b.known = len(b.hosts) > 0 && policy.CredentialsFile == ""
	for i, host := range b.hosts {
		b.hosts[i] = strings.ToLower(host)
		b.known = b.known && !strings.ContainsAny(host, "{/") && !(outbound.References{Short: true}).Is(host)
	}
	if signer := x.signer(); signer != nil {
		b.look(signer)
	}
	return b
}

// look finds out what a signer covers: by what its canonical text of a request has in it.
func (b *binding) look(signer signers.Signer) {
	const target, host = "/vendorsign-target", "vendorsign-host.example"
	traits := signer.Traits()
	b.owned = traits.Owns
	m := &signers.Message{Method: http.MethodGet, Host: host, Target: target, Header: http.Header{}}
	at := &signers.Moment{Date: "date", Time: time.Unix(1700000000, 0), Nonce: strings.Repeat("n", 64), Token: "t"}
	parts, err := signer.Canonical(m, at)
	if err != nil {
		return
	}
	text := signers.Join(parts)
	b.signsTarget, b.signsHost, b.repeats = strings.Contains(text, target), strings.Contains(text, host), !traits.Nonce
}

// bound is outbound.Gate.Bound for a block that is only read.
func (b *binding) bound(address string) bool {
	name, port := cutPort(strings.ToLower(address))
	return slices.ContainsFunc(b.hosts, func(host string) bool {
		bound, boundPort := cutPort(host)
		return strings.Trim(bound, "[]") == strings.Trim(name, "[]") && (boundPort == "" || port == "" || boundPort == port)
	})
}

func cutPort(host string) (name, port string) {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i], host[i+1:]
	}
	return host, ""
}

// name is the host to write in advice.
func (b *binding) name() string {
	if len(b.hosts) == 0 || !b.known {
		return "the vendor"
	}
	return "https://" + b.hosts[0]
}

// owns reports whether the signer makes a header itself.
func (b *binding) owns(name string) bool {
	name = http.CanonicalHeaderKey(strings.TrimLeft(name, "+-?>"))
	return slices.ContainsFunc(b.owned, func(own string) bool {
		prefix, star := strings.CutSuffix(own, "*")
		return name == own || star && strings.HasPrefix(name, prefix)
	})
}

// resembles reports whether a server is the vendor's, although none of the block's.
func (b *binding) resembles(address string) bool {
	name, _ := cutPort(strings.ToLower(address))
	scheme, _ := signers.Lookup(b.vendor)
	return slices.ContainsFunc(scheme.Domains, func(domain string) bool { return strings.HasSuffix(name, "."+domain) })
}
