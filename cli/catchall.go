package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

func anyHost(remedy string) string {
	return "signs for any Host, so that a page in a browser can have its own name point here and read the answers (DNS rebinding); add " +
		remedy
}

// namesClients reports whether a signer's options bind it to the names that clients ask for, or may do so.
func namesClients(options *config.Node) bool {
	return slices.ContainsFunc(options.Table, func(e config.Entry) bool {
		key := strings.ToLower(strings.ReplaceAll(e.Key, "_", ""))
		return (key == "clienthosts" || key == "credentialsfile") && (e.Value.Text != "" || len(e.Value.List) > 0)
	})
}

// catchAlls warns of credentials without client_hosts behind a site that takes any Host: a page in a browser whose name was made
// to point at the gateway (DNS rebinding) is signed for, and reads what the vendor answers.
func (c *caddyFile) catchAlls(f *checkedFile) (found []config.Fault) {
	for _, b := range openBlocks(f.File, f.blocks) {
		at := config.Fault{Line: b.Line, Level: config.LevelWarning, Field: b.Field, What: anyHost("client_hosts NAME, or a name in the " +
			"site's address or a host matcher")}
		if c.directives != nil {
			at.File, at.Line = c.lineOf(b)
			at.Field = b.Module
		}
		found = append(found, at)
	}
	return found
}

// openBlocks are the modules of Caddy's that can be reached with any Host, and bind no client.
func openBlocks(f *config.File, all []config.Block) (open []config.Block) {
	s := sites{asking: make(map[*config.Node]int)}
	for _, b := range all {
		if b.Dialect != config.InTraefik && !namesClients(b.Value) && slices.ContainsFunc(f.Documents,
			func(n *config.Node) bool { return s.takesAnyHost(n, b) }) {
			open = append(open, b)
		}
	}
	return open
}

// sites knows for each list of routes or handlers the first one that asks who the client is.
type sites struct{ asking map[*config.Node]int }

// asks returns that one's index, or the length of the list.
func (s sites) asks(list *config.Node) int {
	first, known := s.asking[list]
	if !known {
		if first = slices.IndexFunc(list.List, asksWho); first < 0 {
			first = len(list.List)
		}
		s.asking[list] = first
	}
	return first
}

// takesAnyHost reports whether a module can be reached with any Host: none of the routes above it in a document matches one, and
// none before it asks who the client is, which a page cannot answer.
func (s sites) takesAnyHost(n *config.Node, b config.Block) bool {
	inRoutes := false
	for _, key := range b.Path {
		if n.Shape == config.List {
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(n.List) || i > s.asks(n) {
				return false
			}
			n = n.List[i]
			continue
		}
		if n.Get("handle").Shape == config.List && key == "handle" && matchesHost(n.Get("match")) {
			return false
		}
		inRoutes = inRoutes || key == "routes" && n.Get("listen").Shape == config.List
		n = n.Get(key)
	}
	return inRoutes && n == b.Value
}

// asksWho reports whether a handler, or a route for all requests, lets nobody by whom it does not know.
func asksWho(n *config.Node) bool {
	if n.Get("handler").Text == "authentication" {
		return true
	}
	if n.Get("handler").Text == "reverse_proxy" { // forward_auth
		return len(n.Get("handle_response").List) > 0 && n.Get("rewrite").Get("method").Text != ""
	}
	return len(n.Get("match").List) == 0 && slices.ContainsFunc(n.Get("handle").List, asksWho)
}

// matchesHost reports whether each of a route's sets of matchers wants certain hosts.
func matchesHost(sets *config.Node) bool {
	return len(sets.List) > 0 && !slices.ContainsFunc(sets.List, func(set *config.Node) bool {
		hosts := set.Get("host").List
		named := len(hosts) > 0 && !slices.ContainsFunc(hosts, func(h *config.Node) bool { return strings.Trim(h.Text, "*.") == "" })
		header := slices.ContainsFunc(set.Get("header").Table, func(e config.Entry) bool { return strings.EqualFold(e.Key, "host") })
		return !named && !header && set.Get("expression").Shape == config.Null && set.Get("vars_regexp").Shape == config.Null
	})
}

// TakesAnyHost reports whether a Caddy configuration, in JSON, has a credential that check warns of since its site takes any Host.
func TakesAnyHost(data []byte) bool {
	f := &config.File{Kind: config.KindJSON, Data: data}
	if f.Parse() != nil {
		return false
	}
	blocks, _ := config.Discover(f.Documents[0], "")
	return len(openBlocks(f, blocks)) > 0
}
