package cli

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
)

// traefikCheck compares what the routers, middlewares and services of all files say of one request.
type traefikCheck struct {
	*traefikFiles
	files map[*configFile]*checkedFile
	said  map[fault]bool
}

func (k *checking) traefik(files []*checkedFile) {
	t := &traefikCheck{files: make(map[*configFile]*checkedFile), said: make(map[fault]bool)}
	var parsed []*configFile
	for _, f := range files {
		t.files[f.configFile] = f
		parsed = append(parsed, f.configFile)
	}
	t.traefikFiles = readTraefik(parsed)
	if k.upgrade {
		t.headersSet()
	}
	t.catchAlls()
	for _, router := range t.routers {
		t.router(router)
	}
	t.unused()
}

func (t *traefikCheck) say(at mark, level, what string) {
	f := fault{File: at.file.name, Line: at.line, Level: level, Field: at.field, What: what}
	if file := t.files[at.file]; !t.said[f] {
		t.said[f] = true
		file.faults = append(file.faults, f)
	}
}

// catchAlls warns of signers behind a router that takes any Host.
func (t *traefikCheck) catchAlls() {
	for _, r := range t.routers {
		if !ruleTakesAnyHost(r.rule) {
			continue
		}
		for _, l := range t.links(r.middlewares, 0) {
			if l.middleware != nil && l.middleware.file == r.file && l.signer != nil && !namesClients(l.signer.given) {
				t.say(r.ruleAt, levelWarning, anyHost("clientHosts, or Host(`NAME`) to the rule"))
			}
		}
	}
	t.opened = 0
}

// headersSet finds middlewares that set headers which stay behind since 0.2, in files with signers.
func (t *traefikCheck) headersSet() {
	for _, m := range t.middlewares {
		if m.kind != "headers" || !slices.ContainsFunc(t.files[m.file].blocks, func(b block) bool { return b.dialect == inTraefik }) {
			continue
		}
		set := m.options.foldEntry("customRequestHeaders")
		for _, header := range set.value.table {
			if header.field == "" {
				header.field = join(m.at.field, join(set.key, header.key))
			}
			if outbound.StaysBehind(header.key, false) && !formerlyBehind(header.key) {
				t.say(mark{m.file, header.line, header.field}, levelUpgrade, strings.ReplaceAll(headersChange.String(), "keep_header", "keepHeader"))
			}
		}
	}
}

// router finds what becomes of a router's requests.
func (t *traefikCheck) router(r *router) {
	chain := t.chain(r)
	signer := -1
	for i, l := range chain {
		if l.middleware == nil || l.signer == nil {
			continue
		}
		if signer >= 0 {
			t.say(l.mark, "", "two signers for one request, "+chain[signer].name+" and "+l.name+": every request is refused; keep one of them")
			return
		}
		signer = i
	}
	if signer < 0 {
		t.unsigned(r, chain)
		return
	}
	for _, l := range chain[signer+1:] {
		if l.middleware != nil {
			t.behind(chain[signer].middleware, l)
		}
	}
	t.destination(r, chain[signer].middleware)
}

// changers are the middlewares that change path or query.
var changers = []string{"stripprefix", "stripprefixregex", "addprefix", "replacepath", "replacepathregex"}

// behind is about a middleware that sees what was signed.
func (t *traefikCheck) behind(signer *middleware, l link) {
	b := signer.signer
	last := "; put " + signer.name + " last in the router's middlewares"
	after := l.kindName() + " " + l.name + " comes after the signer " + signer.name
	switch {
	case slices.Contains(changers, l.kind) && b.signsTarget:
		t.say(l.mark, "", after+" and changes the path that was signed: the vendor refuses every request that it changes"+last)
	case slices.Contains(changers, l.kind):
		t.say(l.mark, levelWarning, after+" and changes the path after allow was applied to it"+last)
	case l.kind == "headers":
		t.headers(signer, l, after, last)
	case l.kind == "basicauth" || l.kind == "digestauth":
		t.say(l.mark, "", after+", which removes the client's Authorization: every request is refused"+last)
	case l.kind == "forwardauth":
		t.say(l.mark, levelWarning, after+", which removes the client's Authorization and cookies"+last)
	case l.kind == "retry":
		t.say(l.mark, levelWarning, after+" and repeats requests with the old signature"+last)
	case l.kind == "plugin":
		t.say(l.mark, levelWarning, after+": what it changes of a request is not signed"+last)
	}
}

func (t *traefikCheck) headers(signer *middleware, l link, after, last string) {
	b := signer.signer
	for _, e := range l.options.fold("customRequestHeaders").table {
		switch {
		case b.owns(e.key):
			t.say(l.mark, "", after+" and replaces its header "+e.key+": the vendor refuses every request"+last)
		case strings.EqualFold(e.key, "Host") && b.signsHost:
			t.say(l.mark, "", after+" and replaces the Host that was signed: the vendor refuses every request"+last)
		default:
			t.say(l.mark, levelWarning, after+": the header "+e.key+" reaches the vendor as it is set here"+last)
		}
	}
}

// kindName is the kind as its documentation spells it.
func (m *middleware) kindName() string {
	for _, name := range []string{"stripPrefix", "stripPrefixRegex", "addPrefix", "replacePath", "replacePathRegex",
		"basicAuth", "digestAuth", "forwardAuth"} {
		if strings.EqualFold(name, m.kind) {
			return name
		}
	}
	return m.kind
}

// destination compares where a router sends to with what the credential is bound to.
func (t *traefikCheck) destination(r *router, signer *middleware) {
	b := signer.signer
	leaves, known := t.leaves(r)
	type wrong struct {
		at   mark
		what string
	}
	var all []wrong
	total := 0
	for _, l := range leaves {
		name, unverified := t.transportOf(l)
		if unverified && !b.insecure {
			t.say(l.transport.mark, "", "its transport verifies no certificate, and the signer "+signer.name+
				" sends nothing to a server that is not verified: trust its issuer in rootCAs, or set insecureUpstream")
			continue
		}
		for _, s := range l.servers {
			total++
			switch {
			case b.insecure:
			case s.plain:
				all = append(all, wrong{s.mark, "the server is plain http, where anybody can read the credential, and the signer " + signer.name +
					" sends nothing there: write https:// (scheme=https in labels), or set insecureUpstream"})
			case b.known && s.host != "" && !b.bound(s.host) && name == "":
				all = append(all, wrong{s.mark, s.host + " is no host of the signer " + signer.name + " (" + strings.Join(b.hosts, ", ") +
					"), which sends nothing there: name the same host in both"})
			case b.known && name != "" && name != anyName && !b.bound(name):
				all = append(all, wrong{s.mark, "the serverName " + name + " of its transport is no host of the signer " + signer.name + " (" +
					strings.Join(b.hosts, ", ") + "), which sends nothing there: name the same host in both"})
			}
			if s.prefixed && b.signsTarget {
				t.say(s.mark, "", "preservePath puts the path of this url before the one that was signed: the vendor refuses every request;"+
					" use addPrefix in front of the signer "+signer.name)
			}
		}
		t.passHost(l, signer)
	}
	for _, w := range all {
		level := levelWarning
		if len(all) == total && known {
			level = ""
		}
		t.say(w.at, level, w.what)
	}
}

// passHost is about a service that sends its server's name as Host.
func (t *traefikCheck) passHost(s *service, signer *middleware) {
	if s.passHost == nil {
		return
	}
	b := signer.signer
	other := slices.ContainsFunc(s.servers, func(one server) bool { return one.host != "" && !b.bound(one.host) })
	if b.signsHost && b.known && other {
		t.say(*s.passHost, "", "passHostHeader: false replaces the Host that was signed: the vendor refuses every request; take the line out")
		return
	}
	t.say(*s.passHost, levelWarning, "passHostHeader: false replaces the Host that the signer "+signer.name+" sets by the server's name;"+
		" take the line out")
}

// anyName is the server name of a transport that is in none of the files.
const anyName = "*"

// transportOf returns the name that the service's servers must prove; empty: that of their url.
func (t *traefikCheck) transportOf(s *service) (name string, unverified bool) {
	if s.transport == nil {
		return "", false
	}
	for _, one := range t.transports {
		if s.transport.finds(one.named) {
			return one.serverName, one.unverified
		}
	}
	return anyName, false
}

// unsigned is about a router without a signer.
func (t *traefikCheck) unsigned(r *router, chain []link) {
	if slices.ContainsFunc(chain, func(l link) bool { return l.middleware == nil }) {
		return // it may be in another file
	}
	leaves, _ := t.leaves(r)
	for _, l := range leaves {
		for _, s := range l.servers {
			for _, m := range t.middlewares {
				if m.signer == nil || s.host == "" {
					continue
				}
				level := ""
				if m.signer.insecure { // a simulated vendor, which others may well ask
					level = levelWarning
				}
				add := "; add " + m.name + " to the router's middlewares"
				switch {
				case m.signer.known && m.signer.bound(s.host):
					t.say(r.mark, level, "requests leave unsigned: router "+r.name+" sends to "+s.host+", the host of the signer "+m.name+
						", and does not use it"+add)
					return
				case m.signer.resembles(s.host):
					t.say(r.mark, levelWarning, "router "+r.name+" sends to "+s.host+" without a signer, and the signer "+m.name+
						" is for "+strings.Join(m.signer.hosts, ", ")+
						": if its requests are to be signed, name the same host in both, and add "+m.name+" to the router's middlewares")
					return
				}
			}
		}
	}
}

// unused finds signers that no router has, where there are routers.
func (t *traefikCheck) unused() {
	if len(t.routers) == 0 {
		return
	}
	used := make(map[*middleware]bool)
	for _, r := range t.routers {
		for _, l := range t.chain(r) {
			used[l.middleware] = true
		}
	}
	for _, m := range t.middlewares {
		if m.signer != nil && !used[m] {
			t.say(m.mark, levelWarning, "no router uses the signer "+m.name+"; add it as the last one to the router's middlewares")
		}
	}
}
