package cli

// Directive is a directive of a Caddyfile, after import and with its place. A site is one, too: its
// name and arguments are its addresses.
type Directive struct {
	Name string
	Args []string
	File string
	Line int
	Body []Directive
}

// CaddyfileDirectives reads a Caddyfile's sites. Only a program with Caddy in it sets this.
var CaddyfileDirectives func(file string, data []byte) []Directive
