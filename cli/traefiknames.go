package cli

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
)

// names finds middlewares that are in none of the files and whose names are nearly those of others, and names in another letter case.
func (t *traefikCheck) names(chain []config.Link) {
	for _, l := range chain {
		if provider := l.Ref.ProviderCase(); provider != "" {
			t.say(l.Mark, "", "there is no middleware "+l.Ref.Shown()+": Traefik compares the letter case of providers; write @"+provider)
			continue
		}
		if l.Middleware == nil {
			if near := t.near(l); near != "" {
				t.say(l.Mark, config.LevelWarning, "the middleware "+l.Ref.Shown()+
					" is in none of the files; did you mean "+near+"?")
			}
			continue
		}
		if l.OtherCase() {
			t.say(l.Mark, "", "there is no middleware "+l.Ref.Shown()+": Traefik compares the letter case of names, and there is "+l.Name)
		}
		switch l.Kind {
		case "errors":
			t.errorPages(l)
		case "forwardauth":
			t.asksVendor(l)
		}
	}
}

// unknown notes what a router names and what is in none of the files, so that nobody takes it for checked. It is only said where it may
// matter to a signer: of a router that has one or may have one, and of one whose service may be a vendor.
func (t *traefikCheck) unknown(r *config.Router, chain []config.Link) {
	signing := false
	for _, m := range t.Middlewares {
		signing = signing || m.Signer != nil
	}
	if !signing {
		return
	}
	note := func(at config.Mark, kind string, ref config.Reference) {
		if !ref.Internal() && !ref.Variable() {
			t.say(at, config.LevelNote, "the "+kind+" "+ref.Shown()+" is in none of the files, so that it was not checked; "+
				"if Traefik has none either, it answers no request of the router")
		}
	}
	for _, l := range chain {
		if l.Middleware == nil && t.near(l) == "" {
			note(l.Mark, "middleware", l.Ref)
		}
	}
	leaves, unknown, _ := t.Leaves(r)
	for _, ref := range unknown {
		note(ref.Mark, "service", ref)
	}
	for _, l := range leaves {
		if t.NoTransport(l) {
			note(l.Transport.Mark, "serversTransport", *l.Transport)
		}
	}
}

// refused finds what Traefik refuses of the routers and middlewares: then it answers no request of the routers concerned.
func (t *traefikCheck) refused() {
	for _, r := range t.Routers {
		for _, m := range r.Misspelt {
			t.say(m.Mark, "", "a router has no "+signers.ShownName(m.Key)+
				", and Traefik refuses the whole file, or all labels of the container; did you mean "+m.Near+"?")
		}
		if r.Undecided {
			t.say(r.Mark, "", "the router "+r.Name+" names no service, and its container has several, so that Traefik drops the router; "+
				"name one in traefik.http.routers."+r.Name+".service")
		}
	}
	for _, m := range t.Middlewares {
		switch {
		case t.IsPlugin(m.Kind):
			t.say(m.At, "", m.Kind+" is no kind of middleware; its options belong below plugin."+m.Kind)
		case slices.Contains(signers.Names(), m.Kind) && m.Options.Shape == config.Table:
			t.say(m.At, "", m.Kind+" is no kind of middleware; its options belong below plugin, the plugin's name and "+m.Kind)
		case m.Several:
			t.say(m.Mark, "", "the middleware "+m.Name+" has several kinds, and Traefik refuses every router that uses it; "+
				"give each a middleware of its own")
		case m.Kind == "chain" && t.Loops(m):
			t.say(m.Mark, "", "the chain "+m.Name+" contains itself, and Traefik refuses every router that uses it; take it out")
		}
	}
}

// unsigned checks a router without a signer.
func (t *traefikCheck) unsigned(r *config.Router, chain []config.Link) {
	sets := ""
	// What a redirection to https answers does not leave. If its entry points are not known, whether it answers everything is not, either.
	redirects := slices.ContainsFunc(chain, func(l config.Link) bool { return l.Middleware != nil && l.Redirects() })
	plain, known := t.Plain(r)
	if redirects && plain && known {
		return
	}
	for _, l := range chain {
		// A middleware that is in none of the files may be the signer, and one of several kinds closes the router.
		if l.Middleware == nil || l.Several {
			return
		}
		for _, e := range l.RequestHeaders() {
			if strings.EqualFold(e.Key, "Host") && e.Value.Text != "" {
				sets = e.Value.Text
			}
		}
	}
	leaves, _, _ := t.Leaves(r)
	for _, l := range leaves {
		names := []string{""} // of the server, below
		proved, _ := t.ServerName(l)
		if proved != "" && proved != config.AnyName {
			names = append(names, proved)
		}
		if sets != "" && l.PassHost == nil {
			names = append(names, sets)
		}
		for _, s := range l.Servers {
			names[0] = s.Host
			for _, name := range names {
				// Containers have no name that could be a vendor's, unless they have to prove it.
				named := s.Host != "" || name == proved && !s.Plain
				if redirects && plain {
					t.redirected(r, name, named)
				} else if named && name != "" && t.reaches(r, name) {
					return
				}
			}
		}
	}
	if !redirects || !plain {
		t.bypassing = append(t.bypassing, r)
	}
}

// redirected notes that a router to a vendor redirects to https, but not what comes with X-Forwarded-Proto: https from those whom its entry
// points trust. named is whether the server may be one that name is known of.
func (t *traefikCheck) redirected(r *config.Router, name string, named bool) {
	for _, m := range t.Middlewares {
		if named && m.Signer != nil && m.Signer.Known && m.Signer.Bound(name) {
			t.say(r.Mark, config.LevelNote, "the router "+r.Name+" redirects to https; if its entry points trust forwardedHeaders, requests with "+
				"X-Forwarded-Proto: https leave unsigned for "+name+"; pass the file with the entry points, too, or add "+m.Name+
				" to the router's middlewares")
			return
		}
	}
}

// pastSimulated finds routers without a signer to a server that signers with insecureUpstream send to, whatever its name: it stands for
// a vendor.
func (t *traefikCheck) pastSimulated() {
	for _, r := range t.bypassing {
		leaves, _, _ := t.Leaves(r)
		for _, l := range leaves {
			for _, s := range l.Servers {
				if m := t.simulated[s.Host]; s.Host != "" && m != nil {
					t.say(r.Mark, config.LevelWarning, "requests leave unsigned: router "+r.Name+" sends to "+s.Host+", as the signer "+m.Name+
						" does, and does not use it; add "+m.Name+" to the router's middlewares")
				}
			}
		}
	}
}

// reaches reports a router without a signer whose requests go to a server of this name: by its address, its certificate or its Host. It
// returns whether something was said.
func (t *traefikCheck) reaches(r *config.Router, name string) bool {
	for _, m := range t.Middlewares {
		switch {
		case m.Signer == nil:
		case m.Signer.Known && m.Signer.Bound(name):
			level := ""
			if m.Signer.Insecure { // a simulated vendor, which others may use too
				level = config.LevelWarning
			}
			if r.Default {
				t.say(r.Mark, level, "requests leave unsigned: a container without a router gets one from Traefik, without middlewares, and this "+
					"one sends to "+name+", the host of the signer "+m.Name+"; add a router with "+m.Name+", as in traefik.http.routers."+
					r.Name+".middlewares, or set traefik.enable=false")
				return true
			}
			t.say(r.Mark, level, "requests leave unsigned: router "+r.Name+" sends to "+name+", the host of the signer "+m.Name+
				", and does not use it; add "+m.Name+" to the router's middlewares")
			return true
		case m.Signer.Resembles(name):
			t.say(r.Mark, config.LevelWarning, "router "+r.Name+" sends to "+name+" without a signer, and the signer "+m.Name+
				" is for "+strings.Join(m.Signer.Hosts, ", ")+
				": if its requests are to be signed, name the same host in both, and add "+m.Name+" to the router's middlewares")
			return true
		}
	}
	return false
}
