//go:build go1.21

package apps

import "time"

// App is an application with a local key: it signs as the vendor's SDK does, with a key that only this gateway knows.
type App struct {
	// Name is the operator's name of the app, for logs, metrics and audit.
	Name string
	// KeyID is the public half of the local key, in the vendor's shape.
	KeyID string
	// Secret is the secret half, and Previous the one before it during a rotation; empty: there is none.
	Secret, Previous string
	// Allow are rules as in the option allow; nil: all that the credential may do.
	Allow []string
	// Rate is the app's own rate, as in the option rate; empty: no limit.
	Rate string
	// Revoked says that the key is no longer good.
	Revoked bool
	// Expires is when the key ends; zero: never.
	Expires time.Time

	derived bool // its secrets have the shape of the vendor's
}
