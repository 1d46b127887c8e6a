//go:build go1.21

package apps

import (
	"sort"
	"time"
)

// Listed is what an operator sees of an app, in `vendorsign status` and Caddy's admin API. It has no key ID and no secret.
type Listed struct {
	Name    string
	Revoked bool      // the key is no longer good, or has expired
	Expires time.Time // when the key ends; zero: never
}

// List returns the apps in the order of their names.
func List(v *Verifier, now time.Time) []Listed {
	t := v.table.Load().(*table)
	list := make([]Listed, 0, len(t.byKey))
	for _, e := range t.byKey {
		ended := !e.expires.IsZero() && !now.Before(e.expires)
		list = append(list, Listed{Name: e.name, Revoked: e.revoked || ended, Expires: e.expires})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
