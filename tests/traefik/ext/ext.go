// Package ext takes the place of a module that Traefik 3.7 finds by a path inside its own repository, which no module
// proxy serves: the places where builds with more features add to the dynamic configuration. Traefik itself adds nothing.
package ext

// HTTP would be more of the section http.
type HTTP struct{}

// Router would be more of a router.
type Router struct{}
