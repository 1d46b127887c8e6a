//go:build go1.21

package apps

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
)

// lookEach is how often the keys of open requests are looked at.
const lookEach = time.Second

// opened are the watched requests of the process that are not yet answered to their end: the functions that cancel their
// contexts, by their *Checked. A revocation would otherwise leave open what somebody has begun with a stolen key. The proxies of
// both gateways end an exchange with the context of its request.
var opened = new(sync.Map)

// looking says that the timer is set which looks at all of them. There is one, and no goroutine, since an interpreted plugin
// is never told when it is dropped.
var looking = new(atomic.Bool)

// Watch is r, which has passed Check, as it goes on to the signer: its context has its outbound.App, and ends soon after the key
// that it was signed with is no longer good. done must be called when the request is done; it reports whether its key has ended
// it before.
func Watch(c *Checked, r *http.Request) (watched *http.Request, done func() bool) {
	before := r.Context()
	ctx, cancel := context.WithCancel(outbound.WithApp(before, c.Verdict.Verified))
	opened.Store(c, cancel)
	lookLater()
	return r.WithContext(ctx), func() bool {
		opened.Delete(c)
		ended := ctx.Err() != nil && before.Err() == nil
		cancel()
		return ended
	}
}

// SetHeirs has heirs say which verifiers decide whether a key of v is still good: v itself while it is in use, and later
// those of the configuration that has replaced it. Without them v decides for ever. It is called before the first request.
func SetHeirs(v *Verifier, heirs func() []*Verifier) { v.heirs = heirs }

// lookLater sets the timer, unless it is set.
func lookLater() {
	if looking.CompareAndSwap(false, true) {
		time.AfterFunc(lookEach, lookAtAll)
	}
}

// lookAtAll ends the requests whose keys are no longer good, and sets the timer again if any are open. What opens meanwhile
// sets the timer itself.
func lookAtAll() {
	looking.Store(false)
	now, some := time.Now(), new(atomic.Bool)
	opened.Range(func(key, value interface{}) bool {
		some.Store(true)
		lookAt(key.(*Checked), value.(context.CancelFunc), now)
		return true
	})
	if some.Load() {
		lookLater()
	}
}

// lookAt ends a request whose key is no longer good.
func lookAt(c *Checked, cancel context.CancelFunc, now time.Time) {
	good := new(bool)
	defer settle(c, cancel, good)
	*good = stillGood(c, now)
}

// settle is the end of lookAt. A panic in a timer would end the process. It is contained here, and ends the request: nobody
// can say that its key is good.
func settle(c *Checked, cancel context.CancelFunc, good *bool) {
	if recover() != nil {
		tellApps(c.verifier, "apps: an internal error while the key of an open request was looked at; the request was ended")
	}
	if !*good {
		cancel()
	}
}

// stillGood reports whether a verifier that decides about the request's key calls it good.
func stillGood(c *Checked, now time.Time) bool {
	if c.verifier.heirs == nil {
		return staysGood(c.verifier, c.Verdict, now)
	}
	for _, v := range c.verifier.heirs() {
		if staysGood(v, c.Verdict, now) {
			return true
		}
	}
	return false
}

// staysGood reports whether a request's key is still that of its app, and neither revoked nor expired.
func staysGood(v *Verifier, verdict *Verdict, now time.Time) bool {
	Refresh(v, now)
	app := v.table.Load().(*table).byKey[verdict.key]
	if app == nil || app.name != verdict.App || app.revoked {
		return false
	}
	if isEnded(v, app.name) {
		return false
	}
	return app.expires.IsZero() || now.Before(app.expires)
}

// End ends what apps of these names have open, as if they were revoked. It is for a configuration that revokes them and cannot be used
// for another reason: v stays that of the one before, which still has them.
func End(v *Verifier, names []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended == nil {
		v.ended = make(map[string]bool)
	}
	for _, name := range names {
		v.ended[name] = true
	}
}

// isEnded reports whether End was called for an app.
func isEnded(v *Verifier, name string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ended[name]
}
