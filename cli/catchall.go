package cli

import (
	"slices"
	"strconv"
	"strings"
)

// catchAlls warns of credentials without client_hosts behind a site or router that takes any Host: a page in a browser whose
// name was made to point at the gateway (DNS rebinding) is signed for, and reads what the vendor answers.
func catchAlls(documents []*node, plugin string) (found []fault) {
	var routers []hostRouter
	chains := make(map[string][]string)
	for _, document := range documents {
		routers = append(routers, routersIn(document)...)
		chainsIn(document, chains)
	}
	for _, document := range documents {
		d := &discovery{plugin: plugin}
		d.walk(document, "")
		for _, b := range d.blocks {
			if b.gives("client_hosts") || b.gives("credentials_file") { // which may hold it
				continue
			}
			if b.dialect != inTraefik {
				if takesAnyHost(document, strings.Split(b.field, ".")) {
					found = append(found, fault{Line: b.line, Level: levelWarning, Field: b.field, What: anyHost("client_hosts NAME, or a name in the site's address or a host matcher")})
				}
				continue
			}
			for _, r := range routers {
				if r.uses(middlewareOf(document, b), chains) && ruleTakesAnyHost(r.rule) {
					found = append(found, fault{Line: r.line, Level: levelWarning, Field: r.field, What: anyHost("clientHosts, or Host(`NAME`) to the rule")})
				}
			}
		}
	}
	return found
}

func anyHost(remedy string) string {
	return "signs for any Host, so that a page in a browser can have its own name point here and read the answers (DNS rebinding); add " + remedy
}

// gives reports whether an option is given, in either spelling.
func (b block) gives(option string) bool {
	return slices.ContainsFunc(b.given, func(e entry) bool {
		return strings.EqualFold(strings.ReplaceAll(e.key, "_", ""), strings.ReplaceAll(option, "_", "")) && (e.value.text != "" || len(e.value.list) > 0)
	})
}

// takesAnyHost reports whether the module at a path inside of a Caddy configuration can be reached with any Host: none of the
// routes above it matches one, and none before it asks who the client is, which a page cannot answer.
func takesAnyHost(n *node, path []string) bool {
	inRoutes := false
	for _, key := range path {
		if n.shape == isList {
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(n.list) {
				return false
			}
			if slices.ContainsFunc(n.list[:i], asksWho) {
				return false
			}
			n = n.list[i]
			continue
		}
		if n.get("handle").shape == isList && key == "handle" && matchesHost(n.get("match")) {
			return false
		}
		inRoutes = inRoutes || key == "routes" && n.get("listen").shape == isList
		n = n.get(key)
	}
	return inRoutes
}

// asksWho reports whether a handler, or a route for all requests, lets nobody by whom it does not know.
func asksWho(n *node) bool {
	if n.get("handler").text == "authentication" {
		return true
	}
	if n.get("handler").text == "reverse_proxy" { // forward_auth
		return len(n.get("handle_response").list) > 0 && n.get("rewrite").get("method").text != ""
	}
	return len(n.get("match").list) == 0 && slices.ContainsFunc(n.get("handle").list, asksWho)
}

// matchesHost reports whether each of a route's sets of matchers wants certain hosts.
func matchesHost(sets *node) bool {
	return len(sets.list) > 0 && !slices.ContainsFunc(sets.list, func(set *node) bool {
		hosts := set.get("host").list
		named := len(hosts) > 0 && !slices.ContainsFunc(hosts, func(h *node) bool { return strings.Trim(h.text, "*.") == "" })
		header := slices.ContainsFunc(set.get("header").table, func(e entry) bool { return strings.EqualFold(e.key, "host") })
		return !named && !header && set.get("expression").shape == isNull && set.get("vars_regexp").shape == isNull
	})
}

// hostRouter is what matters here of a router of Traefik's.
type hostRouter struct {
	field       string
	line        int
	rule        string
	middlewares []string
}

// uses reports whether the router has a middleware, in a chain too.
func (r hostRouter) uses(name string, chains map[string][]string) bool {
	left := slices.Clone(r.middlewares)
	for n := 0; n < len(left) && n < 1000; n++ {
		used, _, _ := strings.Cut(strings.TrimSpace(left[n]), "@")
		if strings.EqualFold(used, name) {
			return true
		}
		left = append(left, chains[strings.ToLower(used)]...)
	}
	return false
}

// fold returns the value of a key in any letter case.
func fold(n *node, key string) *node {
	for _, e := range n.table {
		if strings.EqualFold(e.key, key) {
			return e.value
		}
	}
	return new(node)
}

func texts(n *node) (all []string) {
	for _, item := range n.list {
		if item.shape == isTable { // a manifest's reference
			item = item.get("name")
		}
		all = append(all, item.text)
	}
	if n.shape == isText {
		all = strings.Split(n.text, ",")
	}
	return all
}

// middlewareOf is the name of the middleware that a block is in.
func middlewareOf(document *node, b block) string {
	words := strings.Split(b.field, ".")
	if i := slices.IndexFunc(words, func(word string) bool { return strings.EqualFold(word, "middlewares") }); i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return document.get("metadata").get("name").text
}

// routersIn finds the routers of a file, of labels and of a manifest.
func routersIn(document *node) (all []hostRouter) {
	for _, e := range fold(fold(document, "http"), "routers").table {
		all = append(all, hostRouter{field: "http.routers." + e.key, line: e.line, rule: fold(e.value, "rule").text, middlewares: texts(fold(e.value, "middlewares"))})
	}
	if strings.HasPrefix(document.get("kind").text, "IngressRoute") {
		for i, route := range document.get("spec").get("routes").list {
			all = append(all, hostRouter{field: "spec.routes." + strconv.Itoa(i), line: route.line, rule: route.get("match").text, middlewares: texts(route.get("middlewares"))})
		}
	}
	labelled := make(map[string]*hostRouter)
	eachLabel(document, func(key, value string, line int) {
		words := strings.Split(key, ".")
		if len(words) != 5 || !strings.EqualFold(strings.Join(words[:3], "."), "traefik.http.routers") {
			return
		}
		r := labelled[strings.ToLower(words[3])]
		if r == nil {
			r = &hostRouter{}
			labelled[strings.ToLower(words[3])] = r
		}
		switch strings.ToLower(words[4]) {
		case "rule":
			r.field, r.line, r.rule = key, line, value
		case "middlewares":
			r.middlewares = strings.Split(value, ",")
		}
	})
	for _, r := range labelled {
		if r.field != "" { // without a rule, Traefik takes the container's name for the host
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(a, b hostRouter) int { return a.line - b.line })
	return all
}

// chainsIn finds the chains of middlewares, by their names.
func chainsIn(document *node, chains map[string][]string) {
	for _, e := range fold(fold(document, "http"), "middlewares").table {
		chains[strings.ToLower(e.key)] = texts(fold(fold(e.value, "chain"), "middlewares"))
	}
	if document.get("kind").text == "Middleware" {
		chains[strings.ToLower(document.get("metadata").get("name").text)] = texts(document.get("spec").get("chain").get("middlewares"))
	}
	eachLabel(document, func(key, value string, _ int) {
		words := strings.Split(strings.ToLower(key), ".")
		if len(words) == 6 && strings.Join(words[:3], ".") == "traefik.http.middlewares" && words[4] == "chain" && words[5] == "middlewares" {
			chains[words[3]] = strings.Split(value, ",")
		}
	})
}

// eachLabel visits the labels of all containers of a document.
func eachLabel(n *node, visit func(key, value string, line int)) {
	for _, item := range n.list {
		eachLabel(item, visit)
	}
	for _, e := range n.table {
		if !strings.EqualFold(e.key, "labels") {
			eachLabel(e.value, visit)
			continue
		}
		for _, l := range e.value.table {
			visit(strings.TrimSpace(l.key), interpolate(l.value.text), l.line)
		}
		for _, item := range e.value.list {
			key, value, _ := strings.Cut(item.text, "=")
			visit(strings.TrimSpace(key), interpolate(value), item.line)
		}
	}
}

// TakesAnyHost reports whether a Caddy configuration, in JSON, has a credential that catchAlls warns of.
func TakesAnyHost(config []byte) bool {
	documents, broken := parseJSON(config)
	return broken == nil && len(catchAlls(documents, "")) > 0
}
