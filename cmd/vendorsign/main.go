// Command vendorsign signs requests for the APIs of security vendors, and simulates the vendors. Run it without
// arguments to see its commands. In a Caddy that has the plugin they are `caddy vendorsign`.
package main

import (
	"context"
	"os"

	"github.com/vendorsign/vendorsign/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
