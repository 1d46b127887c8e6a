//go:build go1.21

// Package floor is a Traefik plugin that does less than any signer must: one keyed hash, three headers, and no look at
// what the client sent. No interpreted signer can cost less than this plugin does, compared with one that does
// nothing.
package floor

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"hash"
	"net/http"
	"sync"
)

// Config has no options.
type Config struct{}

// CreateConfig returns the configuration that Traefik fills.
func CreateConfig() *Config { return &Config{} }

// Middleware sets the headers and calls the next handler.
type Middleware struct {
	next   http.Handler
	hashes sync.Pool
}

// New is called by Traefik for every router that uses the middleware.
func New(ctx context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	m := &Middleware{next: next}
	m.hashes.New = func() any { return hmac.New(sha1.New, []byte("private token")) }
	return m, nil
}

// ServeHTTP sets the headers.
func (m *Middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mac := m.hashes.Get().(hash.Hash)
	mac.Reset()
	mac.Write([]byte(r.RequestURI + "\n0123456789abcdef0123456789abcdef01234567\n20260102T030405"))
	signature := hex.EncodeToString(mac.Sum(nil))
	m.hashes.Put(mac)
	h := r.Header
	h["Floor-Token"] = []string{"0123456789abcdef0123456789abcdef01234567"}
	h["Floor-Date"] = []string{"20260102T030405"}
	h["Floor-Signature"] = []string{signature}
	m.next.ServeHTTP(w, r)
}
