package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/ports"
)

// variant is a gateway with or without a signer.
type variant struct {
	gateway string // caddy or traefik
	name    string
	signs   bool
}

func (v variant) String() string { return v.gateway + " " + v.name }

var (
	caddyPlain     = variant{"caddy", "unsigned", false}
	caddyAgain     = variant{"caddy", "unsigned again", false} // another process of the same kind: what differs is chance
	caddyHeaders   = variant{"caddy", "three headers", false}  // constant ones
	caddyFloor     = variant{"caddy", "floor handler", false}  // one hash and a signed request's headers, without a look at anything
	caddyHandler   = variant{"caddy", "handler", true}
	caddyTransport = variant{"caddy", "transport", true}
	traefikPlain   = variant{"traefik", "no plugin", false}
	traefikNoop    = variant{"traefik", "no-op plugin", false}
	traefikFloor   = variant{"traefik", "floor plugin", false} // one hash and three headers, without a look at anything
	traefikSigner  = variant{"traefik", "signer", true}
)

// route is a host name, and the credential with which its requests go on to the upstream.
type route struct {
	host   string
	vendor string
	config signers.Values
}

// darktraceRoutes are n routes with a credential each.
func darktraceRoutes(n int) []route {
	routes := make([]route, n)
	for i := range routes {
		config := darktrace(signers.Values{})
		config["public_token"] = []string{fmt.Sprintf("%040x", i+1)}
		routes[i] = route{host: fmt.Sprintf("r%d.test", i), vendor: "darktrace", config: config}
	}
	return routes
}

func duoRoutes() []route {
	return []route{{host: "r0.test", vendor: "duo", config: duo(signers.Values{})}}
}

// bench is what all measurements of gateways need.
type bench struct {
	plan
	caddy, traefik string // programs
	dir            string // for everything
	vendor         *upstream
	say            func(format string, args ...any)
}

// gateway is a running gateway.
type gateway struct {
	*process
	variant
	addr, admin string
	routes      []route
	dir         string
	loaded      time.Duration // from its start to the answer of the last route
}

// start runs a gateway and waits until its last route answers as it should.
func (b *bench) start(ctx context.Context, v variant, routes []route) (*gateway, error) {
	for attempt := 1; ; attempt++ {
		g, err := b.startOnce(ctx, v, routes)
		// Somebody may have taken the port in between.
		if err == nil || attempt == 3 || !strings.Contains(err.Error(), "address already in use") {
			return g, err
		}
	}
}

func (b *bench) startOnce(ctx context.Context, v variant, routes []route) (*gateway, error) {
	dir, err := os.MkdirTemp(b.dir, v.gateway+"-")
	if err != nil {
		return nil, err
	}
	g := &gateway{variant: v, routes: routes, dir: dir}
	for _, addr := range []*string{&g.addr, &g.admin} {
		port, err := ports.Free()
		if err != nil {
			return nil, err
		}
		*addr = fmt.Sprintf("127.0.0.1:%d", port)
	}
	// The secret is given by reference, as users are told to.
	env := []string{secretVariable + "=" + darktraceSecret}
	if v.gateway == "caddy" {
		program, file := b.caddy, filepath.Join(dir, "Caddyfile")
		if v == caddyFloor || v == caddyHeaders {
			program = filepath.Join(b.dir, "caddyfloor")
		}
		if err := os.WriteFile(file, []byte(b.caddyfile(g)), 0o600); err != nil {
			return nil, err
		}
		g.process = newProcess(ctx, dir, env, program, "run", "--config", file, "--adapter", "caddyfile")
	} else {
		if err := b.writeTraefik(g); err != nil {
			return nil, err
		}
		g.process = newProcess(ctx, dir, env, b.traefik, "--configFile="+filepath.Join(dir, "traefik.yml"))
	}
	start := time.Now()
	if err := g.process.start(); err != nil {
		return nil, err
	}
	err = g.ready(ctx, routes[len(routes)-1].host)
	g.loaded = time.Since(start)
	if err != nil {
		g.stop()
		return nil, fmt.Errorf("%s: %w", v, err)
	}
	return g, nil
}

// ready waits until a host's route answers, and checks that its requests are signed if they are to be.
func (g *gateway) ready(ctx context.Context, host string) error {
	var signed bool
	var wrong error
	err := g.waitFor(ctx, 5*time.Millisecond, func() bool {
		status, s, err := ask(g.addr, request("GET", host, modes[0].get, nil))
		if status >= 400 && status != http.StatusNotFound {
			wrong = err
		}
		signed = s
		return status == http.StatusOK || wrong != nil
	})
	if err == nil && wrong == nil && signed != g.signs {
		wrong = fmt.Errorf("a request arrives signed: %v", signed)
	}
	if err == nil {
		err = wrong
	}
	return err
}

const secretVariable = "VENDORSIGN_BENCH_SECRET"

// options of a route, with the secret as the gateway's reference and the upstream on this machine.
func (r route) options(reference string) map[string]string {
	options := settings(r.config)
	if scheme, err := signers.Lookup(r.vendor); err == nil {
		for _, o := range scheme.Options {
			if o.Secret && options[o.Name] != "" {
				options[o.Name] = reference
			}
		}
	}
	options["host"] = "127.0.0.1"
	return options
}

// requests has one for each route.
func (g *gateway) requests() [][]byte {
	all := make([][]byte, len(g.routes))
	for i, r := range g.routes {
		all[i] = request("GET", r.host, modes[0].get, nil)
	}
	return all
}
