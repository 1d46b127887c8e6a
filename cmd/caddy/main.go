// Command caddy is Caddy with this plugin and its standard modules, as the releases have it. It is what `xcaddy build
// --with github.com/vendorsign/vendorsign/caddyplugin` writes, kept here so that every release is built from one
// go.sum. To add other plugins, use xcaddy.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/vendorsign/vendorsign/caddyplugin"
)

func main() { caddycmd.Main() }
