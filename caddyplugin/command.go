package caddyplugin

import (
	"reflect"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
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
	cli.CaddyfileDirectives = func(file string, data []byte) (sites []cli.Directive) {
		blocks, err := caddyfile.Parse(file, data)
		if err != nil { // the adapter tells it
			return nil
		}
		for _, block := range blocks {
			site := cli.Directive{}
			for _, key := range block.Keys {
				site.Args = append(site.Args, key.Text)
			}
			for _, segment := range block.Segments {
				site.Body = append(site.Body, directivesOf(caddyfile.NewDispenser(segment))...)
			}
			sites = append(sites, site)
		}
		return sites
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

// directivesOf reads directives with all below them.
func directivesOf(d *caddyfile.Dispenser) (all []cli.Directive) {
	for d.Next() {
		all = append(all, directiveAt(d))
	}
	return all
}

func directiveAt(d *caddyfile.Dispenser) cli.Directive {
	one := cli.Directive{Name: d.Val(), File: d.File(), Line: d.Line()}
	one.Args = d.RemainingArgs()
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		one.Body = append(one.Body, directiveAt(d))
	}
	return one
}

// exitStatus makes an error of one that carries its status through Caddy's main.
func exitStatus(e *cli.ExitError) error {
	run := caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return e.Code, e })
	return run(new(cobra.Command), nil)
}
