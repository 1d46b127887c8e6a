package modules

import (
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// The old directives have the vendor in their names and take no argument for it: see names.go.
func init() {
	registerDirective("vendorsign", 1)
	for _, vendor := range namedVendors {
		registerDirective(vendor+"_sign", 0)
	}
}

// registerDirective registers the directive of a handler, which takes so many arguments between a matcher and a file.
// It is ordered before everything that can contain a reverse_proxy (invoke, handle, handle_path, route), and after
// client authentication (basic_auth, forward_auth): the first place at which no proxy has been passed. A handler that
// was ordered directly before reverse_proxy would not run for proxies in those blocks.
func registerDirective(directive string, args int) {
	httpcaddyfile.RegisterDirective(directive, func(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
		var matchers caddy.ModuleMap
		// A file alone must not be read as a matcher.
		if args > 0 || !fileAlone(h.Dispenser) {
			if err := fileForMatcher(h.Dispenser, args); err != nil {
				return nil, err
			}
			h.Next() // the directive
			var err error
			if matchers, err = h.ExtractMatcherSet(); err != nil {
				return nil, err
			}
		}
		// By its name and not by its type: one function is good for all directives.
		info, err := caddy.GetModule("http.handlers." + directive)
		if err != nil {
			return nil, err
		}
		m := info.New().(interface {
			caddyfile.Unmarshaler
			caddyhttp.MiddlewareHandler
		})
		if err := m.UnmarshalCaddyfile(h.Dispenser); err != nil {
			return nil, err
		}
		// For faults that only show when the configuration is loaded.
		rememberLine(h, m)
		return h.NewRoute(matchers, m), nil
	})
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.Before, "invoke")
}

// fileAlone reports whether the directive has one argument, which is its credentials_file, and no block. Caddy
// takes a path there for a matcher, but a signer with nothing else would sign nothing.
//
//	acme_sign /run/secrets/acme.json    a file
//	acme_sign /admin/* { ... }          a matcher
func fileAlone(d *caddyfile.Dispenser) bool {
	defer d.Reset()
	var tokens []string
	for d.Next() {
		tokens = append(tokens, d.Val())
	}
	return len(tokens) == 2 && tokens[1] != "*" && !strings.HasPrefix(tokens[1], "@")
}

// fileForMatcher refuses a directive whose first argument is a file if no other file follows. Caddy takes it for a
// path matcher, which would match no request: the site would send unsigned, and nobody would know why. Others is
// how many arguments the directive has that are neither.
func fileForMatcher(d *caddyfile.Dispenser, others int) error {
	defer d.Reset()
	d.Next() // the directive
	args := d.RemainingArgs()
	if len(args) != 1+others || !strings.HasPrefix(args[0], "/") || strings.Contains(args[0], "*") {
		return nil
	}
	info, err := os.Stat(args[0])
	if !strings.HasSuffix(args[0], ".json") && (err != nil || !info.Mode().IsRegular()) {
		return nil
	}
	return d.Errf("%s is read as a path matcher; if it is the credentials file, write credentials_file %s in the block, "+
		"and if it is such a path, write @name path %s and @name here", args[0], args[0], args[0])
}
