package cli

import "github.com/vendorsign/vendorsign/cli/config"

// AdaptCaddyfile makes Caddy's JSON of a Caddyfile. Only a program with Caddy in it sets this.
var AdaptCaddyfile func(file string, data []byte) ([]byte, error)

// TransportOptions are the options that Caddy's HTTP transport has in JSON. Only a program with Caddy in it knows them.
var TransportOptions []string

// Directive is a directive of a Caddyfile, after import and with its place. A site is one, too: its name and arguments
// are its addresses.
type Directive struct {
	Name string
	Args []string
	File string
	Line int
	Body []Directive
}

// CaddyfileDirectives reads a Caddyfile's sites. Only a program with Caddy in it sets this.
var CaddyfileDirectives func(file string, data []byte) []Directive

// withCaddy tells the reader of configurations what the program around it can do.
func withCaddy() {
	config.Adapt, config.TransportOptions = AdaptCaddyfile, TransportOptions
}
