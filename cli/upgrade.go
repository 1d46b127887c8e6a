package cli

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
)

// levelUpgrade marks what a configuration will notice of a new version. It is no fault.
const levelUpgrade = "upgrade"

// change is one that a version made. Each has a row of docs/upgrade.md under its anchor.
type change struct {
	anchor string
	text   string // what changes, and the option to write
	// notices reports which entry of a signer's block the change is about. Nil: it cannot be seen in a configuration, and
	// is told once for a file.
	notices func(x *examined) (entry, bool)
}

// changes are those from 0.1 to 0.2.
var changes = []change{
	{"insecure-upstream", "insecure_upstream is refused where the secret is sent as it is; name the host in " + insecureUpstream + " of Traefik's environment", sendsSecretPlain},
	{"private-addresses", "an address inside the network is refused; name its host in " + allowedHosts + " of Traefik's environment", privateAddress},
	{"credentials-files", "the file can no longer set allow_credential_endpoints, nor let in browsers, WebSockets, early data or kept headers; if it does, write these options here", gives("credentials_file")},
	{"guards", "allow lists requests that may make a credential at the vendor, which are 403 now; if an application needs them, write allow_credential_endpoints", listsMinting},
	{"bodies", "a body with another method than POST, PUT and PATCH is 400 under allow; send it without", bodiesUnderAllow},
	{"headers", "forwarded keep no longer keeps what overrides method, path or host; if an application needs one of these headers, write keep_header NAME", given("forwarded", "keep")},
	{"previous", "the gateway's own probes alone decide which credential is used; a rate must leave room for them", both("previous", "rate")},
	{"upgrades", "WebSockets are 403 without the option: write upgrade websocket where an application needs them", nil},
	{"browsers", "pages of the same site, and a Referer of another host, are 403: write browser same_origin or browser allow where they are wanted", nil},
	{"early-data", "TLS early data is 425: write early_data allow where it is wanted", nil},
}

// upgrades finds what the signers of a file will notice.
func upgrades(blocks []block) (found []fault) {
	tell := func(e entry, c change, spell func(string) string) {
		found = append(found, fault{Line: e.line, Level: levelUpgrade, Field: e.field,
			What: fmt.Sprintf("%s (docs/upgrade.md#%s)", spell(c.text), c.anchor)})
	}
	for i, b := range blocks {
		x := &examined{block: b, options: newOptions(b.vendor), given: make(map[string]entry)}
		x.fill()
		for _, c := range changes {
			if c.notices == nil {
				if i == 0 && !slices.ContainsFunc(blocks, answersTo(c)) {
					tell(b.entry, c, x.spell)
				}
			} else if e, ok := c.notices(x); ok {
				tell(e, c, x.spell)
			}
		}
	}
	return found
}

// answersTo reports whether a block has the option that a change is about, so that its author knows of it.
func answersTo(c change) func(block) bool {
	option := map[string]string{"upgrades": "upgrade", "browsers": "browser", "early-data": "early_data"}[c.anchor]
	return func(b block) bool { return b.gives(option) }
}

// given finds an option with a value.
func given(name, value string) func(*examined) (entry, bool) {
	return func(x *examined) (entry, bool) {
		e, ok := x.given[name]
		return e, ok && e.value.text == value
	}
}

// gives finds an option.
func gives(name string) func(*examined) (entry, bool) {
	return func(x *examined) (entry, bool) {
		e, ok := x.given[name]
		return e, ok
	}
}

// both finds the first of two options, if the other one is there too.
func both(name, other string) func(*examined) (entry, bool) {
	return func(x *examined) (entry, bool) {
		e, ok := x.given[name]
		_, too := x.given[other]
		return e, ok && too
	}
}

func sendsSecretPlain(x *examined) (entry, bool) {
	e, ok := x.given["insecure_upstream"]
	if x.dialect != inTraefik || !ok || e.value.text == "false" {
		return e, false
	}
	for _, s := range x.settings { // what is missing, or a reference, does not matter here
		if s.Text != nil && isReference(*s.Text) {
			x.assume(s)
		}
	}
	signer, err := x.config.Signer()
	return e, err == nil && signer.SendsSecret()
}

func isReference(text string) bool {
	return strings.Contains(text, "{") || outbound.References{Short: true}.Is(text)
}

func privateAddress(x *examined) (entry, bool) {
	for _, name := range []string{"api_url", "csp_url", "token_proxy"} {
		e, ok := x.given[name]
		if x.dialect != inTraefik || !ok {
			continue
		}
		if u, err := url.Parse(e.value.text); err == nil && isPrivate(u.Hostname()) {
			return e, true
		}
	}
	return entry{}, false
}

func isPrivate(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}

func listsMinting(x *examined) (entry, bool) {
	e, ok := x.given["allow"]
	return e, ok && !x.policy.AllowCredentialEndpoints && slices.ContainsFunc(x.policy.Allow, minting.MatchString)
}

// minting finds entries of allow whose methods write, and whose paths have the name of something that holds a credential.
var minting = regexp.MustCompile(`(?i)^(\S*(POST|PUT|PATCH)\S*|\*)\s.*(/\*\*|integrations|admins|users|tokens|activation|bypass|appauth|grants|rbac|iam|config)`)

func bodiesUnderAllow(x *examined) (entry, bool) {
	e, ok := x.given["allow"]
	return e, ok && x.dialect == inTraefik && slices.ContainsFunc(x.policy.Allow, func(rule string) bool {
		methods, _, _ := strings.Cut(rule, " ")
		return methods == "*" || strings.Contains(methods, "DELETE")
	})
}
