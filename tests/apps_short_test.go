package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// appClient signs requests of an app as the vendor's own client does.
type appClient struct {
	key, secret string // the options of the two halves
	target      string
	more        signers.Values // of signer and gateway
	allocations float64        // that a verification may take, interpreted
}

var appClients = map[string]appClient{
	"aws": {key: "access_key_id", secret: "secret_access_key", target: "/detector?maxResults=50", allocations: 323,
		more: signers.Values{"region": {"eu-west-1"}, "service": {"guardduty"}}},
	"cortex":        {key: "api_key_id", secret: "api_key", target: "/public_api/v1/healthcheck", allocations: -300},
	"darktrace":     {key: "public_token", secret: "private_token", target: "/devices", allocations: -57},
	"duo":           {key: "integration_key", secret: "secret_key", target: "/admin/v1/users?limit=100&offset=0", allocations: 47},
	"threatconnect": {key: "access_id", secret: "secret_key", target: "/api/v3/indicators", allocations: -190},
	"veracode":      {key: "api_id", secret: "api_key", target: "/appsec/v1/applications", allocations: 84},
}

// manyApps is how many apps a gateway has here; each has a key ID and a secret by its number.
const manyApps = 200

func appKeyID(n int) string  { return fmt.Sprintf("ABCDEFGHIJKLMNOP%04d", n) }
func appSecret(n int) string { return fmt.Sprintf("%040d", n) }

// block is the configuration of the vendor's middleware, with apps or without.
func (c appClient) block(apps bool) map[string]any {
	block := map[string]any{"host": "vendor.example.com", signers.Camel(c.key): "ABCDEFGHIJKLMNOPREAL", signers.Camel(c.secret): strings.Repeat("ab", 20)}
	for name := range c.more {
		block[signers.Camel(name)] = c.more.Text(name)
	}
	if apps {
		list := make([]any, manyApps)
		for i := range list {
			list[i] = map[string]any{"name": fmt.Sprint("app", i), "keyId": appKeyID(i), "secret": appSecret(i)}
		}
		block["apps"] = list
	}
	return block
}

// signer signs with the key of an app.
func (c appClient) signer(t *testing.T, vendor string, app int) signers.Signer {
	t.Helper()
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		t.Fatal(err)
	}
	values := c.more.Copy()
	values[c.key], values[c.secret] = []string{appKeyID(app)}, []string{appSecret(app)}
	signer, faults := scheme.Signer(values)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return signer
}

// request is a GET that s signed, the nth with another nonce than all others. Its date is ahead: what is dated before the gateway's
// start may have been used before.
func (c appClient) request(t *testing.T, s signers.Signer, n int, unusual string) *http.Request {
	t.Helper()
	r := shortRequest(t, "GET", c.target, unusual, false)
	now := time.Now().Add(-ahead)
	at := &signers.Moment{Time: now, Date: s.Date(now), Nonce: fmt.Sprintf("%064x", n)}
	if strings.HasPrefix(s.Traits().Nonce, "hex:") {
		at.Nonce = at.Nonce[32:]
	}
	if err := s.Sign(&signers.Message{Method: "GET", Host: r.Host, Target: c.target, Header: r.Header}, at); err != nil {
		t.Fatal(err)
	}
	return r
}

// An ordinary request of an app is signed in the short way, and must look as if it had been signed in the long one.
func TestAVerifiedRequestGoesOutTheSameByTheShortWay(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for vendor, client := range appClients {
			var got *http.Request
			handler, err := p.New(map[string]any{vendor: client.block(true)}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
			if err != nil {
				t.Fatal(err)
			}
			signer := client.signer(t, vendor, 3)
			for n := 0; ; n++ {
				var sent [2]string
				for i, unusual := range []string{"", "v"} {
					got = nil
					a := &shortAnswer{}
					handler.ServeHTTP(a, client.request(t, signer, 2*n+i, unusual))
					if got == nil {
						t.Fatalf("%s: refused: %s", vendor, a)
					}
					sent[i] = wired(got, a)
				}
				if vendor == "veracode" || vendor == "cortex" { // its nonce is drawn anew
					break
				}
				if sent[0] == sent[1] {
					break
				}
				if n == 3 { // a second may have begun in between, but not each time
					t.Fatalf("%s: short %s\nlong %s", vendor, sent[0], sent[1])
				}
			}
		}
	})
}
