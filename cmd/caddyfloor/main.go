// Command caddyfloor is Caddy with a handler, floor, that does less than any signer must: one keyed hash, three headers,
// and no look at what the client sent. What it costs beside a Caddy that signs nothing, no signer can undercut by much.
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
	caddy.RegisterModule(floor{})
	httpcaddyfile.RegisterHandlerDirective("floor", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		h.Next()
		return floor{}, nil
	})
	httpcaddyfile.RegisterDirectiveOrder("floor", httpcaddyfile.Before, "reverse_proxy")
}

type floor struct{}

// CaddyModule returns the Caddy module information.
func (floor) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.floor", New: func() caddy.Module { return new(floor) }}
}

var hashes = sync.Pool{New: func() any { return hmac.New(sha1.New, []byte("private token")) }}

// ServeHTTP sets headers as long as Darktrace's.
func (floor) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	const token, date = "0123456789abcdef0123456789abcdef01234567", "20260102T030405"
	mac := hashes.Get().(hash.Hash)
	mac.Reset()
	mac.Write([]byte(r.RequestURI + "\n" + token + "\n" + date))
	signature := hex.EncodeToString(mac.Sum(nil))
	hashes.Put(mac)
	h := r.Header
	h["Floor-Token"] = []string{token}
	h["Floor-Date"] = []string{date}
	h["Floor-Signature"] = []string{signature}
	return next.ServeHTTP(w, r)
}

func main() { caddycmd.Main() }
