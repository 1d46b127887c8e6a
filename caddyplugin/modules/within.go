package modules

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// routeType and handlerType are what is looked for: routes by their type, handlers by their interface.
var (
	routeType   = reflect.TypeFor[caddyhttp.Route]()
	handlerType = reflect.TypeFor[caddyhttp.MiddlewareHandler]()
)

// deepest bounds how far into a module handlers are looked for.
const deepest = 8

// within looks for handlers in the exported fields of a module. path is where it is in the JSON. Fields that are
// not exported cannot be read: a third-party module that hides its handlers in them makes its site foreign.
func (w *walk) within(v reflect.Value, path string, depth int) {
	if depth > deepest || !v.IsValid() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		// A proxy wherever it is: a module may have one of its own.
		if p, ok := v.Interface().(*reverseproxy.Handler); ok {
			w.reverseProxy(p, path)
			return
		}
		// Modules may point to each other, as to their parent.
		if w.seen[v.Pointer()] {
			return
		}
		w.seen[v.Pointer()] = true
		w.within(v.Elem(), path, depth+1)
	case reflect.Interface:
		// An interface of another kind holds no handler.
		if m, ok := v.Interface().(caddyhttp.MiddlewareHandler); ok && v.Type().Implements(handlerType) {
			w.single(m, path)
		}
	case reflect.Struct:
		w.fields(v, path, depth)
	// A list of routes has an order, and elements keeps it.
	case reflect.Slice, reflect.Array:
		w.elements(v, path, depth)
	case reflect.Map:
		// A map has no order: which of two handlers in it comes first is not known, and does not matter for the
		// sites.
		for keys := v.MapRange(); keys.Next(); {
			w.within(keys.Value(), fmt.Sprintf("%s.%v", path, keys.Key()), depth+1)
		}
	}
}

// single walks a handler that is in no list of routes, as of a module with a field for one.
func (w *walk) single(m caddyhttp.MiddlewareHandler, path string) {
	if s, ok := m.(interface{ signer() *Handler }); ok {
		w.signer(s.signer(), path, path, w.sites)
		return
	}
	w.handler(m, path)
}

// fields walks a struct's fields under the names that they have in JSON, so that a path in a message can be found
// in the configuration. Embedded fields share their struct's level there. A reverse_proxy within a struct, such as
// one that a module embeds, is a proxy like any other.
func (w *walk) fields(v reflect.Value, path string, depth int) {
	// A struct by value: its address is needed to recognize it.
	if v.CanAddr() {
		if p, ok := v.Addr().Interface().(*reverseproxy.Handler); ok {
			w.reverseProxy(p, path)
			return
		}
	}
	// Routes are walked as such wherever they are: their order and matchers count.
	if v.Type() == routeType {
		w.routes(caddyhttp.RouteList{v.Interface().(caddyhttp.Route)}, path, nil)
		return
	}
	// Only fields that Caddy can fill, and whose type may hold a handler.
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || !mayHold(field.Type) {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || name == "" {
			w.within(v.Field(i), path, depth+1)
			continue
		}
		// The field is not in the JSON, so its Go name has to do.
		if name == "-" {
			name = field.Name
		}
		w.within(v.Field(i), path+"."+name, depth+1)
	}
}

// elements walks a list. A list of routes is one whatever a module calls its type, and its routes are met in order.
func (w *walk) elements(v reflect.Value, path string, depth int) {
	if !mayHold(v.Type().Elem()) {
		return
	}
	if v.Type().Elem() == routeType && v.Kind() == reflect.Slice {
		w.routes(v.Convert(reflect.TypeFor[caddyhttp.RouteList]()).Interface().(caddyhttp.RouteList), path, nil)
		return
	}
	for i := range v.Len() {
		w.within(v.Index(i), fmt.Sprintf("%s.%d", path, i), depth+1)
	}
}

// mayHold leaves out what holds no handlers: the standard library's types among them, which others may be
// changing. A package's path begins with a domain unless it is the standard library's.
func mayHold(t reflect.Type) bool {
	t = element(t, nil)
	if t.Kind() == reflect.Struct {
		first, _, _ := strings.Cut(t.PkgPath(), "/")
		return t.PkgPath() == "" || strings.Contains(first, ".")
	}
	return t.Kind() == reflect.Interface && t.Implements(handlerType)
}

// element is the type of what is in the pointers, lists and maps of a type, down to stop: []*Route -> Route. It
// takes a few steps at most, as a type may contain itself.
func element(t, stop reflect.Type) reflect.Type {
	for range deepest {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			if t == stop {
				return t
			}
			t = t.Elem()
		}
	}
	return t
}
