package caddyplugin

import (
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() { caddy.RegisterModule(App{}) }

// App sees to it that no reverse_proxy of a site with a signing handler sends a request to the vendor unsigned. It is
// there by itself, and has no options.
type App struct {
	surveys map[*caddyhttp.Server]*survey
	ctx     caddy.Context
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "vendorsign", New: func() caddy.Module { return &App{surveys: make(map[*caddyhttp.Server]*survey)} }}
}

// Provision keeps the context.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx = ctx
	return nil
}

// Start makes sure that every server was surveyed, and tells what reaches a credential's host from another site.
func (a *App) Start() error {
	for server, s := range a.surveys {
		if !s.done {
			return fmt.Errorf("server %s: Caddy did not load the named route that finds what has to be signed", server.Name())
		}
	}
	return a.warn()
}

// Stop does nothing.
func (a *App) Stop() error { return nil }
