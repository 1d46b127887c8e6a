//go:build go1.21

package traefikplugin

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// Traefik creates a middleware again with each change of its configuration, and does not tell the old one, through which requests
// may go on for hours. So the verifier of the newest middleware of the same name decides whether an app's key is still good: an
// app that was revoked in the labels, or is not in them any more, loses what it has open.

// maxCurrent bounds the names that are remembered, since label authors may rename their middlewares for ever. Of a name that was
// forgotten each middleware decides for itself.
const maxCurrent = 1024

// Both maps are by a middleware's name: the verifier of the newest one, nil if it has no apps, and when it was made.
var (
	currentMu   sync.Mutex
	current     = make(map[string]*apps.Verifier)
	currentMade = make(map[string]time.Time)
)

// setCurrent notes the verifier of a middleware that was made; nil: it has no apps.
func setCurrent(name string, v *apps.Verifier) {
	currentMu.Lock()
	defer currentMu.Unlock()
	_, known := current[name]
	if v == nil && !known {
		return
	}
	if !known && len(current) >= maxCurrent {
		oldest := outbound.Oldest(currentMade)
		delete(current, oldest)
		delete(currentMade, oldest)
	}
	current[name] = v
	currentMade[name] = time.Now()
	if v != nil {
		apps.SetHeirs(v, currentOf(name, v))
	}
}

// endRevoked ends what the apps have open that a configuration says are revoked. That configuration is not used, because of a fault, and
// Traefik closes the router: who revokes an app must not have to find the fault before a stolen key loses what it has open.
func endRevoked(name string, config *Config) {
	names := revokedIn(config)
	currentMu.Lock()
	v := current[name]
	currentMu.Unlock()
	if v != nil && len(names) > 0 {
		apps.End(v, names)
	}
}

// revokedIn are the names of the apps that a configuration says are revoked, whatever else is wrong with it.
func revokedIn(config *Config) []string {
	var names []string
	for _, given := range config.Blocks {
		for _, entry := range listAt(given, "apps") {
			if strings.EqualFold(textAt(entry, "revoked"), "true") {
				names = append(names, textAt(entry, "name"))
			}
		}
	}
	return names
}

// listAt is the list of a block at a key in any letter case; nil: there is none.
func listAt(block interface{}, key string) []interface{} {
	fields, _ := block.(map[string]interface{})
	for name, value := range fields {
		if list, ok := value.([]interface{}); ok && strings.EqualFold(name, key) {
			return list
		}
	}
	return nil
}

// textAt is the text of a block at a key in any letter case; empty: there is none.
func textAt(block interface{}, key string) string {
	fields, _ := block.(map[string]interface{})
	for name, value := range fields {
		if strings.EqualFold(name, key) {
			return fmt.Sprint(value)
		}
	}
	return ""
}

// currentOf returns the verifiers that decide in the place of own, that of a middleware of this name. It is a variable for the
// reason of teller.
var currentOf = func(name string, own *apps.Verifier) func() []*apps.Verifier {
	return func() []*apps.Verifier {
		currentMu.Lock()
		defer currentMu.Unlock()
		v, known := current[name]
		if !known {
			return []*apps.Verifier{own}
		}
		if v == nil {
			return nil
		}
		return []*apps.Verifier{v}
	}
}
