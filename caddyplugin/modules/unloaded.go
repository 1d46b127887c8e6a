package modules

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// guardUnloaded finds in the exported fields of v what Caddy has not loaded yet, and makes a Guard the transport
// of each reverse_proxy in it.
//
//	{"handler": "reverse_proxy", "transport": {"protocol": "http", "tls": {}}, ...}
//	-> {"handler": "reverse_proxy", "transport": {"protocol": "vendorsign_guard", "below": {"protocol": "http", "tls": {}}}, ...}
//
// It changes the JSON in memory alone: what Caddy saves and shows is the configuration as it was given.
func guardUnloaded(v any) { guardWithin(reflect.ValueOf(v), 0) }

var rawType = reflect.TypeFor[json.RawMessage]()

// guardWithin descends through whatever can hold raw JSON. A json.RawMessage in a field or list is replaced in
// place; one in a map (as in NamedRoutes or ModuleMap) by storing it again, since map values cannot be set. depth
// bounds it: modules may point to each other.
func guardWithin(v reflect.Value, depth int) {
	if depth > deepest || !v.IsValid() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			guardWithin(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			// Caddy can only fill exported fields.
			if field := v.Type().Field(i); field.IsExported() && mayBeRaw(field.Type) {
				guardWithin(v.Field(i), depth+1)
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type() == rawType {
			// A value that cannot be set is a copy, of which a change would be lost.
			if guarded := guardRaw(v.Bytes()); v.CanSet() && guarded != nil {
				v.SetBytes(guarded)
			}
			return
		}
		for i := range v.Len() {
			guardWithin(v.Index(i), depth+1)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := v.MapIndex(key)
			if value.Type() != rawType {
				guardWithin(value, depth+1)
			} else if guarded := guardRaw(value.Bytes()); guarded != nil {
				v.SetMapIndex(key, reflect.ValueOf(json.RawMessage(guarded)))
			}
		}
	}
}

// mayBeRaw leaves out what holds no configuration of handlers: a module may have many other fields, and a server
// thousands of routes.
func mayBeRaw(t reflect.Type) bool {
	t = element(t, rawType)
	return t == rawType || t.Kind() == reflect.Struct && mayHold(t)
}

// guardRaw returns the JSON of a module with guards in it; nil if it has no reverse_proxy that needs one.
func guardRaw(raw []byte) []byte {
	// Most modules have none, and need not be parsed. A letter of the name may be escaped.
	if !bytes.Contains(raw, []byte("reverse_proxy")) && !bytes.Contains(raw, []byte(`\u`)) {
		return nil
	}
	var module any
	d := json.NewDecoder(bytes.NewReader(raw))
	// Integers above 2^53 would otherwise lose digits when the JSON is written again.
	d.UseNumber()
	if d.Decode(&module) != nil || !guardJSON(module) {
		return nil
	}
	guarded, err := json.Marshal(module)
	if err != nil {
		return nil // Caddy says what is wrong with it
	}
	return guarded
}

// guardJSON puts a guard around the transport of each reverse_proxy in a value, and reports whether there was one.
// It does not know which objects are modules: whatever has the handler reverse_proxy is taken for one.
func guardJSON(value any) (found bool) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			found = guardJSON(v) || found
		}
	case map[string]any:
		// Within a proxy, too: handle_response has routes.
		for _, v := range value {
			found = guardJSON(v) || found
		}
		// What is inside has been looked at by now.
		if value["handler"] != "reverse_proxy" {
			return found
		}
		// The guard is a transport with the configured one below it; without one it takes reverse_proxy's own. Caddy takes the key in
		// any letter case. Of several the last one counts, and a map does not know which that was: Guard.Provision refuses them.
		guard := map[string]any{"protocol": "vendorsign_guard", "made": made}
		keys := slices.DeleteFunc(slices.Collect(maps.Keys(value)), func(key string) bool { return !strings.EqualFold(key, "transport") })
		if len(keys) > 1 {
			guard["twice"] = true
		} else if len(keys) == 1 {
			// What is no object, Caddy refuses, below a guard as without one.
			below, _ := value[keys[0]].(map[string]any)
			if protocol, _ := below["protocol"].(string); slices.Contains(unguardedProtocols(), protocol) {
				return found
			}
			guard["below"] = value[keys[0]]
		}
		for _, key := range keys {
			delete(value, key)
		}
		value["transport"], found = guard, true
	}
	return found
}

// unguardedProtocols are those of transports that sign themselves, or speak no HTTP. A guard is one of them, so
// none gets a second.
func unguardedProtocols() []string {
	protocols := []string{"vendorsign_guard", "vendorsign", "fastcgi"}
	for _, vendor := range namedVendors {
		protocols = append(protocols, vendor+"_sign")
	}
	return protocols
}

// isUnguarded is unguardedProtocols by module ID.
func isUnguarded(id string) bool {
	return slices.Contains(unguardedProtocols(), strings.TrimPrefix(id, "http.reverse_proxy.transport."))
}
