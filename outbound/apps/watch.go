//go:build go1.21

package apps

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// lookEach is how often an open connection's key is looked at.
const lookEach = time.Second

// watch is a request that stays open after it was verified. It has no goroutine: a timer looks, and starts the next one.
type watch struct {
	verifier  *Verifier
	name, key string
	cancel    context.CancelFunc
	done      atomic.Bool
}

// Watch is for a request that becomes a WebSocket: its context ends soon after the key that it was signed with is no longer good. A
// revocation would otherwise leave the connections open that somebody has made with a stolen key. The proxies of both gateways close a
// connection when the context of its request ends. The function must be called when the request is done.
func Watch(v *Verifier, verdict *Verdict, r *http.Request) (*http.Request, func()) {
	ctx, cancel := context.WithCancel(r.Context())
	w := &watch{verifier: v, name: verdict.App, key: verdict.key, cancel: cancel}
	time.AfterFunc(lookEach, looker(w))
	return r.WithContext(ctx), stopper(w)
}

// IsUpgrade reports whether r asks for another protocol, as a WebSocket does: by Upgrade, or in HTTP/2 and 3 by an extended CONNECT
// (RFC 8441), which Go's server shows as a header.
func IsUpgrade(r *http.Request) bool {
	return r.Header["Upgrade"] != nil || r.Header[":protocol"] != nil
}

// looker and stopper are functions of their own: what they make keeps nothing but w alive.
func looker(w *watch) func() { return func() { lookAgain(w) } }

func stopper(w *watch) func() {
	return func() {
		w.done.Store(true)
		w.cancel()
	}
}

// lookAgain ends the request, or looks again later.
func lookAgain(w *watch) {
	if w.done.Load() {
		return
	}
	now := time.Now()
	Refresh(w.verifier, now)
	if !staysGood(w.verifier, w.key, w.name, now) {
		w.cancel()
		return
	}
	time.AfterFunc(lookEach, looker(w))
}

// staysGood reports whether a key is still that of the app, and neither revoked nor expired.
func staysGood(v *Verifier, key, name string, now time.Time) bool {
	app := v.table.Load().(*table).byKey[key]
	if app == nil || app.name != name || app.revoked {
		return false
	}
	return app.expires.IsZero() || now.Before(app.expires)
}
