package config

import (
	"slices"
	"strings"
)

// Reference names a middleware, service or transport of Traefik's.
type Reference struct {
	Mark
	name     string
	provider string // empty: that of whoever refers
	space    string // the namespace, where one is named
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
	r := Reference{Mark: at, name: name, provider: providerOf(provider)}
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
	return r.name == n.Name || n.space != "" && r.name == n.space+"-"+n.Name || n.space == "" && strings.HasSuffix(r.name, "-"+n.Name)
}

// id is the same for all names that are one to Traefik.
func id(provider, name string) string { return provider + "\x00" + strings.ToLower(name) }
