//go:build tools

// Package traefik is a module of its own that pins the Traefik of the end-to-end tests: its go.mod names the version and
// the forks that Traefik itself replaces, since replace lines of a dependency do not count. Its tests are those that need
// Traefik's own types. Each v*.mod is the same for another version, which TRAEFIK_VERSION chooses (tests/traefikbin).
package traefik

// A main package cannot be imported, but under a tag that is never set the import is enough to keep go.mod whole.
import _ "github.com/traefik/traefik/v3/cmd/traefik"
