//go:build ignore

// The constraint keeps Caddy out of the module of the tests: the benchmark builds this file by its name, in the module above.

// Command caddyfloor is Caddy with a handler that does less than any signer must. "floor signature" sets three constant
// headers, and computes nothing. "floor request" computes one keyed hash and sets the headers of a signed request, without a
// look at what the client sent. No signer can cost much less than they do, compared with a Caddy that signs nothing.
package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"hash"
	"net/http"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func init() {
	caddy.RegisterModule(new(floor))
	httpcaddyfile.RegisterHandlerDirective("floor", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		f := new(floor)
		if h.Next(); !h.AllArgs(&f.Of) {
			return nil, h.ArgErr()
		}
		return f, nil
	})
	httpcaddyfile.RegisterDirectiveOrder("floor", httpcaddyfile.Before, "reverse_proxy")
}

type floor struct {
	Of string `json:"of"` // signature or request
}

// CaddyModule returns the Caddy module information.
func (*floor) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.floor", New: func() caddy.Module { return new(floor) }}
}

var hashes = sync.Pool{New: func() any { return hmac.New(sha1.New, []byte("private token")) }}

// ServeHTTP sets three headers, as long as those of a signature. A signed request also has the guard against loops that an
// insecure upstream gets, and no headers that tell who the client is.
func (f *floor) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	const token, date = "0123456789abcdef0123456789abcdef01234567", "20260102T030405"
	h := r.Header
	h["Floor-Token"] = []string{token}
	h["Floor-Date"] = []string{date}
	if f.Of == "signature" {
		h["Floor-Signature"] = []string{token}
		return next.ServeHTTP(w, r)
	}
	mac := hashes.Get().(hash.Hash)
	mac.Reset()
	mac.Write([]byte(r.RequestURI + "\n" + token + "\n" + date))
	signature := hex.EncodeToString(mac.Sum(nil))
	hashes.Put(mac)
	h["Floor-Signature"] = []string{signature}
	h["Floor-Loop"] = []string{"vendorsign-0123456789abcdef"}
	h["X-Forwarded-For"], h["X-Forwarded-Host"], h["X-Forwarded-Proto"] = nil, nil, nil
	return next.ServeHTTP(w, r)
}

func main() { caddycmd.Main() }
