//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// newClientHosts compiles client_hosts into an expression that matches Host headers; nil if the list is empty. Names may
// begin with "*.", which is one label, and end with a port. A name without a port matches any port, since clients omit 80 and
// 443. The expression is compared with a Host in lower case.
//
//	acme.internal  -> acme\.internal\.?(?::[0-9]*)?        10.0.0.5:8080 -> 10\.0\.0\.5\.?:8080
//	*.internal     -> [a-z0-9_-]+\.internal\.?(?::[0-9]*)? [::1]         -> \[::1\](?::[0-9]*)?
func newClientHosts(names []string) (*regexp.Regexp, error) {
	if len(names) == 0 {
		return nil, nil
	}
	choices := make([]string, 0, len(names))
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		host, port := credentials.SplitPort(name)
		if strings.Count(name, ":") > 1 && !strings.HasPrefix(name, "[") { // an IPv6 address without brackets
			host, port = "["+name+"]", ""
		}
		if !clientHost.MatchString(host) || !clientPort.MatchString(port) || strings.HasSuffix(name, ":") {
			return nil, errors.New("client_hosts must be names or addresses with an optional port, as in duo.internal, *.internal or 10.0.0.5:8080")
		}
		choice := regexp.QuoteMeta(host)
		if strings.HasPrefix(host, "*.") {
			choice = "[a-z0-9_-]+" + regexp.QuoteMeta(host[1:])
		}
		if !strings.HasPrefix(host, "[") {
			choice += `\.?` // the name's absolute form
		}
		switch port {
		case "":
			choice += "(?::[0-9]*)?"
		// The port that a scheme implies is left out by clients, so it may be missing.
		case "80", "443":
			choice += "(?::" + port + ")?"
		default:
			choice += ":" + port
		}
		choices = append(choices, choice)
	}
	return regexp.Compile("^(?:" + strings.Join(choices, "|") + ")$")
}

// clientHost is an entry without its port. ascii keeps ToLower from making an ASCII letter of another one: the Kelvin sign
// becomes a k.
var (
	clientHost = regexp.MustCompile(`^((\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$`)
	clientPort = regexp.MustCompile(`^[0-9]{0,5}$`)
	ascii      = regexp.MustCompile(`^[!-~]*$`)
)

// admitClient refuses a request whose Host is not in the credential's client_hosts: a web page can make any name resolve
// to the gateway (DNS rebinding), and could then read the answer as its own.
func admitClient(g *Gate, c *credential, r *http.Request) *Problem {
	host, ok := askedHost(g, r)
	if !ok || c.clients.MatchString(host) {
		return nil
	}
	if ascii.MatchString(host) && c.clients.MatchString(strings.ToLower(host)) {
		return nil
	}
	return ClientHostProblem("the request's Host is not one of the names that this gateway signs for; see client_hosts")
}

// ClientHostProblem is the refusal of a request for a name that the server does not serve: a 421 (RFC 9110, 15.5.20).
func ClientHostProblem(detail string) *Problem { return problem(kindClientHost, detail) }

// askedHost is the Host that the client asked for. The gateway's own requests, such as health checks, have none, and are not
// ok.
func askedHost(g *Gate, r *http.Request) (host string, ok bool) {
	if g.AskedHost != nil {
		return g.AskedHost(r)
	}
	return r.Host, true
}

// ClientHosts returns a function that reports whether a Host header is one of names, which are written as in the option
// client_hosts. Without names it matches nothing.
func ClientHosts(names []string) (match func(host string) bool, err error) {
	clients, err := newClientHosts(names)
	if err != nil || clients == nil {
		return func(string) bool { return false }, err
	}
	return func(host string) bool { return ascii.MatchString(host) && clients.MatchString(strings.ToLower(host)) }, nil
}
