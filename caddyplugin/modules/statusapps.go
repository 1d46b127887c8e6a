package modules

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// appStatus is one app in the answer of /vendorsign/apps: {"signer": "acme", "app": "inventory", "last_used":
// "2026-11-30T12:00:00Z"}. It has no key.
type appStatus struct {
	Signer   string     `json:"signer"`
	App      string     `json:"app"`
	Revoked  bool       `json:"revoked,omitempty"`   // the key is no longer good, or has expired
	Expires  *time.Time `json:"expires,omitempty"`   // the end of the key, if it is configured
	LastUsed *time.Time `json:"last_used,omitempty"` // the last request that was verified since Caddy started
}

// appName is what an app is known by: names are configured, so that there are not many.
type appName struct{ vendor, app string }

// appsUsed has the unix second of an app's last request. It outlives a reload.
var appsUsed sync.Map // *atomic.Int64 by appName

// noteUsed remembers when a request of an app was verified last. Requests of one app may do so at the same time;
// the first makes the entry.
func noteUsed(name appName, now time.Time) {
	used, ok := appsUsed.Load(name)
	// Only the first request allocates.
	if !ok {
		used, _ = appsUsed.LoadOrStore(name, new(atomic.Int64))
	}
	used.(*atomic.Int64).Store(now.Unix())
}

// appStatuses are the apps of all verifiers in use. One that several sites verify is there once. During a reload
// an app may have two entries, of which one is of a configuration that ends.
func appStatuses(now time.Time) []appStatus {
	// A copy of the list: Refresh may read files, and must not hold up others.
	liveVerifiers.Lock()
	verifiers := slices.Collect(maps.Keys(liveVerifiers.all))
	liveVerifiers.Unlock()
	all := []appStatus{}
	for _, v := range verifiers {
		// A file may have changed since the last request.
		apps.Refresh(v.verifier, now)
		for _, a := range apps.List(v.verifier, now) {
			one := appStatus{Signer: v.vendor, App: a.Name, Revoked: a.Revoked, Expires: known(a.Expires)}
			if used, ok := appsUsed.Load(appName{v.vendor, a.Name}); ok {
				one.LastUsed = known(time.Unix(used.(*atomic.Int64).Load(), 0).UTC())
			}
			all = append(all, one)
		}
	}
	// Sorted by the end of the key too, so that equal entries are next to each other for CompactFunc.
	slices.SortFunc(all, func(a, b appStatus) int {
		return cmp.Or(strings.Compare(a.Signer, b.Signer), strings.Compare(a.App, b.App), a.at().Compare(b.at()))
	})
	return slices.CompactFunc(all, func(a, b appStatus) bool {
		return a.Signer == b.Signer && a.App == b.App && a.Revoked == b.Revoked && a.at().Equal(b.at())
	})
}

// at is when the key ends; the zero time: never.
func (a appStatus) at() time.Time {
	if a.Expires == nil {
		return time.Time{}
	}
	return *a.Expires
}

// askApps returns the apps of the running Caddy. One of an older version knows of none: it answers 404.
func askApps(address string) ([]appStatus, error) {
	response, err := caddycmd.AdminAPIRequest(address, http.MethodGet, "/vendorsign/apps", nil, nil)
	if err != nil {
		// AdminAPIRequest has the status in its error's text only.
		if strings.Contains(err.Error(), "HTTP 404:") {
			return nil, nil
		}
		return nil, err
	}
	defer response.Body.Close()
	var all []appStatus
	return all, json.NewDecoder(response.Body).Decode(&all)
}

// appsTable lists apps, a row for each; it is empty without any. Apps whose key is no longer good are marked.
//
//	APP        SIGNER  KEY EXPIRES  LAST USED
//	inventory  acme    in 90 days   7m ago
func appsTable(all []appStatus, now time.Time, s screen.Screen) string {
	if len(all) == 0 {
		return ""
	}
	rows := [][]string{{"APP", "SIGNER", "KEY EXPIRES", "LAST USED"}}
	for _, a := range all {
		// A key that was never used shows a dash: it may be one to remove.
		expires, used := expiryCell(a.Expires, now), "-"
		// A key that has ended needs no second word.
		if a.Revoked && expires != "expired" {
			expires = "revoked"
		}
		if a.LastUsed != nil {
			used = short(now.Sub(*a.LastUsed)) + " ago"
		}
		rows = append(rows, []string{a.App, a.Signer, expires, used})
	}
	// The name of the app is the column that may be shortened.
	widths := columnWidths(rows, 0, s.Width)
	var b strings.Builder
	b.WriteString("\n" + s.Bold(tableLine(rows[0], widths)) + "\n")
	for i, row := range rows[1:] {
		line := tableLine(row, widths)
		if all[i].Revoked {
			line = s.Bad(line)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
