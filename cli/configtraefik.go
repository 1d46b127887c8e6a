package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vendorsign/vendorsign/signers"
)

// fromYAML reads a Traefik file, or Kubernetes manifests of which some are middlewares.
func fromYAML(data []byte) ([]configured, error) {
	var all []configured
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var root yaml.Node
		var document map[string]any
		err := decoder.Decode(&root)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err == nil && root.Content[0].Kind == yaml.MappingNode { // else there is no signer in it
			err = root.Decode(&document)
		}
		if err != nil {
			return nil, fmt.Errorf("not YAML: %s", strings.TrimPrefix(firstLine(err), "yaml: "))
		}
		name := ""
		if metadata, ok := document["metadata"].(map[string]any); ok {
			name, _ = metadata["name"].(string)
		}
		all = append(all, fromTraefik(document, name, nil)...)
	}
}

// fromTraefik walks a Traefik configuration: below plugin stands the plugin's name, below that the vendor's.
func fromTraefik(node map[string]any, name string, path []string) []configured {
	var all []configured
	for _, k := range slices.Sorted(maps.Keys(node)) {
		child, ok := node[k].(map[string]any)
		if !ok {
			continue
		}
		here := append(slices.Clone(path), k)
		if !strings.EqualFold(k, "plugin") {
			next := name
			if len(path) > 0 && strings.EqualFold(path[len(path)-1], "middlewares") {
				next = k
			}
			all = append(all, fromTraefik(child, next, here)...)
			continue
		}
		for _, plugin := range slices.Sorted(maps.Keys(child)) {
			blocks, _ := child[plugin].(map[string]any)
			for _, key := range slices.Sorted(maps.Keys(blocks)) {
				options, ok := blocks[key].(map[string]any)
				vendor := strings.ToLower(key)
				if !ok || !slices.Contains(signers.Names(), vendor) {
					continue
				}
				all = append(all, configured{name: name, place: strings.Join(here, "/"), vendor: vendor, values: snakeValues(vendor, options)})
			}
		}
	}
	return all
}

// snakeValues turns Traefik's spelling of the options into ours. What is none of them stays, to be complained about.
func snakeValues(vendor string, options map[string]any) map[string]json.RawMessage {
	values := make(map[string]any)
	known := newOptions(vendor).all
	for k, v := range options {
		for _, s := range known {
			if strings.EqualFold(signers.Camel(s.Name), k) {
				k = s.Name
				switch number := v.(type) { // labels are texts, YAML may take them for numbers
				case int, int64, float64:
					if single(s) {
						v = fmt.Sprint(number)
					}
				case string:
					if n, err := strconv.Atoi(number); s.Kind == signers.Number && err == nil {
						v = n
					} else if on, err := strconv.ParseBool(number); s.Kind == signers.Flag && err == nil {
						v = on
					}
				}
			}
		}
		values[k] = v
	}
	return rawValues(values, nil)
}
