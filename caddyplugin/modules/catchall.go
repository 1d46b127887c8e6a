package modules

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/cli/config"
)

// warnOfCatchAlls logs one line for a configuration that signs with a credential without client_hosts under any
// Host. A page in a browser can then have a name of its own resolve to the gateway (DNS rebinding), and the
// browser takes the gateway's answers for that page's own. It is a warning, since in a closed network it may be
// intended.
func warnOfCatchAlls(ctx caddy.Context, logger *zap.Logger) error {
	// Once for a configuration, by its first signer.
	app, err := unseen(ctx, "hosts")
	if app == nil {
		return err
	}
	var where []string
	for name, server := range app.Servers {
		if server == nil {
			continue
		}
		written := make([]writtenRoute, 0, len(server.Routes))
		for _, route := range server.Routes {
			w := writtenRoute{Handle: route.HandlersRaw}
			// These are loaded before all handlers.
			for _, set := range route.MatcherSets {
				w.Match = append(w.Match, matcherHosts(set))
			}
			// The others, which may be thousands, are bound to a host.
			if len(w.Match) == 0 || slices.ContainsFunc(w.Match, func(set map[string]any) bool { return set["host"] == nil }) {
				written = append(written, w)
			}
		}
		// The decision is left to package config, which decides the same for the command check: both must say the
		// same of one file.
		text, err := json.Marshal(map[string]any{"apps": map[string]any{"http": map[string]any{"servers": map[string]any{
			"server": map[string]any{"listen": server.Listen, "routes": written}}}}})
		if err == nil && config.TakesAnyHost(text) {
			where = append(where, name+" ("+strings.Join(server.Listen, " ")+")")
		}
	}
	// A map of servers has no order, and the line should be the same each time.
	if len(where) > 0 {
		slices.Sort(where)
		logger.Warn("signs for any Host, so that a page in a browser can have its own name point here and read the answers (DNS rebinding);"+
			" add client_hosts NAME, or a name to the site's address; caddy vendorsign check tells the lines", zap.Strings("servers", where))
	}
	return nil
}

// writtenRoute is a route as it is written in the configuration, with as much of it as config.TakesAnyHost looks
// at.
type writtenRoute struct {
	Match  []map[string]any  `json:"match,omitempty"`
	Handle []json.RawMessage `json:"handle,omitempty"`
}

// matcherHosts is what a set of matchers says of the host, by the keys of JSON. Matchers that it leaves out
// restrict something else.
func matcherHosts(set caddyhttp.MatcherSet) map[string]any {
	hosts := make(map[string]any)
	for _, matcher := range set {
		switch m := matcher.(type) {
		case caddyhttp.MatchHost:
			hosts["host"] = []string(m)
		case *caddyhttp.MatchHost:
			hosts["host"] = []string(*m)
		case *caddyhttp.MatchHeader:
			hosts["header"] = *m
		case *caddyhttp.MatchExpression:
			hosts["expression"] = m.Expr
		}
	}
	return hosts
}
