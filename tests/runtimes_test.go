// Package tests holds the tests that need more than the root module may require: the interpreter of Traefik's
// plugins, and the gateways themselves. Every test of behaviour runs compiled and interpreted.
package tests

import (
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/driver"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

type signFunc = func(method, host, target string, header http.Header, body []byte, at time.Time, date, nonce, token string) (out http.Header, sent, canonical, shown string, err error)

type gateFunc = func(r *http.Request, target string) (sent string, held int64, problem *http.Response)

type watchFunc = func(*http.Request) *http.Request

type requestFunc = func(current string) (method, url string, header http.Header, body string)

type parseFunc = func(status int, header http.Header, body []byte, now time.Time) (token string, expires time.Time, err error)

type tokenSignFunc = func(r *http.Request) (learn func(status int) (again bool), problem *http.Response)

type vendorFunc = func(*http.Request) (status int, header http.Header, body string)

type sendFunc = func(r *http.Request, vendor vendorFunc) (status int, problem *http.Response)

type programFunc = func(preset, config []byte, method, scheme, host, target string, given http.Header, body []byte, at time.Time, nonce string) (
	loaded bool, header http.Header, sent string, message bool, err error)

type (
	flowNext  = func(status int, header http.Header, body string) (method, url string, asked http.Header, sent string, more bool, err error)
	flowParse = func() (token string, more map[string]string, expires time.Time, err error)
	flowSign  = func(method, target string) (header http.Header, err error)
)

type judgeFunc = func(method, scheme, host, target string, header http.Header, body []byte, now time.Time) (app, refused, detail string)

type appsFileFunc = func(vendor, path, master string, now time.Time) (first string, reread func(time.Time) (string, bool, error), err error)

// drive is package driver in one of the two runtimes.
type drive struct {
	Signer    func(vendor string, config []byte) (signFunc, error)
	Custom    func(config []byte) (rewritten []byte, loaded bool, err error)
	Exchange  func(vendor string, config []byte) (requestFunc, parseFunc, bool, error)
	Tokens    func(vendor string, config, policy []byte, now func() time.Time, news func(string)) (tokenSignFunc, error)
	Live      func(vendor string, config, policy []byte, secrets string, now func() time.Time, news func(string)) (sendFunc, func() string, error)
	Gate      func(vendor string, config, policy []byte, now func() time.Time) (gateFunc, error)
	Watch     func(vendor string, config, policy []byte, wrong func(reason string)) (watchFunc, func(address string) bool, error)
	Handler   func(vendor string, config, policy []byte, next http.Handler) (http.Handler, error)
	NoHandler func(next http.Handler) http.Handler
	Load      func(vendor string, config, policy []byte, short bool, envPrefix string, confined bool, dir string) error
	Value     func(value string, short bool, envPrefix string, confined bool, dir string) (string, bool, error)
	NewNonce  func(kind string) (string, error)
	Buffered  func() int64
	Release   func(held int64)
	Program   programFunc
	Verifier  func(vendor string, config []byte, start time.Time) (judgeFunc, error)
	AppsFile  appsFileFunc
	Flow      func(vendor string, config []byte, host string, at time.Time, nonce string) (flowNext, flowParse, flowSign, error)
}

func compiled() drive {
	return drive{driver.Signer, driver.Custom, driver.TokenSource, driver.Tokens, driver.Live, driver.Gate, driver.Watch, driver.Handler, driver.NoHandler, driver.Load, driver.Value,
		driver.NewNonce, driver.Buffered, driver.Release, driver.Program, driver.Verifier, driver.AppsFile, driver.Flow}
}

func interpreted(t testing.TB) drive {
	i := interpret.Import(t, "tests/driver")
	var d drive
	d.Signer = interpret.Symbol[func(string, []byte) (signFunc, error)](t, i, "driver.Signer")
	d.Custom = interpret.Symbol[func([]byte) ([]byte, bool, error)](t, i, "driver.Custom")
	d.Exchange = interpret.Symbol[func(string, []byte) (requestFunc, parseFunc, bool, error)](t, i, "driver.TokenSource")
	d.Tokens = interpret.Symbol[func(string, []byte, []byte, func() time.Time, func(string)) (tokenSignFunc, error)](t, i, "driver.Tokens")
	d.Live = interpret.Symbol[func(string, []byte, []byte, string, func() time.Time, func(string)) (sendFunc, func() string, error)](t, i, "driver.Live")
	d.Gate = interpret.Symbol[func(string, []byte, []byte, func() time.Time) (gateFunc, error)](t, i, "driver.Gate")
	d.Watch = interpret.Symbol[func(string, []byte, []byte, func(string)) (watchFunc, func(string) bool, error)](t, i, "driver.Watch")
	d.Handler = interpret.Symbol[func(string, []byte, []byte, http.Handler) (http.Handler, error)](t, i, "driver.Handler")
	d.NoHandler = interpret.Symbol[func(http.Handler) http.Handler](t, i, "driver.NoHandler")
	d.Load = interpret.Symbol[func(string, []byte, []byte, bool, string, bool, string) error](t, i, "driver.Load")
	d.Value = interpret.Symbol[func(string, bool, string, bool, string) (string, bool, error)](t, i, "driver.Value")
	d.NewNonce = interpret.Symbol[func(string) (string, error)](t, i, "driver.NewNonce")
	d.Buffered = interpret.Symbol[func() int64](t, i, "driver.Buffered")
	d.Release = interpret.Symbol[func(int64)](t, i, "driver.Release")
	d.Program = interpret.Symbol[programFunc](t, i, "driver.Program")
	d.Verifier = interpret.Symbol[func(string, []byte, time.Time) (judgeFunc, error)](t, i, "driver.Verifier")
	d.AppsFile = interpret.Symbol[appsFileFunc](t, i, "driver.AppsFile")
	d.Flow = interpret.Symbol[func(string, []byte, string, time.Time, string) (flowNext, flowParse, flowSign, error)](t, i, "driver.Flow")
	return d
}

// both runs a test in both runtimes. An interpreter takes a copy of the environment, so set that first.
func both(t *testing.T, test func(t *testing.T, d drive)) {
	t.Helper()
	t.Run("compiled", func(t *testing.T) { test(t, compiled()) })
	t.Run("interpreted", func(t *testing.T) { test(t, interpreted(t)) })
}
