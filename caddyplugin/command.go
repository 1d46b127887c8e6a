package caddyplugin

import (
	"reflect"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli"
)

func init() {
	cli.AdaptCaddyfile = func(file string, data []byte) ([]byte, error) {
		config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(data, map[string]any{"filename": file})
		return config, err
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[reverseproxy.HTTPTransport]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			cli.TransportOptions = append(cli.TransportOptions, name)
		}
	}
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "vendorsign",
		Usage: "<command>",
		Short: "Sign requests for the APIs of security vendors",
		CobraFunc: func(c *cobra.Command) {
			c.AddCommand(demoCommand(), statusCommand()) // they need a Caddy, so package cli cannot have them
			cli.Mount(c, exitStatus)
		},
	})
}

// exitStatus makes an error of one that carries its status through Caddy's main.
func exitStatus(e *cli.ExitError) error {
	run := caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return e.Code, e })
	return run(new(cobra.Command), nil)
}
