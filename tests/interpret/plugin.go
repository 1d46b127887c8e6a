package interpret

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"github.com/mitchellh/mapstructure"
	"github.com/traefik/yaegi/interp"
)

// Plugin is a Traefik plugin, interpreted or compiled.
type Plugin struct {
	newHandler, createConfig reflect.Value
}

// LoadPlugin interprets traefikplugin.
func LoadPlugin(t testing.TB) Plugin {
	t.Helper()
	return plugin(t, Import(t, "traefikplugin"))
}

// LoadPluginFrom interprets the traefikplugin of another folder, in an environment without variables.
func LoadPluginFrom(t testing.TB, goPath string) Plugin {
	t.Helper()
	return plugin(t, ImportFrom(t, goPath, nil, "traefikplugin"))
}

// Types returns the types of New and CreateConfig.
func (p Plugin) Types() (newHandler, createConfig reflect.Type) {
	return p.newHandler.Type(), p.createConfig.Type()
}

func plugin(t testing.TB, i *interp.Interpreter) Plugin {
	t.Helper()
	symbol := func(name string) reflect.Value {
		v, err := i.Eval("traefikplugin." + name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return Plugin{newHandler: symbol("New"), createConfig: symbol("CreateConfig")}
}

// CompiledPlugin wraps New and CreateConfig of a compiled plugin.
func CompiledPlugin(newHandler, createConfig any) Plugin {
	return Plugin{newHandler: reflect.ValueOf(newHandler), createConfig: reflect.ValueOf(createConfig)}
}

// Config decodes a dynamic configuration, as Traefik got it from labels or files, into the plugin's. The decoder's
// options are those of Traefik.
func (p Plugin) Config(config map[string]any) (reflect.Value, error) {
	v := p.createConfig.Call(nil)[0]
	if len(config) == 0 {
		return v, nil
	}
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		DecodeHook:       mapstructure.StringToSliceHookFunc(","),
		WeaklyTypedInput: true,
		Result:           v.Interface(),
	})
	if err != nil {
		return v, err
	}
	return v, decoder.Decode(config)
}

// Handler makes a middleware of a configuration. Traefik calls it once for every router that uses the middleware.
func (p Plugin) Handler(config reflect.Value, next http.Handler, name string) (http.Handler, error) {
	results := p.newHandler.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(&next).Elem(), config, reflect.ValueOf(name)})
	if err, ok := results[1].Interface().(error); ok && err != nil {
		return nil, err
	}
	handler, ok := results[0].Interface().(http.Handler)
	if !ok {
		return nil, fmt.Errorf("New returns a %T", results[0].Interface())
	}
	return handler, nil
}

// New is Config and Handler in one.
func (p Plugin) New(config map[string]any, next http.Handler) (http.Handler, error) {
	v, err := p.Config(config)
	if err != nil {
		return nil, err
	}
	return p.Handler(v, next, "test@file")
}
