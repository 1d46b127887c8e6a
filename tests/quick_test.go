package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/traefikplugin"
)

// The plugin's short way must send what the long one does. An unusual header, without a meaning, makes it take the
// long one, so each request goes both ways, at what is nearly always the same second.
func TestTheShortWaySignsAsTheLongOne(t *testing.T) {
	t.Setenv("VENDORSIGN_INSECURE_UPSTREAM", "vendor.example.com")
	for _, p := range []struct {
		name   string
		plugin interpret.Plugin
	}{{"compiled", interpret.CompiledPlugin(traefikplugin.New, traefikplugin.CreateConfig)}, {"interpreted", interpret.LoadPlugin(t)}} {
		for vendor, options := range shortOptions {
			for _, insecure := range []string{"false", "true"} {
				for _, kept := range []string{"drop", "keep"} {
					t.Run(strings.Join([]string{p.name, vendor, insecure, kept}, "/"), func(t *testing.T) {
						block := map[string]any{"host": "vendor.example.com", "insecureUpstream": insecure, "forwarded": kept}
						for name, value := range options {
							block[name] = value
						}
						var got *http.Request
						vendor, mode, _ := strings.Cut(vendor, " ")
						ask := func(method, target, via string, wrapped bool) *http.Request {
							return signedFor(mode, shortRequest(t, method, target, via, wrapped))
						}
						handler, err := p.plugin.New(map[string]any{vendor: block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
						if err != nil {
							t.Fatal(err)
						}
						handler.ServeHTTP(&shortAnswer{}, ask("GET", "/first", "", true))
						for _, target := range shortTargets {
							for _, method := range []string{"GET", "POST", "CONNECT"} {
								for try := 0; ; try++ {
									got = nil
									a := &shortAnswer{}
									handler.ServeHTTP(a, ask(method, target, "", false))
									short := wired(got, a)
									got, a = nil, &shortAnswer{}
									handler.ServeHTTP(a, ask(method, target, "v", false))
									if long := wired(got, a); short == long {
										break
									} else if try == 3 {
										t.Fatalf("%s %s: short\n%s\nlong\n%s", method, target, short, long)
									}
								}
							}
						}
					})
				}
			}
		}
	}
}

// signedFor adds what a client signs in mode re_sign, with its placeholder.
func signedFor(mode string, r *http.Request) *http.Request {
	if mode == "re_sign" {
		r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{placeholderOfAWS}, []string{"20260102T030405Z"}
	}
	return r
}

const placeholderOfAWS = "AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20260102/eu-west-1/guardduty/aws4_request, SignedHeaders=host;x-amz-date, " +
	"Signature=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

var shortOptions = map[string]map[string]any{
	"darktrace":        {"publicToken": "pub", "privateToken": "key"},
	"darktrace spaced": {"publicToken": "pub", "privateToken": "key", "dateFormat": "spaced", "queryOrder": "as_sent"},
	"darktrace allow": {"publicToken": "pub", "privateToken": "key", "allow": []any{"GET / /first", "* /a /devices",
		"GET /x /a/* /api/** /csp/*", "POST /AppAuth /a&b", "GET /public_api/** ?a=1"}},
	"darktrace decoded":   {"publicToken": "pub", "privateToken": "key", "signQuery": "decoded"},
	"duo":                 {"integrationKey": "DIX", "secretKey": "key"},
	"duo 4":               {"integrationKey": "DIX", "secretKey": "key", "signatureVersion": "4"},
	"duo x-duo-date":      {"integrationKey": "DIX", "secretKey": "key", "dateHeader": "x-duo-date"},
	"duo 2":               {"integrationKey": "DIX", "secretKey": "key", "signatureVersion": "2"},
	"threatconnect":       {"accessId": "1", "secretKey": "key"},
	"threatconnect token": {"token": "token"},
	"cortex":              {"apiKeyId": "1", "apiKey": "key"},
	"cortex standard":     {"apiKeyId": "1", "apiKey": "key", "keyType": "standard"},
	"carbonblack":         {"apiId": "1", "apiSecretKey": "key"},
	"httpsig":             {"keyId": "k", "privateKey": strings.ReplaceAll(edKey, `\n`, "\n"), "components": []any{"@method", "@authority", "@path"}},
	"aws":                 {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "key", "region": "eu-west-1", "service": "guardduty"},
	"aws s3":              {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "key", "region": "eu-west-1", "service": "s3"},
	"aws re_sign":         {"mode": "re_sign", "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "key", "region": "eu-west-1", "service": "guardduty"},
	"httpsig hmac":        {"keyId": "k", "sharedSecret": sharedKey, "components": []any{"@method", "@authority", "@path"}},
}

var shortTargets = []string{
	"/", "/devices", "/devices?", "/a?b=2&a=1", "/a?b=1&a", "/a?b=2&b=1&a=1", "/a?b&a-b=1&a=2&a", "/a?b=x=y&a==&", "/a?foo-bar=1&foo=2", "/a?b=1&a=%20", "/?B=1&a=1&A=2", "/a?&", "/a?b?c=1&a=2", "/a&b", "/a=b&a", "/a?a=1&b=2", "/x?q=a+b", "/x?q=a%20b", "/x;y?a;b", "/a%2Fb", "/a%2fb?%2F", "/%61ppauth", "/%2561ppauth?a", "/x?q=%zz", "/x?q=%7e&p=~", "/a//b", "/a/../b",
	"/./appauth", "/x//appauth/?a=1", "/AppAuth", "/api/appauth?x", "/csp/gateway/am/api/auth/x", "/admin/v1/integrations/DI/skey",
	"/admin/v1/./integrations", "/public_api/v1/api_keys/get_api_keys", "/apikeys", "/apikeys/", "*", "",
	"/api/x;y", "/api/x;../y", "/api/x|y", "/api/x\\y", "/api/\u00e4", "/api/x\uff0fy", "/api/x:y", "/api/x y", "/api/%2e%2e/y", "/api/.", "/api/x/.",
}

// shortRequest is one as Traefik hands it on.
func shortRequest(t *testing.T, method, target, unusual string, wrapped bool) *http.Request {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		u = &url.URL{}
	}
	r := &http.Request{Method: method, Host: "gateway.internal", URL: u, RequestURI: target, Header: tenHeaders(), Body: http.NoBody}
	if wrapped {
		r.Body = io.NopCloser(strings.NewReader(""))
	}
	r.Header["X-Real-Ip"], r.Header["X-Forwarded-Server"], r.Header["X-Forwarded-Port"] = []string{"10.0.0.1"}, []string{"edge"}, []string{"80"}
	if unusual != "" {
		r.Header["X-Unusual"] = []string{unusual}
	}
	return r
}

type shortAnswer struct {
	strings.Builder
	header http.Header
}

func (a *shortAnswer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *shortAnswer) WriteHeader(int) {}

// wired is what goes on the wire, or the refusal.
func wired(r *http.Request, a *shortAnswer) string {
	if r == nil {
		return a.String()
	}
	var b strings.Builder
	b.WriteString(r.Method + " " + r.RequestURI + " " + r.Host + "\n")
	h := r.Header.Clone()
	if nonce := h.Get("X-Xdr-Nonce"); len(nonce) == 64 { // which differs, and the time may
		sum := sha256.Sum256([]byte("key" + nonce + h.Get("X-Xdr-Timestamp")))
		if h.Get("Authorization") == hex.EncodeToString(sum[:]) && len(h.Get("X-Xdr-Timestamp")) == 13 {
			h.Set("Authorization", "proved")
			h.Del("X-Xdr-Nonce")
			h.Del("X-Xdr-Timestamp")
		}
	}
	h.WriteSubset(&b, map[string]bool{"X-Unusual": true})
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.Header[name]; ok && len(values) == 0 {
			b.WriteString(name + " stays away\n")
		}
	}
	return b.String()
}
