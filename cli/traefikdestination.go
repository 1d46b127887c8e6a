package cli

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// destination compares where a router sends to with what the credential is bound to: over TLS, to a
// verified certificate of one of the hosts, unless insecureUpstream permits more. The middleware checks
// the same at run time, and closes the connection before a byte is sent.
func (t *traefikCheck) destination(r *config.Router, signer *config.Middleware) {
	b := signer.Signer
	leaves, _, known := t.Leaves(r)
	type wrong struct {
		at   config.Mark
		what string
	}
	var all []wrong
	total := 0
	for _, l := range leaves {
		name, unverified := t.ServerName(l)
		// insecureSkipVerify: the connection is closed, whichever host answers.
		if unverified != nil && !b.Insecure {
			t.say(*unverified, "", "its transport verifies no certificate, and the signer "+signer.Name+
				" sends nothing to a server that is not verified: trust its issuer in rootCAs, or set insecureUpstream")
			continue
		}
		for _, s := range l.Servers {
			total++
			other := "" // than the hosts of the signer
			switch {
			case s.Bare && s.Host == "":
				all = append(all, wrong{s.Mark, "the url has no scheme, and Traefik sends nothing there: write https:// before it"})
			case b.Insecure:
				t.simulated[s.Host] = signer
			case s.Plain:
				all = append(all, wrong{s.Mark, "the server is plain http, where anyone can read the credential, and the signer " + signer.Name +
					" sends nothing there: write https:// (scheme=https in labels), or set insecureUpstream"})
			// Without a serverName the certificate must be for the host of the URL. Another port of a host is never right.
			case b.Known && s.Host != "" && !b.Bound(s.Host) && (name == "" || b.OtherPort(s.Host)):
				other = s.Host
			// With one, that name counts, wherever the address leads.
			case b.Known && name != "" && name != config.AnyName && !b.Bound(name):
				other = "the serverName " + name + " of its transport"
			}
			if other != "" {
				all = append(all, wrong{s.Mark, other + " is not a host of the signer " + signer.Name + " (" + strings.Join(b.Hosts, ", ") +
					"), which sends nothing there: name the same host in both"})
			}
			// Traefik puts the path in front after all middlewares, so that it is not signed.
			if s.Prefixed && b.SignsTarget {
				t.say(s.Mark, "", "preservePath puts the path of this url before the one that was signed: the vendor refuses every request;"+
					" use addPrefix in front of the signer "+signer.Name)
			}
		}
		t.passHost(l, signer)
		if l.HealthCheck != nil {
			t.say(*l.HealthCheck, config.LevelWarning, "healthCheck sends its requests past all middlewares, unsigned: where the vendor refuses"+
				" them, the server counts as down and every request gets a 503; take it out, or ask for a path that needs no signature")
		}
	}
	// With one good server some requests pass; with none, none does. If not all services are in the files, nobody can
	// tell.
	for _, w := range all {
		level := config.LevelWarning
		if len(all) == total && known {
			level = ""
		}
		t.say(w.at, level, w.what)
	}
}

// passHost reports a service that sends its server's name as Host.
func (t *traefikCheck) passHost(s *config.Service, signer *config.Middleware) {
	if s.PassHost == nil {
		return
	}
	b := signer.Signer
	other := slices.ContainsFunc(s.Servers, func(one config.Server) bool { return one.Host != "" && !b.Bound(one.Host) }) ||
		slices.ContainsFunc(b.Hosts, func(host string) bool { return strings.HasPrefix(host, credentials.Wildcard) })
	if b.SignsHost && b.Known && other {
		t.say(*s.PassHost, "", "passHostHeader: false replaces the Host that was signed: the vendor refuses every request; remove the line")
		return
	}
	t.say(*s.PassHost, config.LevelWarning, "passHostHeader: false replaces the Host that the signer "+signer.Name+
		" sets by the server's name; remove the line")
}
