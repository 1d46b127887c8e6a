//go:build go1.21

package driver

import (
	"fmt"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// AppsFile opens an apps_file. What it returns reads it again: a line for each app, and whether there may be others than before.
func AppsFile(vendor, path, master string, now time.Time) (
	first string, reread func(now time.Time) (list string, changed bool, err error), err error,
) {
	f, err := apps.OpenFile(vendor, path, master, credentials.References{}, now)
	if err != nil {
		return "", nil, err
	}
	source := apps.SourceOf(f)
	return linesOf(apps.FileApps(f)), func(now time.Time) (string, bool, error) {
		list, changed, err := source(now)
		return linesOf(list), changed, err
	}, nil
}

// linesOf has a line for each app.
func linesOf(list []apps.App) string {
	var lines []string
	for i := range list {
		a := &list[i]
		expires := ""
		if !a.Expires.IsZero() {
			expires = a.Expires.UTC().Format(time.RFC3339)
		}
		lines = append(lines, fmt.Sprintf("%s %s secret=%s previous=%s allow=%s rate=%s revoked=%t expires=%s", a.Name, a.KeyID, a.Secret, a.Previous,
			strings.Join(a.Allow, "|"), a.Rate, a.Revoked, expires))
	}
	return strings.Join(lines, "\n")
}
