package cli

import (
	"slices"
	"strconv"
	"strings"
)

func anyHost(remedy string) string {
	return "signs for any Host, so that a page in a browser can have its own name point here and read the answers (DNS rebinding); add " + remedy
}

// namesClients reports whether a signer's options bind it to the names that clients ask for, or may do so.
func namesClients(options *node) bool {
	return slices.ContainsFunc(options.table, func(e entry) bool {
		key := strings.ToLower(strings.ReplaceAll(e.key, "_", ""))
		return (key == "clienthosts" || key == "credentialsfile") && (e.value.text != "" || len(e.value.list) > 0)
	})
}

// catchAlls warns of credentials without client_hosts behind a site that takes any Host: a page in a browser whose name was made
// to point at the gateway (DNS rebinding) is signed for, and reads what the vendor answers.
func (c *caddyFile) catchAlls(f *checkedFile) (found []fault) {
	for _, b := range openBlocks(f.configFile, f.blocks) {
		at := fault{Line: b.line, Level: levelWarning, Field: b.field, What: anyHost("client_hosts NAME, or a name in the site's address or a host matcher")}
		if c.directives != nil {
			at.File, at.Line = c.lineOf(b)
			at.Field = b.vendor + "_sign"
		}
		found = append(found, at)
	}
	return found
}

// openBlocks are the modules of Caddy's that can be reached with any Host, and bind no client.
func openBlocks(f *configFile, all []block) (open []block) {
	s := sites{asking: make(map[*node]int)}
	for _, b := range all {
		if b.dialect != inTraefik && !namesClients(b.value) && slices.ContainsFunc(f.documents, func(n *node) bool { return s.takesAnyHost(n, b) }) {
			open = append(open, b)
		}
	}
	return open
}

// sites knows for each list of routes or handlers the first one that asks who the client is.
type sites struct{ asking map[*node]int }

// asks returns that one's index, or the length of the list.
func (s sites) asks(list *node) int {
	first, known := s.asking[list]
	if !known {
		if first = slices.IndexFunc(list.list, asksWho); first < 0 {
			first = len(list.list)
		}
		s.asking[list] = first
	}
	return first
}

// takesAnyHost reports whether a module can be reached with any Host: none of the routes above it in a document matches one, and
// none before it asks who the client is, which a page cannot answer.
func (s sites) takesAnyHost(n *node, b block) bool {
	inRoutes := false
	for _, key := range b.path {
		if n.shape == isList {
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(n.list) || i > s.asks(n) {
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
	return inRoutes && n == b.value
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

// TakesAnyHost reports whether a Caddy configuration, in JSON, has a credential that check warns of since its site takes any Host.
func TakesAnyHost(config []byte) bool {
	f := &configFile{kind: kindJSON, data: config}
	if f.parse() != nil {
		return false
	}
	blocks, _ := discover(f.documents[0], "")
	return len(openBlocks(f, blocks)) > 0
}
