//go:build go1.21

package apps

import (
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/limits"
)

// ratesOf are the rates of a text. They never change, and apps with the same text share them: what is counted is in
// entry.windows.
func ratesOf(known *alike, text string) ([]*limits.Rate, error) {
	if rates := known.rates[text]; rates != nil {
		return rates, nil
	}
	rates, err := limits.ParseRates([]string{text}, outbound.RatePaths)
	if err == nil {
		known.rates[text] = rates
	}
	return rates, err
}

// windowsOf is where requests of an app with a rate are counted. A change of the table keeps what was counted, and so does a
// reload of the configuration: in Traefik any change of it makes all verifiers again, and each would give the app its whole
// rate once more. The routes of a gateway count together, since the rate is the app's and not a route's. Another app with the
// same key ID starts with nothing.
func windowsOf(v *Verifier, was *entry, a *App, print string) *limits.Windows {
	var w *limits.Windows
	if was != nil && was.name == a.Name {
		w = was.windows
	}
	if v.shared {
		return sharedWindows(strings.Join([]string{v.scheme.Name, a.Name, a.KeyID, print}, "\x00"), w)
	}
	if w == nil {
		w = new(limits.Windows)
	}
	return w
}

// maxShared is how many apps have windows in the process, which forgets those that are gone when there are more.
const maxShared = 2 * maxApps

var (
	sharedMu sync.Mutex
	// allWindows are the windows by vendor, app, key ID and fingerprint of the secret. Without the secret, whoever may write
	// another route's labels could use up the rate of an app by its name.
	allWindows = make(map[string]*limits.Windows)
)

// sharedWindows are those that a key has in the process. w are the ones that the app had before, perhaps with another secret:
// a rotation gives it no other rate. nil: it had none here.
func sharedWindows(key string, w *limits.Windows) *limits.Windows {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if w == nil {
		w = allWindows[key]
	}
	if w == nil {
		w = new(limits.Windows)
	}
	if len(allWindows) >= maxShared {
		allWindows = make(map[string]*limits.Windows) // those in use live on
	}
	allWindows[key] = w
	return w
}
