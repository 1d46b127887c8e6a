package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// verifyPluginCost is what it costs interpreted to verify the request of an app, over the same request to a route without apps, and
// over an unsigned one there, which is signed in the short way.
type verifyPluginCost struct {
	US           float64 `json:"us"`
	Bytes        float64 `json:"bytes"`
	Allocs       float64 `json:"allocs"`
	Spread       spread  `json:"spread_us"`
	OverUnsigned spread  `json:"over_unsigned_us"`
	MoreAllocs   float64 `json:"over_unsigned_allocs"`
}

// measureVerifyPlugin loads the plugin as Traefik does, for each vendor with 200 apps and without any.
func measureVerifyPlugin(p plan) (costs map[string]verifyPluginCost, err error) {
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
	plugin := interpret.LoadPlugin(t)
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	costs = make(map[string]verifyPluginCost)
	for _, m := range appModes {
		var subjects []subject
		for _, variant := range []struct{ apps, signed bool }{{false, false}, {false, true}, {true, true}} {
			handler, err := plugin.New(map[string]any{m.name: m.options(variant.apps)}, next)
			if err != nil {
				return nil, fmt.Errorf("%s with apps: %w", m.name, err)
			}
			run, err := m.requests(handler, variant.signed)
			if err != nil {
				return nil, err
			}
			subjects = append(subjects, run)
		}
		times, err := measure(p, subjects)
		if err != nil {
			return nil, err
		}
		var bytes, allocs [3]float64
		for i := range subjects {
			if bytes[i], allocs[i], err = memory(subjects[i]); err != nil {
				return nil, err
			}
		}
		over := func(other int) spread {
			return pairs(times[2], times[other], func(a, b float64) float64 { return (a - b) / 1e3 })
		}
		cost := verifyPluginCost{Spread: over(1), OverUnsigned: over(0), Bytes: bytes[2] - bytes[1], Allocs: allocs[2] - allocs[1],
			MoreAllocs: allocs[2] - allocs[0]}
		cost.US = cost.Spread.Median
		costs[m.name] = cost
	}
	return costs, nil
}

// options are those of the plugin for the vendor, with many apps or without any.
func (m appMode) options(withApps bool) map[string]any {
	options := pluginOptions(m.values("ABCDEFGHIJKLMNOPREAL", strings.Repeat("ab", 20)))
	if withApps {
		list := make([]any, manyApps)
		for i := range list {
			list[i] = map[string]any{"name": fmt.Sprint("app", i), "keyId": appKeyID(i), "secret": appSecret(i)}
		}
		options["apps"] = list
	}
	return options
}

// requests sends what an app signed through a handler. Unsigned, the app signs all the same, but other headers: its work is a part of
// the time of each variant.
func (m appMode) requests(handler http.Handler, signed bool) (subject, error) {
	a, err := m.newSigner()
	if err != nil {
		return nil, err
	}
	u, err := url.ParseRequestURI(m.target)
	if err != nil {
		return nil, err
	}
	usual, apart := usualHeaders(), usualHeaders()
	w := nobody{http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}}
	return func(n int) error {
		for range n {
			r := &http.Request{Method: "GET", Host: "gateway.internal", URL: u, RequestURI: m.target, Header: make(http.Header, 16), Body: http.NoBody}
			maps.Copy(r.Header, usual)
			a.message = &signers.Message{Method: "GET", Host: r.Host, Target: m.target, Header: apart}
			if signed {
				a.message.Header = r.Header
			}
			a.prepare(time.Now().Add(10 * time.Second)) // what is dated before the gateway's start may have been used before
			if err := a.signer.Sign(a.message, a.at); err != nil {
				return err
			}
			handler.ServeHTTP(w, r)
		}
		return nil
	}, nil
}
