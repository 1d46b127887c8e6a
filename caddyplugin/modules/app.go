package modules

import (
	"fmt"
	"slices"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() { caddy.RegisterModule(App{}) }

// App ensures that no reverse_proxy of a site with a signing handler or transport sends an unsigned request to the vendor. It
// is loaded automatically, and has no options. There is one for each configuration, so it is also where the
// modules of one configuration meet: a survey for each server, and the verifiers that write an audit.
type App struct {
	// surveys are made by the first signer of a server: see surveyOf. looked has the kinds of checks that were
	// made: see unseen.
	surveys map[*caddyhttp.Server]*survey
	looked  map[string]bool
	ctx     caddy.Context

	// verifying are those of the configuration that write an audit; outputs are the same, once it has started.
	verifying []*verifying
	outputs   map[string][]*verifying
}

// started are the configurations that have started and were not cleaned up, the oldest first: one, and two during a reload.
var started struct {
	sync.Mutex
	all []*App
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "vendorsign", New: func() caddy.Module {
		return &App{surveys: make(map[*caddyhttp.Server]*survey), looked: make(map[string]bool)}
	}}
}

// Provision keeps the context: Start, which gets none, asks it for the http app.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx = ctx
	return nil
}

// Start makes sure that every server was surveyed, and warns of other sites that can reach a credential's host. It is
// the last chance to refuse the configuration: Caddy has provisioned everything by now. The http app may already
// listen, since Caddy starts apps in no fixed order, but until the survey is done every handler refuses its requests
// (see Handler.misplaced).
func (a *App) Start() error {
	for server, s := range a.surveys {
		if !s.done {
			return fmt.Errorf("server %s: Caddy did not load the named route that finds what has to be signed", server.Name())
		}
	}
	if err := a.warn(); err != nil {
		return err
	}
	started.Lock()
	defer started.Unlock()
	a.outputs = byOutput(a.verifying) // Cleanup of a verifier forgets its output
	started.all = append(started.all, a)
	return nil
}

// Stop does nothing: the app's state is discarded with the configuration.
func (a *App) Stop() error { return nil }

// Cleanup records which apps the next configuration has revoked. Caddy calls it when that has taken the place of a. It also does so for
// a configuration of which another module did not start: that one is the newest, and revokes nothing.
func (a *App) Cleanup() error {
	started.Lock()
	defer started.Unlock()
	i := slices.Index(started.all, a)
	if i < 0 {
		return nil
	}
	started.all = slices.Delete(started.all, i, i+1)
	if i < len(started.all) {
		recordRevoked(a.outputs, started.all[i].outputs)
	}
	return nil
}

// unseen is Caddy's http app for the first signer of a configuration that makes this kind of check, and nil for all
// others: checking every site for each of thousands of signers would take minutes. What Caddy has loaded by then
// contains no signer, and the rest is still as written. It is also nil outside of the http app. The app itself
// remembers which kinds were made: it lives as long as one configuration, so each reload checks again.
func unseen(ctx caddy.Context, look string) (*caddyhttp.App, error) {
	// The modules that are being loaded, from the outermost one to the signer.
	i := slices.IndexFunc(ctx.Modules(), func(m caddy.Module) bool { _, ok := m.(*caddyhttp.App); return ok })
	if i < 0 {
		return nil, nil
	}
	module, err := ctx.App("vendorsign")
	if err != nil {
		return nil, err
	}
	looked := module.(*App).looked
	if looked[look] {
		return nil, nil
	}
	looked[look] = true
	return ctx.Modules()[i].(*caddyhttp.App), nil
}
