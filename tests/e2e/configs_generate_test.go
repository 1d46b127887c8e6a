package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// siteMaker makes configurations of a site, as people write them and as nobody does.
type siteMaker struct {
	*rand.Rand
	host    string // what clients ask for; empty for a server's only site
	port    int
	vendors [2]*vendor // of the credentials below
	other   string     // a server that is no vendor
	named   []string   // blocks that come before the site
	inNamed bool       // a named route is being made
	invokes []string   // named routes; what they invoke themselves must end
	n       int
}

// made is one configuration, with the requests that are sent to it.
type made struct {
	kind  string
	host  string
	text  string            // a Caddyfile's blocks, or the JSON of a server's routes
	json  bool              // the latter
	more  map[string]string // of the server's JSON: error routes, named routes
	order string            // a global option
	paths []string
	good  bool // each request must be accepted by a vendor
}

var configModes = [2]string{"duo", "cortex-standard"}

// block is the signer of a vendor. Its host is the vendor's address, or another name of a vendor that a local upstream
// stands in for.
func (m *siteMaker) block(i int, indent string) string {
	var b strings.Builder
	mode := find(configModes[i])
	b.WriteString("{\n")
	for name, value := range mode.options {
		fmt.Fprintf(&b, "%s\t%s %s\n", indent, name, quote(fmt.Sprint(value)))
	}
	fmt.Fprintf(&b, "%s\thost %s\n%s\tinsecure_upstream\n%s}\n", indent, m.vendors[i].addr, indent, indent)
	return b.String()
}

func (m *siteMaker) signer(i int, matcher, indent string) string {
	if matcher != "" {
		matcher += " "
	}
	vendor := find(configModes[i]).signer
	return indent + m.pick(vendor+"_sign "+matcher, "vendorsign "+matcher+vendor+" ") + m.block(i, indent)
}

// transport is a reverse_proxy to a vendor that signs itself.
func (m *siteMaker) transport(i int, matcher, indent string) string {
	if matcher != "" {
		matcher += " "
	}
	vendor := find(configModes[i]).signer
	return indent + "reverse_proxy " + matcher + m.vendors[i].addr + " {\n" + indent + "\ttransport " + m.pick(vendor+"_sign ", "vendorsign "+vendor+" ") +
		m.block(i, indent+"\t") + indent + "}\n"
}

func (m *siteMaker) pick(of ...string) string { return of[m.IntN(len(of))] }

// proxy is a reverse_proxy to an address, in one of its forms.
func (m *siteMaker) proxy(address, matcher, indent string) string {
	if matcher != "" {
		matcher += " "
	}
	host, port, _ := strings.Cut(address, ":")
	lines := []string{
		"reverse_proxy " + matcher + address,
		"reverse_proxy " + matcher + "http://" + address,
		"reverse_proxy " + matcher + address + " {\n\theader_up Host {upstream_hostport}\n\theader_up X-More yes\n}",
		"reverse_proxy " + matcher + address + " " + address + " {\n\tlb_retries 1\n}",
		"reverse_proxy " + matcher + "{\n\tto " + address + "\n\ttransport http {\n\t\tdial_timeout 10s\n\t}\n}",
		"reverse_proxy " + matcher + address + " {\n\trewrite /inner{uri}\n}",
		"reverse_proxy " + matcher + address + " {\n\theader_up Authorization mine\n\theader_up -X-Xdr-Auth-Id\n}",
		"reverse_proxy " + matcher + "{\n\tdynamic a {\n\t\tname localhost\n\t\tport " + port + "\n\t\tversions ipv4\n\t}\n}",
		"vars upstream " + address + "\n" + "reverse_proxy " + matcher + "{vars.upstream}",
		"reverse_proxy " + matcher + address + " {\n\thealth_uri /health\n\thealth_interval 1h\n}",
		"reverse_proxy " + matcher + address + " {\n\t@gone status 418\n\thandle_response @gone {\n\t\treverse_proxy " + address + "\n\t}\n}",
		"reverse_proxy " + matcher + address + " {\n\tflush_interval -1\n\trequest_buffers 64KiB\n}",
	}
	_ = host
	return indented(lines[m.IntN(len(lines))], indent)
}

func indented(text, indent string) string {
	return indent + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+indent) + "\n"
}

// within puts a block into one of the directives that Caddy sorts before reverse_proxy.
func (m *siteMaker) within(inner func(indent string) string, indent string) string {
	switch m.IntN(7) {
	case 0:
		return indent + "handle {\n" + inner(indent+"\t") + indent + "}\n"
	case 1:
		return indent + "handle /* {\n" + inner(indent+"\t") + indent + "}\n"
	case 2:
		return indent + "route {\n" + inner(indent+"\t") + indent + "}\n"
	case 3:
		return indent + "handle_path /* {\n" + inner(indent+"\t") + indent + "}\n"
	case 4:
		return indent + "route {\n" + indent + "\thandle {\n" + inner(indent+"\t\t") + indent + "\t}\n" + indent + "}\n"
	case 5:
		return indent + "handle {\n" + indent + "\turi strip_prefix /a\n" + inner(indent+"\t") + indent + "}\n"
	default:
		return inner(indent)
	}
}

// harmless is a directive that changes requests or answers, and sends none.
func (m *siteMaker) harmless(indent string) string {
	return indent + m.pick("encode", "header X-Answer yes", "request_header X-Request yes", "vars a b", "rewrite /old* /new", "uri strip_prefix /admin",
		"respond /health ok", "handle /health {\n"+indent+"\trespond ok\n"+indent+"}", "tracing", "uri replace /b/ /c/", "request_body {\n"+indent+"\tmax_size 1MB\n"+indent+"}",
		"map {path} {mapped} {\n"+indent+"\tdefault x\n"+indent+"}", "method /method POST", "redir /gone/* /b", "log_append a {path}",
		"try_files {path} /none", "skip_log /c", "request_header -X-Request", "abort /abort") + "\n"
}

// good makes a site each of whose requests a signer arms on its way.
func (m *siteMaker) good() *made {
	i := m.IntN(2)
	v := m.vendors[i].addr
	proxy := func(indent string) string { return m.proxy(v, "", indent) }
	both := func(indent string) string { return m.signer(i, "", indent) + proxy(indent) }
	paths := []string{"/a/b?x=1&y=2", "/c"}
	var kind, body string
	var more []string
	switch m.IntN(10) {
	case 0:
		kind, body = "beside", m.signer(i, "", "\t")+m.within(proxy, "\t")
	case 1:
		kind, body = "nested", m.signer(i, "", "\t")+m.within(func(indent string) string { return m.within(proxy, indent) }, "\t")
	case 2:
		kind, body = "together", m.within(both, "\t")
	case 3:
		kind, body = "two credentials", "\thandle /a/* {\n"+both("\t\t")+"\t}\n\thandle {\n"+m.signer(1-i, "", "\t\t")+m.proxy(m.vendors[1-i].addr, "", "\t\t")+"\t}\n"
	case 4:
		m.n++
		name := fmt.Sprintf("snippet%s%d", m.host, m.n)
		more = append(more, "("+name+") {\n"+both("\t")+"}\n")
		kind, body = "snippet", m.within(func(indent string) string { return indent + "import " + name + "\n" }, "\t")
	case 5:
		m.n++
		name := fmt.Sprintf("named%s%d", m.host, m.n)
		more = append(more, "&("+name+") {\n\troute {\n"+both("\t\t")+"\t}\n}\n")
		kind, body = "named", m.within(func(indent string) string { return indent + "invoke " + name + "\n" }, "\t")
	case 6:
		m.n++
		name := fmt.Sprintf("named%s%d", m.host, m.n)
		more = append(more, "&("+name+") {\n\troute {\n"+m.proxy(v, "", "\t\t")+"\t}\n}\n")
		kind, body = "armed before it is named", m.signer(i, "", "\t")+"\tinvoke "+name+"\n"
	case 7:
		kind, body = "errors", "\terror 503\n\thandle_errors {\n"+m.within(both, "\t\t")+"\t}\n"
	case 8:
		kind, body = "authentication", m.signer(i, "", "\t")+"\troute {\n\t\tforward_auth "+m.other+" {\n\t\t\turi /auth\n\t\t}\n"+m.within(proxy, "\t\t")+"\t}\n"
	default:
		kind, body = "transport", m.within(func(indent string) string { return m.transport(i, "", indent) }, "\t")
	}
	for range m.IntN(3) {
		if line := m.harmless("\t"); kind != "errors" {
			body = line + body
		}
	}
	return m.made("good, "+kind, body, more, paths, true)
}

func (m *siteMaker) made(kind, body string, more, paths []string, good bool) *made {
	address := fmt.Sprintf("http://%s:%d", m.host, m.port)
	if m.host == "" {
		address = fmt.Sprintf(":%d", m.port)
	}
	return &made{kind: kind, host: m.host, paths: paths, good: good,
		text: strings.Join(append(append(more, m.named...), address+" {\n"+body+"}\n"), "")}
}

// any makes a site of whatever can be in one, most of it wrong.
func (m *siteMaker) any() *made {
	m.named = nil
	body := m.lines(3, "\t")
	if m.IntN(4) == 0 {
		body += "\thandle_errors {\n" + m.lines(1, "\t\t") + "\t}\n"
	}
	if m.IntN(8) == 0 {
		body += "\terror /e* 500\n"
	}
	site := m.made("any", body, nil, []string{"/", "/a/b", "/b?x=%2F", "/admin/c", "/e", "/health", "/old/x"}, false)
	if m.host == "" && m.IntN(2) == 0 {
		site.order = m.pick("after reverse_proxy", "last", "first", "before handle", "after respond")
	}
	return site
}

func (m *siteMaker) lines(depth int, indent string) string {
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(m.line(depth, indent))
	}
	return b.String()
}

// line is one directive, with the definition of its matcher where that has a name.
func (m *siteMaker) line(depth int, indent string) string {
	matcher := m.pick("", "", "", "", "/a/*", "/b*", "/admin/*", "/e*", "@")
	if matcher == "@" {
		m.n++
		matcher = fmt.Sprintf("@m%d", m.n)
		return indent + matcher + " " + m.pick("method GET", "not path /a/*", "path /a/* /b*", "not method POST", "header Authorization *",
			"path_regexp ^/[ab]", "query x=*", "expression path('/a/*')", "not {\n"+indent+"\tpath /b*\n"+indent+"\tmethod GET\n"+indent+"}",
			"{\n"+indent+"\tpath /a/* /b*\n"+indent+"\tmethod GET HEAD\n"+indent+"}") + "\n" + m.directive(matcher, depth, indent)
	}
	return m.directive(matcher, depth, indent)
}

func (m *siteMaker) directive(matcher string, depth int, indent string) string {
	i := m.IntN(2)
	inner := func(name string) string {
		return indent + name + " {\n" + m.lines(depth-1, indent+"\t") + indent + "}\n"
	}
	kind := m.IntN(16)
	if depth == 0 {
		kind %= 7
	}
	switch kind {
	case 0, 1:
		return m.signer(i, matcher, indent)
	case 2, 3, 4:
		if m.IntN(4) == 0 {
			return m.transport(i, matcher, indent)
		}
		return m.proxy(m.vendors[i].addr, matcher, indent)
	case 5:
		return m.proxy(m.other, matcher, indent)
	case 6:
		return m.harmless(indent)
	case 7, 8:
		return inner(strings.TrimSpace("handle " + matcher))
	case 9:
		return inner("handle_path " + m.pick("/a/*", "/b*", "/admin/*"))
	case 10, 11:
		return inner(strings.TrimSpace("route " + matcher))
	case 12:
		return indent + "forward_auth " + m.pick(m.other, m.other, m.vendors[i].addr) + " {\n" + indent + "\turi /auth\n" + indent + "}\n"
	case 13:
		return indent + "intercept {\n" + indent + "\thandle_response {\n" + m.lines(depth-1, indent+"\t\t") + indent + "\t}\n" + indent + "}\n"
	case 14:
		m.n++
		name := fmt.Sprintf("any%s%d", m.host, m.n)
		if m.inNamed || m.IntN(2) == 0 { // Caddy leaves out a named route that only another one invokes
			m.named = append(m.named, "("+name+") {\n"+m.lines(depth-1, "\t")+"}\n")
			return indent + "import " + name + "\n"
		}
		m.inNamed = true
		m.named = append(m.named, "&("+name+") {\n\troute {\n"+m.lines(depth-1, "\t\t")+"\t}\n}\n")
		m.inNamed = false
		return indent + "invoke " + name + "\n"
	default:
		return indent + "reverse_proxy " + m.pick(m.other, m.vendors[i].addr) + " {\n" + indent + "\thandle_response {\n" + m.lines(depth-1, indent+"\t\t") + indent + "\t}\n" + indent + "}\n"
	}
}

// JSON: the same without the order of directives.

func (m *siteMaker) signerJSON(i int) object {
	vendor := find(configModes[i]).signer
	signer := object{"handler": vendor + "_sign", "host": []string{m.vendors[i].addr}, "insecure_upstream": true}
	for name, value := range find(configModes[i]).options {
		signer[name] = value
	}
	if m.IntN(2) == 0 {
		signer["handler"], signer["vendor"] = "vendorsign", vendor
	}
	return signer
}

func (m *siteMaker) proxyJSON(address string) object {
	proxy := object{"handler": "reverse_proxy", "upstreams": []object{{"dial": address}}}
	switch m.IntN(6) {
	case 0:
		proxy["rewrite"] = object{"uri": "/r{http.request.uri}"}
	case 1:
		proxy["headers"] = object{"request": object{"set": object{"Host": []string{"elsewhere.example"}, "Authorization": []string{"mine"}}}}
	case 2:
		proxy["transport"] = object{"protocol": "http", "dial_timeout": 5000000000}
	case 3:
		proxy["health_checks"] = object{"active": object{"uri": "/health", "interval": 3600000000000}}
	}
	return proxy
}

func (m *siteMaker) routesJSON(depth int) []object {
	var routes []object
	signed := false // each request has met a signer of this list, and would be refused with another at load
	for range 1 + m.IntN(4) {
		route := object{}
		if m.IntN(2) == 0 {
			route["match"] = []object{{"path": []string{m.pick("/a/*", "/b*", "/admin/*", "/*")}}}
		}
		if m.IntN(5) == 0 {
			route["terminal"] = true
		}
		if m.IntN(5) == 0 {
			route["group"] = m.pick("g", "h")
		}
		var handlers []object
		one := false
		for range 1 + m.IntN(3) {
			h := m.handlerJSON(depth)
			if strings.HasSuffix(h["handler"].(string), "_sign") || h["handler"] == "vendorsign" {
				if one || signed && route["match"] == nil {
					continue
				}
				one = true
			}
			handlers = append(handlers, h)
		}
		signed = signed || one && route["match"] == nil
		route["handle"] = handlers
		routes = append(routes, route)
	}
	return routes
}

func (m *siteMaker) handlerJSON(depth int) object {
	i, kind := m.IntN(2), m.IntN(12)
	if depth == 0 {
		kind %= 6
	}
	switch kind {
	case 0, 1:
		return m.signerJSON(i)
	case 2, 3:
		proxy := m.proxyJSON(m.vendors[i].addr)
		if m.IntN(4) == 0 {
			transport := m.signerJSON(i)
			transport["protocol"] = transport["handler"]
			delete(transport, "handler")
			proxy["transport"] = transport
		}
		return proxy
	case 4:
		return m.proxyJSON(m.other)
	case 5:
		if len(m.invokes) == 0 {
			return m.proxyJSON(m.other)
		}
		return object{"handler": "invoke", "name": m.pick(m.invokes...)}
	case 6:
		return object{"handler": "error", "status_code": 500}
	case 7:
		return object{"handler": "intercept", "handle_response": []object{{"routes": m.routesJSON(depth - 1)}}}
	case 8:
		proxy := m.proxyJSON(m.other)
		proxy["handle_response"] = []object{{"routes": m.routesJSON(depth - 1)}}
		return proxy
	case 9:
		return object{"handler": "subroute", "routes": m.routesJSON(depth - 1), "errors": object{"routes": m.routesJSON(depth - 1)}}
	default:
		return object{"handler": "subroute", "routes": m.routesJSON(depth - 1)}
	}
}

// anyJSON makes a server of whatever can be in one.
func (m *siteMaker) anyJSON() *made {
	m.invokes = nil
	one := m.routesJSON(1)[0]
	m.invokes = []string{"one"}
	two := m.routesJSON(1)[0]
	m.invokes = []string{"one", "two"}
	routes := m.routesJSON(3)
	for _, route := range routes {
		delete(route, "terminal") // it would be a site of its own
	}
	return &made{kind: "any JSON", json: true, text: text(routes), paths: []string{"/", "/a/b", "/b?x=%2F", "/admin/c"}, more: map[string]string{
		"errors": text(object{"routes": m.routesJSON(1)}), "named_routes": text(object{"one": one, "two": two}),
	}}
}

// goodJSON makes a server each of whose requests a signer arms.
func (m *siteMaker) goodJSON() *made {
	i := m.IntN(2)
	handlers := []object{m.proxyJSON(m.vendors[i].addr)}
	armed := false
	for range m.IntN(4) {
		if !armed && m.IntN(3) == 0 {
			handlers, armed = append([]object{m.signerJSON(i)}, handlers...), true
		}
		handlers = []object{{"handler": "subroute", "routes": []object{{"handle": handlers, "terminal": m.IntN(2) == 0}}}}
	}
	routes := []object{{"handle": handlers}}
	if !armed {
		routes = append([]object{{"handle": []object{m.signerJSON(i)}}}, routes...)
	}
	return &made{kind: "good JSON", json: true, good: true, text: text(routes), paths: []string{"/a/b?x=1", "/c"}}
}

func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts, numbers and lists encode
	}
	return string(data)
}
