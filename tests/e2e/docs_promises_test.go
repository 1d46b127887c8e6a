package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/pages"
)

// documented starts a gateway with a configuration of the documentation, after changes of names to addresses. It
// returns the port of the configuration's own site.
func (f *furnished) documented(t *testing.T, form form, text string, changes ...string) int {
	t.Helper()
	text = strings.NewReplacer(changes...).Replace(f.adapt(t, text))
	port := freePort(t)
	s := setup{form: form, home: f.home}
	if form == traefik {
		var dynamic object
		if err := yaml.Unmarshal([]byte(text), &dynamic); err != nil {
			t.Fatal(err)
		}
		s.change = func(_ int, static, all object) {
			at(static, "entryPoints")["own"] = object{"address": fmt.Sprintf("127.0.0.1:%d", port)}
			for kind, entries := range at(dynamic, "http") {
				for name, entry := range entries.(object) {
					at(all, "http", kind)[name] = entry
				}
			}
			if dynamic["tls"] != nil {
				all["tls"] = dynamic["tls"]
			}
		}
	} else {
		own := regexp.MustCompile(`(?m)^(https?://[a-z.]+)( \{)$`).ReplaceAllString(text, fmt.Sprintf("$1:%d$2", port))
		s.sites = func(int) string { return own }
	}
	s.start(t).listens(t, port)
	return port
}

// documentedBlocks finds the blocks of a page that hold a text, one for each gateway.
func documentedBlocks(t *testing.T, name, contains string) map[form]string {
	t.Helper()
	found := map[form]string{}
	for _, page := range pages.Read(t, "../..") {
		for _, b := range page.Blocks {
			form := map[string]form{"caddyfile": caddyTransport, "yaml": traefik}[b.Lang]
			if page.Name != name || form == "" || !strings.Contains(b.Text, contains) {
				continue
			}
			if found[form] != "" {
				t.Fatalf("%s has two blocks with %s for %s", name, contains, form)
			}
			found[form] = b.Text
		}
	}
	if len(found) != 2 {
		t.Fatalf("%s has %d blocks with %s", name, len(found), contains)
	}
	return found
}

// An appliance with a certificate of its own authority is reached, and an impostor is not.
func TestTheDocumentedApplianceIsVerified(t *testing.T) {
	t.Parallel()
	dt := find("darktrace")
	for form, text := range documentedBlocks(t, "docs/vendors/darktrace.md", "darktrace-ca.pem") {
		for name, appliance := range map[string]struct {
			certificate string
			foreign     bool // its issuer is not the one that is trusted
			reached     bool
		}{
			"its own certificate":             {"dt.example.com", false, true},
			"a certificate for another name":  {"elsewhere.example.com", false, false},
			"a certificate of another issuer": {"dt.example.com", true, false},
		} {
			t.Run(string(form)+"/"+name, func(t *testing.T) {
				f := furnish(t)
				issuer := f.authority
				if appliance.foreign {
					issuer = f.clients
				}
				v := newVendor(t, "darktrace", map[string]string{"public_token": "value-of-DT_PUBLIC_TOKEN", "private_token": "secret-of-darktrace"}, issuer.leaf(t, appliance.certificate))
				port := f.documented(t, form, text, "10.0.0.5", v.addr)
				got := send(t, fmt.Sprintf("127.0.0.1:%d", port), "darktrace.internal", request{method: "GET", target: "/devices?b=1&a=2"})
				a, err := v.only(0)
				switch {
				case appliance.reached && (err != nil || !a.answer.Accepted || a.host != "dt.example.com" || a.header.Get(dt.owned[2]) == ""):
					t.Errorf("answered %d %s; at the appliance %v, %+v", got.status, got.body, err, a)
				case !appliance.reached && (got.status < 500 || v.bytes.Load() != 0):
					t.Errorf("answered %d, and %d bytes went to the impostor", got.status, v.bytes.Load())
				}
			})
		}
	}
}

// Carbon Black answers 401 to a key of another type than the path wants: each path gets its own.
func TestTheDocumentedRoutesPickTheKeyByThePath(t *testing.T) {
	t.Parallel()
	for form, text := range documentedBlocks(t, "docs/vendors/carbonblack.md", "cb-siem") {
		t.Run(string(form), func(t *testing.T) {
			f := furnish(t)
			v := newVendor(t, "carbonblack", find("carbonblack").credential(), nil)
			port := f.documented(t, form, text, "https://defense.conferdeploy.net", "http://"+v.addr,
				"\t\t\t\thost defense.conferdeploy.net", "\t\t\t\thost 127.0.0.1\n\t\t\t\tinsecure_upstream",
				"            host: defense.conferdeploy.net", "            host: defense.conferdeploy.net\n            insecureUpstream: true")
			for target, key := range map[string]string{
				"/integrationServices/v3/notification":     "siem",
				"/integrationServices/v3/cblr/session/1":   "live",
				"/integrationServices/v3/device?rows=1":    "api",
				"/appservices/v6/orgs/ABCD1234/devices/1":  "custom",
				"/api/alerts/v7/orgs/ABCD1234/alerts/_all": "custom",
			} {
				before := v.count()
				got := send(t, fmt.Sprintf("127.0.0.1:%d", port), "carbonblack.internal", request{method: "GET", target: target})
				a, err := v.only(before)
				if err != nil {
					t.Errorf("%s: %v, and the client is answered %d %s", target, err, got.status, got.body)
					continue
				}
				want := "secret-of-cb-" + key + "/value-of-CB_" + strings.ToUpper(key) + "_ID"
				if sent := a.header.Get("X-Auth-Token"); sent != want {
					t.Errorf("%s has the key %s, want %s", target, sent, want)
				}
			}
		})
	}
}

// What docs/security.md puts in front of a signing route keeps strangers out, and lets clients in.
func TestTheDocumentedAuthenticationKeepsStrangersOut(t *testing.T) {
	t.Parallel()
	auth := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("session"); err != nil || cookie.Value != "reports-9c1e" || r.URL.Path != "/api/authz/forward-auth" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer auth.Close()
	for name, way := range map[string]struct {
		contains string
		client   func(t *testing.T, f *furnished, transport *http.Transport, r *http.Request)
		stranger int // the status; 0 is a failed handshake
	}{
		"client certificates": {"clients-ca.pem", func(t *testing.T, f *furnished, transport *http.Transport, _ *http.Request) {
			transport.TLSClientConfig.Certificates = []tls.Certificate{f.clients.client(t, "reports")}
		}, 0},
		"basic auth": {"basic", func(t *testing.T, _ *furnished, _ *http.Transport, r *http.Request) {
			r.SetBasicAuth("reports", documentedPassword)
		}, http.StatusUnauthorized},
		"forward auth": {"forward-auth", func(t *testing.T, _ *furnished, _ *http.Transport, r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "session", Value: "reports-9c1e"})
		}, http.StatusUnauthorized},
	} {
		for form, text := range documentedBlocks(t, "docs/security.md", way.contains) {
			t.Run(name+"/"+string(form), func(t *testing.T) {
				f := furnish(t)
				v := newVendor(t, "duo", map[string]string{"integration_key": "value-of-DUO_IKEY", "secret_key": "secret-of-duo"}, nil)
				port := f.documented(t, form, text, "https://api-1.duosecurity.com", "http://"+v.addr, "auth.internal:9091", auth.Listener.Addr().String(),
					// With its port: the page's forward-auth is another host than the vendor, and here it is another port.
					"\t\t\thost api-1.duosecurity.com", "\t\t\thost "+v.addr+"\n\t\t\tinsecure_upstream",
					"            host: api-1.duosecurity.com", "            host: api-1.duosecurity.com\n            insecureUpstream: true")
				// Neither does a stranger who names another host in the handshake.
				status, err := f.ask(t, port, func(transport *http.Transport, _ *http.Request) {
					transport.TLSClientConfig.ServerName, transport.TLSClientConfig.InsecureSkipVerify = "elsewhere.internal", true
				})
				if status == http.StatusOK || v.bytes.Load() != 0 {
					t.Errorf("by another name a stranger is answered %d (%v), and %d bytes went to the vendor", status, err, v.bytes.Load())
				}
				for _, stranger := range []bool{true, false} {
					status, err := f.ask(t, port, func(transport *http.Transport, r *http.Request) {
						if !stranger {
							way.client(t, f, transport, r)
						}
					})
					switch {
					case stranger && (status != way.stranger || v.bytes.Load() != 0):
						t.Errorf("a stranger is answered %d (%v), and %d bytes went to the vendor", status, err, v.bytes.Load())
					case !stranger && status != http.StatusOK:
						t.Errorf("a client is answered %d (%v)", status, err)
					}
				}
				a, err := v.only(0)
				if err != nil || !a.answer.Accepted {
					t.Fatalf("at the vendor: %v, %+v", err, a)
				}
				for _, proof := range []string{"reports", documentedPassword, "Cookie"} {
					if strings.Contains(string(a.raw), proof) {
						t.Errorf("%q arrived at the vendor:\n%s", proof, a.text())
					}
				}
			})
		}
	}
}

// client is a certificate that shows who a client is.
func (a *authority) client(t testing.TB, name string) tls.Certificate {
	t.Helper()
	key, der := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.certificate, a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// ask sends a request by verified TLS to the site duo.internal behind a port. A failed handshake has no status.
func (f *furnished) ask(t *testing.T, port int, prepare func(*http.Transport, *http.Request)) (int, error) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(f.authority.certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "duo.internal"}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest("GET", fmt.Sprintf("https://127.0.0.1:%d/admin/v1/users", port), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = fmt.Sprintf("duo.internal:%d", port)
	prepare(transport, r)
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Do(r)
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return response.StatusCode, nil
}
