package modules

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// A proxy that knows the vendor only by its address, for requests that no signer matches, sees whose certificate it gets. (Those of
// httptest are for example.com and 127.0.0.1.)
func TestTheCertificateTellsAVendorThatIsOnlyNamedByItsAddress(t *testing.T) {
	const handler, transport = "\tdarktrace_sign /signed {\n%s\t}\n", "\treverse_proxy /signed https://example.com {\n\t\ttransport darktrace_sign {\n%s\t\t}\n\t}\n"
	for _, tt := range []struct {
		name, signer, host string
		http2              bool
		reaches            bool
		more               string // of the transport
	}{
		{"a handler", handler, "example.com", false, false, ""},
		{"a handler over HTTP/2", handler, "example.com", true, false, ""},
		{"a transport", transport, "example.com", false, false, ""},
		{"the port of the upstream", handler, "example.com:{port}", false, false, ""},
		{"another port", handler, "example.com:1", false, true, ""},
		{"a name that varies", handler, "example.com", false, false, "\t\t\ttls_server_name {http.request.header.X-Name}\n"},
		{"a name that varies over HTTP/2", handler, "example.com", true, false, "\t\t\ttls_server_name {http.request.header.X-Name}\n"},
		{"another vendor", handler, "acme.example", false, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vendor := new(recording)
			server := httptest.NewUnstartedServer(vendor)
			server.EnableHTTP2 = tt.http2
			server.StartTLS()
			t.Cleanup(server.Close)
			_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
			options := "\t\tpublic_token demo\n\t\tprivate_token " + rightSecret + "\n\t\thost " + strings.Replace(tt.host, "{port}", port, 1) + "\n"
			site := fmt.Sprintf(tt.signer, options) + "\treverse_proxy " + server.URL + " {\n\t\ttransport http {\n" +
				"\t\t\ttls_insecure_skip_verify\n" + tt.more + "\t\t}\n\t}\n"
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			load(t, c, head+site+"}\n", server)
			t.Cleanup(func() { caddy.Stop() })
			for range 3 {
				status, body := fetch(t, "http://"+c.site+"/plain", "Authorization", "client", "X-Name", "app.example")
				asked := len(vendor.take())
				if tt.reaches && (status != http.StatusOK || asked != 1) {
					t.Errorf("answered %d %s, and %d requests arrived", status, body, asked)
				}
				if !tt.reaches && (status != http.StatusServiceUnavailable || !strings.Contains(body, "#unsigned") || asked != 0) {
					t.Errorf("answered %d %s, and %d requests arrived", status, body, asked)
				}
			}
		})
	}
}

// Servers of one organisation may share a certificate, and the name that the configuration gives one of them is its own.
func TestACertificateForThatOtherNameAsWellProvesNothing(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"*.corp.example"}, IsCA: true,
		BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	for transport, want := range map[string]int{
		"tls_server_name app.corp.example\n\t\t\ttls_trust_pool file " + trusted:             http.StatusOK,
		"tls_server_name api.corp.example\n\t\t\ttls_trust_pool file " + trusted:             http.StatusServiceUnavailable,
		"tls_server_name app.corp.example\n\t\t\ttls_insecure_skip_verify":                   http.StatusServiceUnavailable,
		"tls_server_name {http.request.header.X-Name}\n\t\t\ttls_trust_pool file " + trusted: http.StatusServiceUnavailable,
		"tls_insecure_skip_verify": http.StatusServiceUnavailable,
	} {
		t.Run(transport, func(t *testing.T) {
			other := new(recording)
			server := httptest.NewUnstartedServer(other)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
			server.StartTLS()
			t.Cleanup(server.Close)
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			load(t, c, head+"\tdarktrace_sign /signed {\n\t\tpublic_token demo\n\t\tprivate_token x\n\t\thost api.corp.example\n\t}\n\treverse_proxy "+server.URL+
				" {\n\t\ttransport http {\n\t\t\t"+transport+"\n\t\t}\n\t}\n}\n", server)
			t.Cleanup(func() { caddy.Stop() })
			status, body := fetch(t, "http://"+c.site+"/plain", "X-Name", "app.corp.example")
			if asked := len(other.take()); status != want || asked != map[int]int{http.StatusOK: 1}[want] {
				t.Errorf("answered %d %s, and %d requests arrived", status, body, asked)
			}
		})
	}
}
