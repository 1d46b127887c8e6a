// Package caddyplugin is all of Vendorsign for Caddy: the modules that sign (package modules, which can also be
// used alone), and the commands of `caddy vendorsign`, to which it adds what only Caddy can do: reading and
// serving a Caddyfile.
//
//	xcaddy build --with github.com/vendorsign/vendorsign/caddyplugin            modules and commands
//	xcaddy build --with github.com/vendorsign/vendorsign/caddyplugin/modules    modules alone
//
// Package cli must not import Caddy, because the command vendorsign is built from it without a gateway. It has
// variables instead, which this package sets in its init function. A command that needs no Caddy belongs in cli, a
// module in modules.
package caddyplugin

import (
	"encoding/json"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/caddyplugin/modules"
	"github.com/vendorsign/vendorsign/cli"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/demo"
)

// It fills what package cli leaves to a gateway, and registers the command.
func init() {
	config.Adapt = adapt
	cli.Hosted = modules.AnswerHosted
	cli.CaddyfileDirectives = func(file string, data []byte) (sites []cli.Directive) {
		blocks, err := caddyfile.Parse(file, data)
		if err != nil { // the adapter reports it
			return nil
		}
		for _, block := range blocks {
			site := cli.Directive{}
			// A site's addresses are the arguments of a directive without a name.
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
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "vendorsign",
		Usage: "<command>",
		Short: "Sign requests for the APIs of security vendors",
		CobraFunc: func(c *cobra.Command) {
			// They need a Caddy, so package cli cannot have them.
			c.AddCommand(demo.Command(demo.Gateway{Run: runGateway, Stop: caddy.Stop}), modules.StatusCommand())
			cli.Mount(c, exitStatus)
		},
	})
}

// directivesOf reads directives with their blocks, in their order. {$NAME} and imports are resolved by then: Parse
// does both.
func directivesOf(d *caddyfile.Dispenser) (all []cli.Directive) {
	for d.Next() {
		all = append(all, directiveAt(d))
	}
	return all
}

// directiveAt reads the directive that d is at, with those in its block. It calls itself for each block, so depth
// is that of the file.
func directiveAt(d *caddyfile.Dispenser) cli.Directive {
	one := cli.Directive{Name: d.Val(), File: d.File(), Line: d.Line()}
	one.Args = d.RemainingArgs()
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		one.Body = append(one.Body, directiveAt(d))
	}
	return one
}

// exitStatus turns an error into one that carries its status through Caddy's main. Caddy would exit with 1 for any
// other error, and scripts tell 1 from 2.
func exitStatus(e *cli.ExitError) error {
	run := caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return e.Code, e })
	return run(new(cobra.Command), nil)
}

// adapt turns a Caddyfile into Caddy's JSON, as caddy adapt does. Warnings, such as about formatting, are dropped.
// file is for messages and imports; it need not be there.
func adapt(file string, text []byte) ([]byte, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": file})
	return config, err
}

// runGateway serves a Caddyfile in this process. It returns when Caddy runs; caddy.Stop ends it.
func runGateway(file string, text []byte) error {
	adapted, err := adapt(file, text)
	if err != nil {
		return err
	}
	var config caddy.Config
	if err := json.Unmarshal(adapted, &config); err != nil {
		return err
	}
	leaveNoTrace(&config)
	// Without buffering, Caddy's own first log lines would appear above the demo's table.
	caddy.BufferedLog()
	return caddy.Run(&config)
}

// leaveNoTrace turns off what a demo does not need: the admin API, the saved copy of the configuration,
// certificate management and all log lines that are not errors. A Caddy that already runs on the machine keeps its
// admin port and its autosave.json.
func leaveNoTrace(config *caddy.Config) {
	config.Admin = &caddy.AdminConfig{Disabled: true, Config: &caddy.ConfigSettings{Persist: new(bool)}}
	config.Logging = &caddy.Logging{Logs: map[string]*caddy.CustomLog{
		caddy.DefaultLoggerName: {BaseLog: caddy.BaseLog{Level: "ERROR"}},
	}}
	if config.AppsRaw["tls"] == nil {
		config.AppsRaw["tls"] = json.RawMessage(`{"disable_storage_clean": true}`)
	}
}
