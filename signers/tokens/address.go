//go:build go1.21

package tokens

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

var (
	// literalHost is a host with a port, in which expressions have been replaced by a letter. It
	// has no @, which would make what is before it a user name:
	// https://vendor.example@evil.example/ leads to evil.example.
	literalHost = regexp.MustCompile(`^[0-9A-Za-z.:-]+$`)
	// expressionIn is an expression of a template.
	expressionIn = regexp.MustCompile(`\[\[[^\]]*\]\]`)
	// optionIn is an expression that is an option and nothing more: a filter could change what was
	// checked.
	optionIn = regexp.MustCompile(`^\[\[opt\.([a-z][a-z0-9_]*)\]\]$`)
)

// checkAddress checks the template of a token service's address: https, and a host that nobody but
// the operator and the author of the declaration choose. An option within the host must be checked
// as a label or a host, or its value could end the host early (evil.example/) and send the secret
// elsewhere. hosts are the options that are.
//
//	https://[[host]]/t                        yes
//	https://[[opt.region]].example.com/t      yes, if region is in hosts
//	https://idp.example.com/[[opt.user]]      yes: the option is behind the host
//	https://[[host]].example.com/t            no
//	http://vendor.example/t                   no
//	http://127.0.0.1:8080/t                   yes: it does not leave the machine
func checkAddress(template string, hosts map[string]bool) error {
	if optionIn.MatchString(template) { // an option that is an address, which is checked as one
		if name := optionIn.FindStringSubmatch(template)[1]; !hosts[name] {
			return errors.New("the option must be an address")
		}
		return nil
	}
	rest := strings.TrimPrefix(template, "https://")
	if rest == template {
		if rest = strings.TrimPrefix(template, "http://"); rest == template || !loopback(rest) {
			return errors.New("must begin with https://")
		}
	}
	// Characters within [[ ]] do not end the host, so expressions are covered first; their length stays.
	end := strings.IndexAny(expressionIn.ReplaceAllStringFunc(rest, blank), "/?#")
	host := rest
	if end >= 0 {
		host = rest[:end]
	}
	if host == "[[host]]" {
		return nil
	}
	for _, expression := range expressionIn.FindAllString(host, -1) {
		option := optionIn.FindStringSubmatch(expression)
		if option == nil || !hosts[option[1]] {
			return errors.New("the host must be [[host]], a name, or one with options that are checked as dns_label or host")
		}
	}
	plain := expressionIn.ReplaceAllString(host, "x")
	if !literalHost.MatchString(plain) {
		return errors.New("the host must be [[host]], a name, or one with options that are checked as dns_label or host")
	}
	return nil
}

// blank is an expression without the characters that end a host. It has the same length, so that
// places in both texts are the same.
func blank(expression string) string { return strings.Repeat("x", len(expression)) }

// loopback reports whether an address without its scheme is of this machine. Nobody on the network
// can read what is sent there, so it may be plain http: simulated vendors are there.
func loopback(rest string) bool {
	u, err := url.Parse("http://" + rest)
	return err == nil && signers.Loopback(u.Hostname())
}

// plainHost is an address at the credential's own host over plain http, which is for simulated
// vendors on this machine. An address elsewhere, such as an identity provider's, stays https.
func plainHost(template, address string) string {
	if strings.HasPrefix(template, "https://[[host]]") {
		return "http://" + strings.TrimPrefix(address, "https://")
	}
	return address
}

// guardOf closes an endpoint of the vendor's own host that hands out tokens, for clients: with the
// gateway's credential in their request they could get a token of their own. Expressions in its
// path are any segment.
//
//	https://[[host]]/oauth2/[[opt.tenant]]/token?x=1     * /oauth2/*/token
//	https://idp.example.com/token                        none: clients' requests do not go there
func guardOf(template string) []string {
	rest := strings.TrimPrefix(template, "https://[[host]]")
	if rest == template {
		return nil
	}
	path, _, _ := strings.Cut(expressionIn.ReplaceAllString(rest, "*"), "?")
	if path == "" || path == "/" {
		return nil
	}
	return []string{"* " + strings.ToLower(path)}
}
