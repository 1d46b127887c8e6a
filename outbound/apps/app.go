//go:build go1.21

package apps

import "time"

// App is an application with a local key, as the configuration or an apps_file gives it: it signs as the vendor's SDK does,
// with a key that only this gateway knows. An App is plain data with its references resolved. newEntry (table.go) checks it
// and makes what verifies requests.
//
// For example, where the app's SDK gets KeyID and Secret:
//
//	App{Name: "billing", KeyID: "AKBILLING00000000000", Secret: "...", Allow: []string{"GET /admin/v1/users"}, Rate: "25/5m"}
type App struct {
	// Name is the operator's name of the app, for logs, metrics and audit. No two apps of a verifier have the same.
	Name string
	// KeyID is the public half of the local key, in the vendor's shape. A request names its app by it, so it is unique as
	// well.
	KeyID string
	// Secret is the secret half, and Previous the one before it during a rotation; empty: there is none. Both are good at the
	// same time, so that an app with several instances can change them one by one.
	Secret, Previous string
	// Allow are rules as in the option allow; nil: all that the credential may do. An empty list that is not nil is refused:
	// a template that lost its entries would otherwise permit everything.
	Allow []string
	// Rate is the app's own rate, as in the option rate, such as 25/5m; empty: no limit. It has no queue: only the
	// credential's rate has.
	Rate string
	// Revoked says that the key is no longer good. The app gets a 403 that says so, since its signature proves that it is the
	// app.
	Revoked bool
	// Expires is when the key ends; zero: never.
	Expires time.Time

	// derived says that its secrets come from Derive, and so have the shape of the vendor's: one of them is checked for all
	// (see keyFor).
	derived bool
}
