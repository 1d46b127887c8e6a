package config

import (
	"slices"
	"strconv"
	"strings"
)

// NamesClients reports whether a signer's options bind it to the names that clients ask for
// (client_hosts), or may do so: a credentials_file may have that option, too. Without it, a page in a
// browser can reach the gateway under a name of its own (DNS rebinding).
func NamesClients(options *Node) bool {
	return slices.ContainsFunc(options.Table, func(e Entry) bool {
		key := strings.ToLower(strings.ReplaceAll(e.Key, "_", ""))
		return (key == "clienthosts" || key == "credentialsfile") && (e.Value.Text != "" || len(e.Value.List) > 0)
	})
}

// Open are those of the blocks in documents that are modules of Caddy's, can be reached with any Host,
// and bind no client.
func Open(documents []*Node, all []Block) (open []Block) {
	s := sites{asking: make(map[*Node]int)}
	for _, b := range all {
		if b.Dialect != InTraefik && !NamesClients(b.Value) && slices.ContainsFunc(documents,
			func(n *Node) bool { return s.takesAnyHost(n, b) }) {
			open = append(open, b)
		}
	}
	return open
}

// sites knows for each list of routes or handlers the first one that asks who the client is. The index
// is kept, since many blocks may be below one list.
type sites struct{ asking map[*Node]int }

// asks returns that one's index, or the length of the list.
func (s sites) asks(list *Node) int {
	first, known := s.asking[list]
	if !known {
		if first = slices.IndexFunc(list.List, asksWho); first < 0 {
			first = len(list.List)
		}
		s.asking[list] = first
	}
	return first
}

// takesAnyHost reports whether a module can be reached with any Host: none of the routes above it in a
// document matches one, and none before it asks who the client is, which a page cannot answer.
func (s sites) takesAnyHost(n *Node, b Block) bool {
	inRoutes := false
	for _, key := range b.Path {
		// The path leads through a list of routes or handlers: behind one that asks who the client is,
		// nobody gets without an answer.
		if n.Shape == List {
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(n.List) || i > s.asks(n) {
				return false
			}
			n = n.List[i]
			continue
		}
		if n.Last("handle").Shape == List && strings.EqualFold(key, "handle") && matchesHost(n.Last("match")) {
			return false
		}
		inRoutes = inRoutes || strings.EqualFold(key, "routes") && n.Last("listen").Shape == List
		n = n.Get(key)
	}
	return inRoutes && n == b.Value
}

// asksWho reports whether a handler, or a route for all requests, requires authentication. forward_auth
// is no handler of its own in JSON: it becomes a reverse_proxy that sets the method and continues on a
// good answer.
func asksWho(n *Node) bool {
	if n.Get("handler").Text == "authentication" {
		return true
	}
	if n.Get("handler").Text == "reverse_proxy" { // forward_auth
		return len(n.Last("handle_response").List) > 0 && n.Last("rewrite").Last("method").Text != ""
	}
	return len(n.Last("match").List) == 0 && slices.ContainsFunc(n.Last("handle").List, asksWho)
}

// matchesHost reports whether each of a route's sets of matchers wants certain hosts: the sets are
// alternatives. An expression or vars_regexp may look at the host, and counts as doing so. The pattern * is no host.
func matchesHost(sets *Node) bool {
	return len(sets.List) > 0 && !slices.ContainsFunc(sets.List, func(set *Node) bool {
		hosts := set.Get("host").List
		named := len(hosts) > 0 && !slices.ContainsFunc(hosts, func(h *Node) bool { return strings.Trim(h.Text, "*.") == "" })
		header := slices.ContainsFunc(set.Get("header").Table, func(e Entry) bool { return strings.EqualFold(e.Key, "host") })
		return !named && !header && set.Get("expression").Shape == Null && set.Get("vars_regexp").Shape == Null
	})
}

// TakesAnyHost reports whether a Caddy configuration, in JSON, has a credential that check warns of
// since its site takes any Host. false also for data that is no JSON.
func TakesAnyHost(data []byte) bool {
	documents, err := ParseJSON(data)
	if err != nil {
		return false
	}
	blocks, _ := Discover(documents[0], "")
	return len(Open(documents, blocks)) > 0
}
