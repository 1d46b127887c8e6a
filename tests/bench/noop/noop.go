//go:build go1.21

// Package noop is a Traefik plugin that does nothing: what it costs is the price of interpretation itself.
package noop

import (
	"context"
	"net/http"
)

// Config has no options.
type Config struct{}

// CreateConfig returns the configuration that Traefik fills.
func CreateConfig() *Config { return &Config{} }

// Middleware calls the next handler.
type Middleware struct{ next http.Handler }

// New is called by Traefik for every router that uses the middleware.
func New(ctx context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	return &Middleware{next: next}, nil
}

// ServeHTTP leaves everything to the next handler.
func (m *Middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.next.ServeHTTP(w, r) }
