package modules

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() { caddy.RegisterModule(surveyor{}) }

// surveyor is the last handler of a named route, and starts the survey of the server when Caddy sets it up. Others
// wrap each of the route's handlers, because Caddy only exposes those once the whole route is set up.
//
//	"named_routes": {"x": {"handle": [H1, H2]}}
//	-> {"x": {"handle": [{vendorsign_survey, route x, within H1}, {..., within H2}, {vendorsign_survey, route x}]}}
type surveyor struct {
	// Route is the named route; Within is the handler that this one wraps, or nil at the end of the route.
	Route  string          `json:"route,omitempty"`
	Within json.RawMessage `json:"within,omitempty" caddy:"namespace=http.handlers inline_key=handler"`
	// Made is that of this process: see made.
	Made string `json:"made,omitempty"`

	handler caddyhttp.MiddlewareHandler
}

// made is in each guard and surveyor that a survey puts into the JSON. One that a configuration has itself would end the survey before
// all handlers are known, or hide what is below it.
var made = rand.Text()

// errMade refuses such a one.
var errMade = errors.New("this module is put in place automatically; leave it out of the configuration")

// raw is the surveyor as it is configured.
func (s surveyor) raw() json.RawMessage {
	s.Made = made
	return caddyconfig.JSONModuleObject(s, "handler", "vendorsign_survey", nil)
}

// CaddyModule returns the Caddy module information; that of the handler within, for Caddy's metrics.
func (s surveyor) CaddyModule() caddy.ModuleInfo {
	if m, ok := s.handler.(caddy.Module); ok {
		return m.CaddyModule()
	}
	return caddy.ModuleInfo{ID: "http.handlers.vendorsign_survey", New: func() caddy.Module { return new(surveyor) }}
}

// Provision sets up the handler within. Without one it surveys the server, if this is its last surveyor. An error
// refuses the configuration.
func (s *surveyor) Provision(ctx caddy.Context) error {
	if s.Made != made {
		return errMade
	}
	of, err := surveyOf(ctx)
	if err != nil || of == nil {
		return err
	}
	// It runs before the others of the route are loaded, as Caddy loads them in order.
	if s.Within != nil {
		within, err := ctx.LoadModule(s, "Within")
		if err != nil {
			return err
		}
		s.handler = within.(caddyhttp.MiddlewareHandler)
		of.loaded[s.Route] = append(of.loaded[s.Route], s.handler)
		return nil
	}
	if of.waits--; of.waits != 0 {
		return nil
	}
	if err := of.complete(s.Route); err != nil {
		return err
	}
	return of.run()
}

// ServeHTTP passes r on, to the handler within if there is one.
func (s *surveyor) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if s.handler != nil {
		return s.handler.ServeHTTP(w, r, next)
	}
	return next.ServeHTTP(w, r)
}

// complete adds to what is seen of the named route that Caddy loads last the handlers that it had loaded of it before: if
// the server's first signer is in that route, it is in one of them.
func (s *survey) complete(name string) error {
	missing := s.counts[name] - len(s.loaded[name])
	if missing == 0 {
		return nil
	}
	// These were loaded without a guard before the first signer existed; a proxy in one of them would send unsigned.
	for _, raw := range s.unseen[name][:missing-1] {
		if bytes.Contains(raw, []byte("reverse_proxy")) {
			return fmt.Errorf("named route %s: a reverse_proxy comes before the first signer; put the signer first", name)
		}
	}
	// The one with the first signer was being loaded when the wrapping began.
	s.loaded[name] = append([]caddyhttp.MiddlewareHandler{s.first}, s.loaded[name]...)
	return nil
}

var _ caddyhttp.MiddlewareHandler = (*surveyor)(nil)
