package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/vendorsign/vendorsign/signers"
)

// AdaptCaddyfile makes Caddy's JSON of a Caddyfile. Only a program with Caddy in it sets this.
var AdaptCaddyfile func(file string, data []byte) ([]byte, error)

var errNoCaddy = errors.New("it is not JSON, YAML or TOML by its name; a Caddyfile is read by `caddy vendorsign` only")

// configured is a signer that a gateway's configuration holds.
type configured struct {
	name   string // how --signer asks for it: the site of a Caddyfile, or the middleware of Traefik
	place  string // where it stands
	vendor string
	values map[string]json.RawMessage // the options by the names that the file has
}

// readConfig finds a vendor's signer in a gateway's configuration: Caddy JSON at any depth, a Traefik file, a
// Caddyfile, or a plain object of options. pick asks for one of several, by name or by its number from 1.
func readConfig(file, vendor, pick string) (map[string]json.RawMessage, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, err := findConfigured(file, data, vendor)
	if err != nil {
		return nil, err
	}
	var ours []configured
	for _, c := range all {
		if c.vendor == vendor {
			ours = append(ours, c)
		}
	}
	if len(ours) == 0 {
		if len(all) > 0 {
			return nil, fmt.Errorf("%s has no signer for %s; it has %s", file, vendor, places(all))
		}
		return nil, fmt.Errorf("%s has no signer in it", file)
	}
	if pick == "" && len(ours) == 1 {
		return ours[0].values, nil
	}
	if n, err := strconv.Atoi(pick); err == nil && n >= 1 && n <= len(ours) {
		return ours[n-1].values, nil
	}
	var named []configured
	for _, c := range ours {
		if pick != "" && (c.name == pick || c.place == pick || slices.Contains(strings.Split(c.name, ", "), pick)) {
			named = append(named, c)
		}
	}
	switch {
	case len(named) == 1:
		return named[0].values, nil
	case pick == "":
		return nil, fmt.Errorf("%s has several signers for %s; choose with --signer: %s", file, vendor, places(ours))
	case len(named) > 1:
		return nil, fmt.Errorf("--signer %s fits several in %s; choose by number: %s", pick, file, places(ours))
	}
	return nil, fmt.Errorf("%s has no signer %s; it has %s", file, pick, places(ours))
}

func places(all []configured) string {
	var texts []string
	for i, c := range all {
		texts = append(texts, fmt.Sprintf("%d = %s (%s)", i+1, c.name, c.place))
	}
	return strings.Join(texts, ", ")
}

// findConfigured reads a file by its kind.
func findConfigured(file string, data []byte, vendor string) ([]configured, error) {
	switch kindOf(file, data) {
	case "yaml":
		return fromYAML(data)
	case "toml":
		var document map[string]any
		if err := toml.Unmarshal(data, &document); err != nil {
			return nil, fmt.Errorf("not TOML: %s", firstLine(err))
		}
		return fromTraefik(document, "", nil), nil
	case "json":
		return fromJSON(data, vendor)
	case "caddyfile":
		adapted, err := AdaptCaddyfile(file, data)
		if err != nil {
			return nil, err
		}
		return fromJSON(adapted, vendor)
	}
	return nil, errNoCaddy
}

// fromJSON takes Caddy's configuration, a part of it, or the options alone.
func fromJSON(data []byte, vendor string) ([]configured, error) {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&document) != nil || !json.Valid(data) { // something may follow the value
		return nil, errors.New("it is not JSON")
	}
	if all := fromCaddy(document, nil, ""); len(all) > 0 {
		return all, nil
	}
	object, ok := document.(map[string]any)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	if _, caddy := object["apps"]; caddy {
		return nil, nil
	}
	if all := fromTraefik(object, "", nil); len(all) > 0 {
		return all, nil
	}
	return []configured{{name: vendor, place: "the whole file", vendor: vendor, values: rawValues(object, nil)}}, nil
}

// fromCaddy walks Caddy's JSON in a fixed order. site is what the routes around match.
func fromCaddy(node any, path []string, site string) []configured {
	switch node := node.(type) {
	case []any:
		var all []configured
		for i, v := range node {
			all = append(all, fromCaddy(v, append(path, strconv.Itoa(i)), site)...)
		}
		return all
	case map[string]any:
		if hosts := matchedHosts(node["match"]); hosts != "" {
			site = hosts
		}
		for _, kind := range []string{"handler", "protocol"} {
			module, _ := node[kind].(string)
			vendor, ok := strings.CutSuffix(module, "_sign")
			if !ok || !slices.Contains(signers.Names(), vendor) {
				continue
			}
			c := configured{name: site, place: strings.Join(path, "/"), vendor: vendor, values: rawValues(node, optionNames(vendor))}
			if c.name == "" {
				c.name = module
			}
			return []configured{c}
		}
		var all []configured
		for _, k := range slices.Sorted(maps.Keys(node)) {
			all = append(all, fromCaddy(node[k], append(slices.Clone(path), k), site)...)
		}
		return all
	}
	return nil
}

// matchedHosts are the host names of a route's matchers.
func matchedHosts(match any) string {
	var hosts []string
	sets, _ := match.([]any)
	for _, set := range sets {
		object, _ := set.(map[string]any)
		names, _ := object["host"].([]any)
		for _, n := range names {
			if text, ok := n.(string); ok {
				hosts = append(hosts, text)
			}
		}
	}
	return strings.Join(hosts, ", ")
}

// optionNames are those that a signer's module shares with nothing else: a transport has more.
func optionNames(vendor string) []string {
	f := newOptions(vendor)
	var names []string
	for _, s := range f.all {
		names = append(names, s.Name)
	}
	return names
}

// rawValues keeps the values of some names, or of all.
func rawValues(object map[string]any, names []string) map[string]json.RawMessage {
	values := make(map[string]json.RawMessage)
	for k, v := range object {
		if names != nil && !slices.Contains(names, k) {
			continue
		}
		if text, err := json.Marshal(v); err == nil {
			values[k] = text
		}
	}
	return values
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
