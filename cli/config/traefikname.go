package config

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Reference names a middleware, service or transport of Traefik's.
type Reference struct {
	Mark
	name     string
	provider string // empty: that of whoever refers
	space    string // the namespace, where one is named
	text     string // as it is written
	// It refers to an object, whose namespace is not a part of the name.
	object bool
	// The middleware itself, if it has no name of its own, as the filters of the Gateway API.
	inline *Middleware
}

// labelProviders are those that read labels of containers.
var labelProviders = []string{"docker", "swarm", "ecs", "nomad", "consulcatalog"}

// The providers that names are qualified with, as in acme@file. Those of labels are one here: a file does not say
// which one reads it.
const (
	fromLabels     = "docker"
	fromFiles      = "file"
	fromKubernetes = "kubernetescrd"
)

// providerOf is the provider by which this package knows a name's.
func providerOf(name string) string {
	name = strings.ToLower(name)
	switch {
	case slices.Contains(labelProviders, name):
		return fromLabels
	case strings.HasPrefix(name, "kubernetes"):
		return fromKubernetes
	}
	return name
}

// refer reads a name such as acme or acme@file. owner is the provider of whoever refers, which counts
// where none is named.
func refer(text, owner string, at Mark) Reference {
	name, provider, found := strings.Cut(strings.TrimSpace(text), "@")
	r := Reference{Mark: at, name: name, provider: providerOf(provider), text: strings.TrimSpace(text)}
	if !found {
		r.provider = owner
	}
	return r
}

// finds reports whether the reference is to n. A manifest without a namespace may be in any. From
// another provider, Traefik names an object of Kubernetes with its namespace before it:
// default-acme@kubernetescrd.
func (r Reference) finds(n named) bool {
	if r.provider != n.provider {
		return false
	}
	switch {
	case n.provider != fromKubernetes:
		return strings.EqualFold(r.name, n.Name)
	case r.space != "" && n.space != "" && r.space != n.space:
		return false
	}
	if r.object {
		return r.name == n.Name
	}
	return n.space != "" && r.name == n.space+"-"+n.Name || n.space == "" && strings.HasSuffix(r.name, "-"+n.Name)
}

// Text is the reference as it is written.
func (r Reference) Text() string { return r.text }

// Shown is the reference as an error may show it.
func (r Reference) Shown() string {
	if name, provider, ok := strings.Cut(r.text, "@"); ok {
		return signers.ShownName(name) + "@" + signers.ShownName(provider)
	}
	return signers.ShownName(r.text)
}

// Internal reports whether it is to one of Traefik's own, such as api@internal.
func (r Reference) Internal() bool { return r.provider == "internal" }

// Variable reports whether a part of the name is filled in elsewhere, as by Compose.
func (r Reference) Variable() bool { return strings.Contains(r.text, "{") }

// ProviderCase is the provider in lower case, if it is one that Traefik has and is written otherwise; empty: it is not.
func (r Reference) ProviderCase() string {
	_, provider, _ := strings.Cut(r.text, "@")
	lower := strings.ToLower(provider)
	if provider != lower && (lower == fromFiles || lower == fromKubernetes || slices.Contains(labelProviders, lower)) {
		return lower
	}
	return ""
}

// id is the same for all names that are one to Traefik.
func id(provider, name string) string { return provider + "\x00" + strings.ToLower(name) }
