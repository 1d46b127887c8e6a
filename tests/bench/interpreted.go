package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// pluginCost is what a request through the interpreted plugin costs over one through a plugin that does nothing.
type pluginCost struct {
	US     float64 `json:"us"`
	NoopUS float64 `json:"noop_us"`
	Bytes  float64 `json:"bytes"`
	Allocs float64 `json:"allocs"`
	Spread spread  `json:"spread_us"`
}

// insecureName is the Darktrace plugin as the load tests have it: before an upstream on this machine.
const insecureName = "darktrace-insecure"

// measureInterpreted sends the small GET of every mode through the plugin, loaded as Traefik loads it.
func measureInterpreted(p plan, root string) (costs map[string]pluginCost, err error) {
	t := &setup{}
	defer t.close()
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			err = f
		default:
			panic(f)
		}
	}()
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	noop, err := loadNoop(root).New(nil, next)
	if err != nil {
		return nil, err
	}
	plugin := interpret.LoadPlugin(t)
	names, subjects := []string{"noop"}, []subject{requests(noop, modes[0].get)}
	add := func(name, target, vendor string, options map[string]any) error {
		handler, err := plugin.New(map[string]any{vendor: options}, next)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		names, subjects = append(names, name), append(subjects, requests(handler, target))
		return nil
	}
	for _, m := range modes {
		if m.name == "carbonblack-bearer" { // it would fetch a token
			continue
		}
		if err := add(m.name, m.get, m.vendor(), pluginOptions(m.config)); err != nil {
			return nil, err
		}
	}
	for _, m := range awsModes {
		handler, err := plugin.New(map[string]any{"aws": pluginOptions(m.config())}, next)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		names, subjects = append(names, m.name), append(subjects, awsRequests(handler, m))
	}
	for _, m := range httpsigModes {
		handler, err := m.handler(plugin, next)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		names, subjects = append(names, m.name), append(subjects, requests(handler, httpsigTarget))
	}
	insecure := pluginOptions(modes[0].config)
	insecure["insecureUpstream"] = "true"
	if err := add(insecureName, modes[0].get, modes[0].vendor(), insecure); err != nil {
		return nil, err
	}
	times, err := measure(p, subjects)
	if err != nil {
		return nil, err
	}
	noopBytes, noopAllocs, err := memory(subjects[0])
	if err != nil {
		return nil, err
	}
	costs = make(map[string]pluginCost)
	for i, name := range names[1:] {
		over := pairs(times[i+1], times[0], func(a, b float64) float64 { return (a - b) / 1e3 })
		bytes, allocs, err := memory(subjects[i+1])
		if err != nil {
			return nil, err
		}
		costs[name] = pluginCost{US: over.Median, NoopUS: median(times[0]) / 1e3, Bytes: bytes - noopBytes, Allocs: allocs - noopAllocs, Spread: over}
	}
	return costs, nil
}

// pluginOptions are a signer's options as Traefik gets them from labels.
func pluginOptions(v signers.Values) map[string]any {
	options := map[string]any{"host": vendorHost}
	for name, value := range settings(v) {
		options[signers.Camel(name)] = value
	}
	return options
}

// requests sends requests with ten headers through a handler. Their making is a part of the time, and the same for all.
func requests(handler http.Handler, target string) subject { return requestsWith(handler, target, nil) }

// requestsWith is requests with more headers.
func requestsWith(handler http.Handler, target string, more http.Header) subject {
	headers := usualHeaders()
	maps.Copy(headers, more)
	u, err := url.ParseRequestURI(target)
	// An answer has a Date: a gateway that waits for one would look at every answer.
	w := nobody{http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}}
	return func(n int) error {
		for range n {
			r := &http.Request{Method: "GET", Host: "darktrace.internal", URL: u, RequestURI: target, Header: make(http.Header, 16), Body: http.NoBody}
			for name, values := range headers {
				r.Header[name] = values
			}
			handler.ServeHTTP(w, r)
		}
		return err
	}
}

// nobody reads what is written.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header         { return n.header }
func (n nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n nobody) WriteHeader(status int) {
	if status != http.StatusOK {
		panic(failure(fmt.Sprintf("a plugin answers %d", status)))
	}
}

// loadNoop interprets the plugin that does nothing, in an interpreter of its own as Traefik does.
func loadNoop(root string) interpret.Plugin {
	i := interp.New(interp.Options{GoPath: os.DevNull, Env: os.Environ()})
	if err := i.Use(stdlib.Symbols); err != nil {
		panic(failure(err.Error()))
	}
	if _, err := i.EvalPath(filepath.Join(root, noopFile)); err != nil {
		panic(failure(err.Error()))
	}
	symbol := func(name string) any {
		v, err := i.Eval("noop." + name)
		if err != nil {
			panic(failure(err.Error()))
		}
		return v.Interface()
	}
	return interpret.CompiledPlugin(symbol("New"), symbol("CreateConfig"))
}

const noopFile = "tests/bench/noop/noop.go"

// setup stands in for the test that package interpret expects.
type setup struct {
	testing.TB
	dirs []string
}

type failure string

func (f failure) Error() string { return string(f) }

func (t *setup) Helper() {}

func (t *setup) Fatal(args ...any) { panic(failure(fmt.Sprint(args...))) }

func (t *setup) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

func (t *setup) TempDir() string {
	dir, err := os.MkdirTemp("", "vendorsign-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.dirs = append(t.dirs, dir)
	return dir
}

func (t *setup) close() {
	for _, dir := range t.dirs {
		os.RemoveAll(dir)
	}
}

// measurePresetRoutes loads a thousand routes over all presets into one interpreter, as Traefik does, and returns the seconds.
func measurePresetRoutes() (*float64, error) {
	t := &setup{}
	defer t.close()
	plugin := interpret.LoadPlugin(t)
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	var configs []map[string]any
	for _, name := range presets.Names() {
		p, err := presets.Lookup(name)
		if err != nil {
			return nil, err
		}
		block := map[string]any{"host": vendorHost, "observe": "on"} // without it, sessions need a lifetime
		for option, raw := range p.Vectors[0].Config {
			var value any
			if err := json.Unmarshal(raw, &value); err != nil {
				return nil, err
			}
			if option != "host" {
				block[signers.Camel(option)] = value
			}
		}
		configs = append(configs, map[string]any{name: block})
	}
	start := time.Now()
	for i := range 1000 {
		if _, err := plugin.New(configs[i%len(configs)], next); err != nil {
			return nil, err
		}
	}
	seconds := time.Since(start).Seconds()
	return &seconds, nil
}
