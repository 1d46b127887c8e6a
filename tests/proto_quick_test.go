package tests

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/traefikplugin"
)

// eachPlugin runs a test of Traefik's plugin in both runtimes.
func eachPlugin(t *testing.T, test func(t *testing.T, p interpret.Plugin)) {
	t.Run("compiled", func(t *testing.T) { test(t, interpret.CompiledPlugin(traefikplugin.New, traefikplugin.CreateConfig)) })
	t.Run("interpreted", func(t *testing.T) { test(t, interpret.LoadPlugin(t)) })
}

// What the short way must leave to the long one, whose verdict on it is the same.
func TestTheShortWayLeavesOddProtocolsToTheLongOne(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *http.Request)
		kind   string // none: it is signed
	}{
		{"an honest one", func(r *http.Request) {}, ""},
		{"a method with blanks", func(r *http.Request) { r.Method = "GET /apikeys HTTP/1.1\r\nX:" }, "bad-method"},
		{"no method", func(r *http.Request) { r.Method = "" }, "bad-method"},
		{"a method that has the vendor send back the request", func(r *http.Request) { r.Method = "TRACE" }, "bad-method"},
		{"it in small letters", func(r *http.Request) { r.Method = "trace" }, "bad-method"},
		{"its other name", func(r *http.Request) { r.Method = "TRACK" }, "bad-method"},
		{"a method that is rare", func(r *http.Request) { r.Method = "PROPFIND" }, ""},
		{"early data", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, "early-data"},
		{"TLS", func(r *http.Request) { r.TLS = &tls.ConnectionState{HandshakeComplete: true} }, ""},
		{"early data of a gateway in front", func(r *http.Request) { r.Header["Early-Data"] = []string{"1"} }, "early-data"},
		{"an upgrade", func(r *http.Request) {
			r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{"foo"}
		}, "upgrade"},
		{"an extended CONNECT", func(r *http.Request) { r.Method, r.Header[":protocol"] = "CONNECT", []string{"websocket"} }, "upgrade"},
		{"a protocol without CONNECT", func(r *http.Request) { r.Header[":protocol"] = []string{"websocket"} }, "upgrade"},
		{"a long target", func(r *http.Request) {
			r.RequestURI = "/?" + strings.Repeat("a", 17000)
			r.URL.RawQuery = r.RequestURI[2:]
		}, "head-too-large"},
		{"a target of middle length", func(r *http.Request) {
			r.RequestURI = "/?" + strings.Repeat("a", 8000)
			r.URL.RawQuery = r.RequestURI[2:]
		}, ""},
		{"a long usual header", func(r *http.Request) { r.Header["User-Agent"] = []string{strings.Repeat("a", 17000)} }, "head-too-large"},
		{"many usual headers", func(r *http.Request) { r.Header["Te"] = make([]string, 500) }, "head-too-large"},
		{"usual headers of middle length", func(r *http.Request) { r.Header["User-Agent"] = []string{strings.Repeat("a", 8000)} }, ""},
		{"two types of no body", func(r *http.Request) { r.Header["Content-Type"] = []string{"a/b", "c/d"} }, "unsignable"},
		{"two types of a body", func(r *http.Request) {
			r.Method, r.Header["Content-Type"] = "POST", []string{"application/x-www-form-urlencoded", "application/json"}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("a=1")), 3
		}, "unsignable"},
		{"trailers", func(r *http.Request) { r.Trailer = http.Header{"A b": nil} }, ""},
	}
	eachPlugin(t, func(t *testing.T, p interpret.Plugin) {
		for vendor, options := range shortOptions {
			block := map[string]any{"host": "vendor.example.com"}
			for name, value := range options {
				block[name] = value
			}
			vendor, mode, _ := strings.Cut(vendor, " ")
			var got *http.Request
			handler, err := p.New(map[string]any{vendor: block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
			if err != nil {
				t.Fatal(err)
			}
			handler.ServeHTTP(&shortAnswer{}, signedFor(mode, shortRequest(t, "GET", "/first", "", true)))
			for _, test := range tests {
				for _, unusual := range []string{"", "v"} {
					got = nil
					r, a := signedFor(mode, shortRequest(t, "GET", "/a?a=1", unusual, false)), &shortAnswer{}
					test.change(r)
					handler.ServeHTTP(a, r)
					switch {
					case test.kind == "" && got == nil:
						t.Errorf("%s: %s: refused: %s", vendor, test.name, a.String())
					case test.kind != "" && (got != nil || !strings.Contains(a.String(), "#"+test.kind)):
						t.Errorf("%s: %s: passed %v, %s; want %s", vendor, test.name, got != nil, a.String(), test.kind)
					case got != nil && got.Trailer != nil:
						t.Errorf("%s: %s: goes out with trailers", vendor, test.name)
					}
				}
			}
		}
	})
}

type brokenBody struct{ io.Reader }

func (brokenBody) Close() error { return nil }

// A proxy takes an error of its transport for the upstream's failure, except that of a client that left.
func TestABodyThatTheClientBreaksReadsAsAClientThatLeft(t *testing.T) {
	eachPlugin(t, func(t *testing.T, p interpret.Plugin) {
		for _, unusual := range []string{"", "v"} { // the short way, the long one
			var read []byte
			var broke error
			handler, err := p.New(map[string]any{"threatconnect": map[string]any{"host": "vendor.example.com", "accessId": "1", "secretKey": "key"}},
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Body != nil && r.Body != http.NoBody {
						read, broke = io.ReadAll(r.Body)
						r.Body.Close()
					}
				}))
			if err != nil {
				t.Fatal(err)
			}
			handler.ServeHTTP(&shortAnswer{}, shortRequest(t, "GET", "/first", "", true))
			post := func(body io.Reader) {
				r := shortRequest(t, "POST", "/a", unusual, false)
				r.Body, r.ContentLength = brokenBody{body}, -1
				handler.ServeHTTP(&shortAnswer{}, r)
			}
			large := bytes.Repeat([]byte("0123456789"), 100000)
			if post(bytes.NewReader(large)); broke != nil || !bytes.Equal(read, large) {
				t.Errorf("a whole body: %d bytes, %v", len(read), broke)
			}
			for _, fault := range []error{io.ErrUnexpectedEOF, errors.New("invalid byte in chunk length"), &http.MaxBytesError{Limit: 4}} {
				post(io.MultiReader(strings.NewReader("half"), &faulty{fault}))
				if string(read) != "half" || !errors.Is(broke, context.Canceled) || errors.Is(broke, io.EOF) {
					t.Errorf("%v: %q, %v", fault, read, broke)
				}
			}
		}
	})
}

type faulty struct{ err error }

func (f *faulty) Read([]byte) (int, error) { return 0, f.err }
