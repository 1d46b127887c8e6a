package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// caddyfile has a site for every route. Idle connections are as many as a load may need, or Caddy would open new ones
// all the time, which costs more than anything that is measured here.
func (b *bench) caddyfile(g *gateway) string {
	const idle = "keepalive_idle_conns_per_host 256"
	var c strings.Builder
	fmt.Fprintf(&c, "{\n\tadmin %s\n\tpersist_config off\n\tauto_https off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\tlog {\n\t\tlevel ERROR\n\t}\n}\n", g.admin)
	port := g.addr[strings.LastIndex(g.addr, ":")+1:]
	for _, r := range g.routes {
		var block strings.Builder
		fmt.Fprintf(&block, "%s_sign {\n", r.vendor)
		options := r.options("{env." + secretVariable + "}")
		for _, name := range slices.Sorted(maps.Keys(options)) {
			fmt.Fprintf(&block, "%s %s\n", name, options[name])
		}
		block.WriteString("insecure_upstream\n")
		fmt.Fprintf(&c, "http://%s:%s {\n", r.host, port)
		switch g.variant {
		case caddyHandler:
			fmt.Fprintf(&c, "%s}\n", block.String())
		case caddyHeaders:
			c.WriteString("floor signature\n")
		case caddyFloor:
			c.WriteString("floor request\n")
		}
		fmt.Fprintf(&c, "reverse_proxy %s {\n", b.vendor.addr)
		if g.variant == caddyTransport {
			fmt.Fprintf(&c, "transport %s%s\n}\n", block.String(), idle)
		} else {
			fmt.Fprintf(&c, "transport http {\n%s\n}\n", idle)
		}
		c.WriteString("}\n}\n")
	}
	return c.String()
}

// allocation is what a Go program has allocated since its start, as its /debug/vars has it.
type allocation struct{ Mallocs, TotalAlloc float64 }

// allocated asks a Caddy; of Traefik, which does not tell, everything is zero. What a request allocates depends neither on
// the machine nor on who else uses it.
func (g *gateway) allocated(ctx context.Context) allocation {
	var vars struct {
		Memory allocation `json:"memstats"`
	}
	if g.gateway != "caddy" {
		return vars.Memory
	}
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.admin+"/debug/vars", nil)
	if err != nil {
		return vars.Memory
	}
	answer, err := http.DefaultClient.Do(get)
	if err != nil {
		return vars.Memory
	}
	defer answer.Body.Close()
	if json.NewDecoder(answer.Body).Decode(&vars) != nil {
		return allocation{}
	}
	return vars.Memory
}

// reloadCaddy gives Caddy its configuration once more and returns when it runs.
func (b *bench) reloadCaddy(g *gateway) error {
	post, err := http.NewRequest(http.MethodPost, "http://"+g.admin+"/load", bytes.NewReader([]byte(b.caddyfile(g))))
	if err != nil {
		return err
	}
	post.Header.Set("Content-Type", "text/caddyfile")
	post.Header.Set("Cache-Control", "must-revalidate") // also if nothing changed
	answer, err := http.DefaultClient.Do(post)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
		return fmt.Errorf("reloading Caddy: %s: %s", answer.Status, text)
	}
	return nil
}
