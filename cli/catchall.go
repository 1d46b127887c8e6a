package cli

import "github.com/vendorsign/vendorsign/cli/config"

// anyHost is the warning, for Caddy and Traefik, each with its remedy.
func anyHost(remedy string) string {
	return "signs for any Host, so that a page in a browser can have its own name point here and read the answers (DNS rebinding); add " +
		remedy
}

// catchAlls warns of credentials without client_hosts behind a site that accepts any Host: requests of
// a web page whose name is made to resolve to the gateway (DNS rebinding) are signed, and the page can
// read the vendor's answers.
func (c *caddyFile) catchAlls(f *checkedFile) (found []config.Fault) {
	for _, b := range config.Open(f.Documents, f.blocks) {
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
