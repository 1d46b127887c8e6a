package modules

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// refuseHTTP3 looks for a reverse_proxy that a handler of the configuration signs for and that speaks HTTP/3: its
// connections cannot be checked, so nobody would know where the credential is sent. It looks at the raw JSON,
// since a signer is loaded before the proxies behind it. It is made once for a configuration: see unseen.
func refuseHTTP3(ctx caddy.Context) error {
	app, err := unseen(ctx, "versions")
	if app == nil {
		return err
	}
	// Routes at the top are enough to begin with: the walk goes into what is inside of them.
	for _, server := range app.Servers {
		for _, route := range server.Routes {
			for _, raw := range route.HandlersRaw {
				var handler any
				if json.Unmarshal(raw, &handler) == nil && signsForHTTP3(handler, nil) {
					return errors.New("versions 3 of the reverse_proxy behind the handler: use the transport, which can see whom it sends to by HTTP/3")
				}
			}
		}
	}
	return nil
}

// signsForHTTP3 walks through a piece of configuration. signed are the matchers of the handlers of ours that are
// met on the way to it. Lists are of routes or handlers, and any of them may have more of both inside.
func signsForHTTP3(piece any, signed []any) bool {
	switch piece := piece.(type) {
	case []any:
		for _, route := range piece {
			// All signers of the list first, whatever their order: to take one for a signer in front of the proxy
			// that it follows only refuses more.
			if route, ok := route.(map[string]any); ok && hasSigner(folded(route, "handle")) {
				signed = append(slices.Clone(signed), folded(route, "match"))
			}
		}
		for _, inner := range piece {
			if route, ok := inner.(map[string]any); ok && folded(route, "handle") != nil {
				// A route inside has its own matcher: only signers that may see the same requests count.
				if signsForHTTP3(folded(route, "handle"), among(signed, folded(route, "match"))) {
					return true
				}
			} else if signsForHTTP3(inner, signed) {
				return true
			}
		}
	case map[string]any:
		// Only Caddy's transport http has versions.
		transport, _ := folded(piece, "transport").(map[string]any)
		// A signing transport of the server may have been loaded before, and with it the guards.
		if below, ok := transport["below"].(map[string]any); ok && transport["protocol"] == "vendorsign_guard" {
			transport = below
		}
		if len(signed) > 0 && piece["handler"] == "reverse_proxy" && transport["protocol"] == "http" {
			if versions, ok := folded(transport, "versions").([]any); ok && slices.Contains(versions, any("3")) {
				return true
			}
		}
		for _, inner := range piece {
			if signsForHTTP3(inner, signed) {
				return true
			}
		}
	}
	return false
}

// folded is the value of a key, which Caddy takes in any letter case unless it names a module.
func folded(object map[string]any, key string) any {
	if value, ok := object[key]; ok {
		return value
	}
	for name, value := range object {
		if strings.EqualFold(name, key) {
			return value
		}
	}
	return nil
}

// hasSigner reports whether one of a route's handlers is a signer: vendorsign, or one of the old names, which end
// in _sign. vendorsign_verify does not count: it does not send.
func hasSigner(handlers any) bool {
	list, _ := handlers.([]any)
	return slices.ContainsFunc(list, func(h any) bool {
		handler, _ := h.(map[string]any)
		name, _ := handler["handler"].(string)
		return name == "vendorsign" || strings.HasSuffix(name, "_sign")
	})
}

// among are the signers whose matcher fits a route with this matcher. Different matchers may have nothing in common, such as the hosts
// of two sites, so a signer with another matcher does not count.
func among(signed []any, match any) []any {
	return slices.DeleteFunc(slices.Clone(signed), func(m any) bool { return m != nil && match != nil && !reflect.DeepEqual(m, match) })
}
