package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vendorsign/vendorsign/signers"
)

const module = "github.com/vendorsign/vendorsign"

type object = map[string]any

// copyPlugins makes the folder from which Traefik loads local plugins. It is a copy, so that whoever edits the checkout
// meanwhile changes nothing.
func (b *bench) copyPlugins(root string) error {
	to := filepath.Join(b.dir, "plugins-local", "src", filepath.FromSlash(module))
	for _, dir := range []string{"signers", "outbound", "traefikplugin", "tests/bench/noop", "tests/bench/floor"} {
		if err := os.CopyFS(filepath.Join(to, dir), os.DirFS(filepath.Join(root, dir))); err != nil {
			return err
		}
	}
	// Traefik reads a manifest in the folder of the module's name, so each plugin is a module for it.
	manifest, err := os.ReadFile(filepath.Join(root, ".traefik.yml"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, ".traefik.yml"), manifest, 0o644)
}

// writeTraefik writes the static and the dynamic configuration. JSON is YAML too.
func (b *bench) writeTraefik(g *gateway) error {
	if err := os.Symlink(filepath.Join(b.dir, "plugins-local"), filepath.Join(g.dir, "plugins-local")); err != nil {
		return err
	}
	static := object{
		"global":      object{"checkNewVersion": false, "sendAnonymousUsage": false},
		"log":         object{"level": "ERROR", "noColor": true},
		"entryPoints": object{"web": object{"address": g.addr}},
		"providers": object{
			"file":                      object{"filename": filepath.Join(g.dir, "dynamic.yml"), "watch": true},
			"providersThrottleDuration": "0s", // a reload is timed
		},
	}
	switch g.variant {
	case traefikNoop:
		static["experimental"] = object{"localPlugins": object{"noop": object{"moduleName": module + "/tests/bench/noop"}}}
	case traefikFloor:
		static["experimental"] = object{"localPlugins": object{"floor": object{"moduleName": module + "/tests/bench/floor"}}}
	case traefikSigner:
		static["experimental"] = object{"localPlugins": object{"vendorsign": object{"moduleName": module}}}
	}
	if err := writeJSON(filepath.Join(g.dir, "traefik.yml"), static); err != nil {
		return err
	}
	return b.writeTraefikRoutes(g, g.routes)
}

func (b *bench) writeTraefikRoutes(g *gateway, routes []route) error {
	routers, middlewares := object{}, object{}
	for i, r := range routes {
		name := fmt.Sprintf("r%d", i)
		router := object{"rule": "Host(`" + r.host + "`)", "service": "vendor"}
		block := object{}
		for option, value := range r.options("env:" + secretVariable) {
			block[signers.Camel(option)] = value
		}
		block["insecureUpstream"] = true
		switch g.variant {
		case traefikNoop:
			middlewares[name] = object{"plugin": object{"noop": object{}}}
		case traefikFloor:
			middlewares[name] = object{"plugin": object{"floor": object{}}}
		case traefikSigner:
			middlewares[name] = object{"plugin": object{"vendorsign": object{r.vendor: block}}}
		}
		if middlewares[name] != nil {
			router["middlewares"] = []string{name}
		}
		routers[name] = router
	}
	http := object{"routers": routers, "services": object{"vendor": object{"loadBalancer": object{"servers": []object{{"url": "http://" + b.vendor.addr}}}}}}
	if len(middlewares) > 0 {
		http["middlewares"] = middlewares
	}
	return writeJSON(filepath.Join(g.dir, "dynamic.yml"), object{"http": http})
}

// reloadTraefik adds a route and waits until it answers.
func (b *bench) reloadTraefik(ctx context.Context, g *gateway) error {
	more := append(g.routes[:len(g.routes):len(g.routes)], g.routes[0])
	more[len(more)-1].host = "more.test"
	if err := b.writeTraefikRoutes(g, more); err != nil {
		return err
	}
	return g.ready(ctx, "more.test")
}

func writeJSON(file string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	// Whoever watches the file must not see half of it.
	if err := os.WriteFile(file+".new", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
