package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const acmeID, acmeSecret = "AB12", "acme-canary-secret-51c07e"

// presetModes are presets of different shape, and the schemes of HTTP message signatures. The custom scheme is made for each form by customRoute.
var presetModes = slices.Concat([]mode{
	{
		name: "veracode", signer: "veracode", owned: []string{"Authorization"}, verify: verifyVeracode, secrets: []string{"api_key"},
		options: options{"api_id": "3ddaeeb10ca690df3fee5e3bd1c329fa", "api_key": strings.Repeat("0123456789abcdef", 8)},
	}, {
		name: "akamai", signer: "akamai", owned: []string{"Authorization"}, verify: verifyAkamai, secrets: []string{"client_secret"},
		options: options{"client_token": "akab-client-token-xxx", "access_token": "akab-access-token-xxx", "client_secret": "canaryxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx="},
	}, {
		name: "tenable", signer: "tenable", owned: []string{"X-ApiKeys", "Authorization", "X-Impersonate"}, verify: verifyTenable, secrets: []string{"secret_key"},
		options: options{"access_key": "tenable-access", "secret_key": "tenable-canary-5f0c1b"},
	}, {
		name: "qualys", signer: "qualys", owned: []string{"Authorization", "X-Requested-With"}, verify: verifyQualys, secrets: []string{"password"},
		options: options{"username": "acme_ab1", "password": "qualys:canary~é81"},
	}, {
		name: "shodan", signer: "shodan", owned: []string{"Authorization"}, params: []string{"key"}, verify: verifyShodan, secrets: []string{"api_key"},
		options: options{"api_key": "shodan+canary/9&2=c"},
	}, {
		name: "datadog", signer: "datadog", owned: []string{"DD-API-KEY", "DD-APPLICATION-KEY", "Authorization"}, params: []string{"api_key", "application_key"},
		verify: verifyDatadog, secrets: []string{"api_key", "application_key"},
		options: options{"api_key": "datadog-canary-api-key-44", "application_key": "datadog-canary-application-key-71"},
	}, {
		name: "azure-storage", signer: "azure_storage", owned: []string{"Authorization", "x-ms-date"}, verify: verifyAzureStorage, secrets: []string{"account_key"},
		options: options{"account": "acme", "account_key": base64Of(strings.Repeat("storage-canary-", 4))},
	}, {
		name: "azure-cosmos", signer: "azure_cosmos", owned: []string{"Authorization", "x-ms-date"}, verify: verifyAzureCosmos, secrets: []string{"master_key"},
		options: options{"master_key": base64Of(strings.Repeat("cosmos-canary--", 4))},
	}, {
		name: "logicmonitor", signer: "logicmonitor", owned: []string{"Authorization"}, verify: verifyLogicMonitor, secrets: []string{"access_key"},
		options: options{"access_id": "lm-access", "access_key": "lm-canary-[x]=~{y}+0"},
	}, {
		name: "bloodhound", signer: "bloodhound", owned: []string{"Authorization", "RequestDate", "Signature"}, verify: verifyBloodHound, secrets: []string{"token_key"},
		options: options{"token_id": "6f1d7a35-3d2c-4b7e-9d0a-1f2e3d4c5b6a", "token_key": "bloodhound-canary-8ab2=="},
	}, {
		name: "slack-webhook", signer: "slack_webhook", owned: []string{"X-Slack-Request-Timestamp", "X-Slack-Signature"}, verify: verifySlack, secrets: []string{"signing_secret"},
		options: options{"signing_secret": "8f742231b10e8888abcd99yyyzzz85a5"},
	}, {
		name: "tencent", signer: "tencent", owned: []string{"Authorization", "X-TC-Timestamp"}, verify: verifyTencent, secrets: []string{"secret_key"},
		options: options{"secret_id": "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "secret_key": "tencent-canary-77d1", "service": "cvm", "allow_multiplexed": true},
	}, {
		name: "api-key", signer: "api_key", owned: []string{"X-Own-Key", "Authorization"}, verify: verifyOwnKey, secrets: []string{"key"},
		options: options{"header": "X-Own-Key", "prefix": "Token", "key": "own-canary~key=/+81"},
	}, {
		name: "api-key-in-authorization", signer: "api_key", owned: []string{"Authorization"}, verify: verifyBareKey, secrets: []string{"key"},
		options: options{"header": "authorization", "key": "bare-canary-key-20"},
	}, {
		name: "basic", signer: "basic", owned: []string{"Authorization"}, verify: verifyBasic, secrets: []string{"password"},
		options: options{"username": "test", "password": "canary:~£ 61"},
	}, {
		name: "bearer", signer: "bearer", owned: []string{"Authorization"}, verify: verifyBearer, secrets: []string{"token"},
		options: options{"token": "mF_9.B5f-4.1JqM-canary"},
	}, {
		name: "bearer-by-another-name", signer: "bearer", owned: []string{"Authorization"}, verify: verifyBearer, secrets: []string{"token"},
		options: options{"token": "00ssws-canary", "prefix": "SSWS"},
	}, {
		name: "custom", signer: "custom", owned: []string{"X-Acme-Id", "X-Acme-Date", "X-Acme-Signature"}, verify: verifyAcme, options: options{},
	},
}, messageModes)

// presetRequests are for the presets that do not take any target; "" is for all others.
var presetRequests = map[string][]request{
	"": {
		{method: "GET", target: "/api/v3/items"}, {method: "GET", target: nasty}, {method: "HEAD", target: nasty},
		{method: "POST", target: "/api/v3/items?a=1", header: []string{asJSON}, body: []byte(`{"a": [1, "ä"] }`)},
		{method: "POST", target: "/api/v3/items", header: []string{asBinary}, body: everyByte(), chunked: true},
		{method: "POST", target: "/api/v3/items", length: true}, {method: "PUT", target: "/api/v3/items/7", header: []string{asForm}, body: []byte(nastyForm)},
		{method: "DELETE", target: "/api/v3/items/7?force=1"},
	},
	"azure_storage": {
		{method: "GET", target: "/pictures?restype=container&comp=list&Prefix=a%20b&prefix=a+a", header: []string{"x-ms-version: 2021-08-06", "If-None-Match: \"a\"", "Range: bytes=0-5"}},
		{method: "PUT", target: "/pictures/a%20b.jpg", header: []string{"x-ms-version: 2021-08-06", "X-Ms-Blob-Type: BlockBlob", "Content-Type: image/jpeg", "Content-Md5: x=="}, body: everyByte()},
		{method: "PUT", target: "/pictures/empty", header: []string{"x-ms-version: 2021-08-06", "x-ms-blob-type: BlockBlob"}, length: true},
		{method: "DELETE", target: "/pictures/a"},
		{method: "PUT", target: "/pictures/chunks", header: []string{"x-ms-version: 2021-08-06", "x-ms-blob-type: BlockBlob"}, body: everyByte(), chunked: true},
	},
	"azure_cosmos": {
		{method: "GET", target: "/dbs"}, {method: "GET", target: "/dbs/db1/colls?x=1"}, {method: "GET", target: "/dbs/db1/colls/c%201/docs/d%20"},
		{method: "POST", target: "/dbs/db1/colls/Things/docs", header: []string{asJSON, "x-ms-documentdb-partitionkey: [\"a\"]"}, body: []byte(`{"id":"x"}`)},
	},
	"logicmonitor": {
		{method: "GET", target: "/santaba/rest/device/devices?size=1&filter=a%2Bb"},
		{method: "POST", target: "/santaba/rest/device/devices", header: []string{asJSON}, body: []byte(`{"name":"ä"}`)},
		{method: "PUT", target: "/santaba/rest/device/devices/7", header: []string{asBinary}, body: everyByte(), chunked: true},
	},
	"tencent": {
		{method: "POST", target: "/", header: []string{"Content-Type: application/json; charset=utf-8", "X-TC-Action: DescribeInstances", "X-TC-Version: 2017-03-12"}, body: []byte(`{"Limit": 1, "x": "ä"}`)},
		{method: "POST", target: "/", header: []string{asJSON}, body: []byte(`{}`), chunked: true},
	},
	"httpsig": { // RFC 9421 covers ASCII alone
		{method: "GET", target: "/api/v3/items"}, {method: "HEAD", target: ascii(nasty)}, {method: "GET", target: ascii(nasty)},
		{method: "POST", target: "/api/v3/items?a=1", header: []string{asJSON}, body: []byte(`{"a": [1, "ä"] }`)},
		{method: "POST", target: "/api/v3/items", header: []string{asBinary}, body: everyByte(), chunked: true},
		{method: "POST", target: "/api/v3/items", length: true}, {method: "PUT", target: "/api/v3/items/7", header: []string{asForm}, body: []byte(nastyForm)},
	},
	"custom": {
		{method: "GET", target: "/things"}, {method: "GET", target: "/things?a=1&b=2"}, {method: "DELETE", target: "/things/7"},
		{method: "POST", target: "/things?a=1", header: []string{asJSON}, body: []byte(`{"path":"[[path]]"}`)},
		{method: "PUT", target: "/things", header: []string{asBinary}, body: everyByte(), chunked: true},
	},
}

const acmeOperations = `let ts = [[now|unix]]
let text = [[method|upper]]\n[[path]]\n[[query|canon_query]]\n[[ts]]\n[[body|sha256|hex]]
header X-Acme-Id = [[opt.access_id]]
header X-Acme-Date = [[ts]]
header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]`

// ownScheme writes the operations of a route's scheme down where the form takes them from: in the block, or in a file of the operator's.
func ownScheme(t *testing.T, f form, h *home, r *route) {
	t.Helper()
	if f == traefik {
		dir := filepath.Join(h.dir, "presets")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		writeYAML(t, filepath.Join(dir, "acme.json"), object{"preset": 1, "name": "acme", "title": "Acme", "operations": strings.Split(acmeOperations, "\n"),
			"options": []object{{"name": "access_id"}, {"name": "secret_key", "secret": true}}})
		h.env = append(h.env, "VENDORSIGN_PRESETS_DIR="+dir)
		r.options = r.options.with(options{"preset": "acme", "options": options{"access_id": acmeID}, "secrets": options{"secret_key": acmeSecret}})
		return
	}
	r.lines = "option access_id " + acmeID + "\nsecret secret_key " + h.refer(t, f, r, "secret_key", acmeSecret) + "\noperations <<END\n" + acmeOperations + "\nEND\n"
}

func startPresets(t *testing.T, f form) (*gateway, []*route) {
	t.Helper()
	h := newHome(t)
	var routes []*route
	for _, m := range presetModes {
		r := m.route(t, f)
		if m.signer == "custom" {
			ownScheme(t, f, h, r)
		}
		routes = append(routes, r)
	}
	return startIn(t, h, f, routes...), routes
}

// Requests to presets arrive as these vendors want them, with every spelling of their own headers and parameters by the client.
func TestEveryPresetArrivesAsItsVendorVerifiesIt(t *testing.T) {
	const attacker = "attacker-0b5e"
	eachForm(t, func(t *testing.T, f form) {
		g, routes := startPresets(t, f)
		for i, m := range presetModes {
			t.Run(m.name, func(t *testing.T) {
				asked := presetRequests[m.signer]
				if asked == nil {
					asked = presetRequests[""]
				}
				for _, r := range asked {
					a, got := g.accepted(t, routes[i], r)
					if got.status != http.StatusOK || r.method != "HEAD" && string(got.body) != "accepted\n" {
						t.Errorf("%s %s: the client got %d %q", r.method, r.target, got.status, got.body)
					}
					if want := strings.Split(r.target, "?")[0]; !strings.HasPrefix(a.target, want) {
						t.Errorf("%s arrived as %s", r.target, a.target)
					}
				}
				r := asked[0]
				for _, owned := range m.owned {
					for _, name := range lookAlikes(owned) {
						r.header = append(slices.Clone(r.header), name+": "+attacker, "Connection: "+name)
					}
				}
				for _, name := range m.params {
					for _, spelt := range []string{name, strings.ToUpper(name), "%" + fmt.Sprintf("%x", name[0]) + name[1:], name[:1] + "%" + fmt.Sprintf("%X", name[1]) + name[2:]} {
						r.target += map[bool]string{true: "&", false: "?"}[strings.Contains(r.target, "?")] + spelt + "=" + attacker + ";" + spelt + "=" + attacker
					}
				}
				a, _ := g.accepted(t, routes[i], r)
				m.ownedOnce(t, a, attacker)
			})
		}
	})
}

// The vendor has what is hashed of a body while the client has not sent all of it.
func TestTheRestOfABodyStreamsBehindWhatIsHashed(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		m := find("akamai")
		route := m.route(t, f)
		g := start(t, f, route)
		body := bytes.Repeat([]byte("0123456789abcdef"), 3*akamaiHashed/16)
		r := request{method: "POST", target: "/papi/v1/search", header: []string{asJSON}, body: body}
		g.accepted(t, route, r)
		g.accepted(t, route, request{method: "POST", target: r.target, header: r.header, body: body, chunked: true})
		g.accepted(t, route, request{method: "PUT", target: "/papi/v1/search", header: []string{asJSON}, body: body})

		before, seen := route.vendor.count(), route.vendor.bytes.Load()
		conn := dial(t, g.addr)
		if _, err := conn.Write(append(r.head(route.name+".test"), body[:2*akamaiHashed]...)); err != nil {
			t.Fatal(err)
		}
		until(t, "the covered part at the vendor", func() bool { return route.vendor.bytes.Load()-seen > akamaiHashed })
		if _, err := conn.Write(body[2*akamaiHashed:]); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("answered %+v, %v", answer, err)
		}
		if a, err := route.vendor.only(before); err != nil || !bytes.Equal(a.body, body) {
			t.Errorf("%v; of %d bytes another body arrived", err, len(body))
		}
	})
}

// A judge that accepts anything would pass every test.
func TestTheJudgesOfPresetsRefuseWhatIsNotSigned(t *testing.T) {
	for _, m := range presetModes {
		r := m.route(t, traefik)
		asked := presetRequests[m.signer]
		if asked == nil {
			asked = presetRequests[""]
		}
		for _, in := range asked {
			in.header = append(slices.Clone(in.header), "Authorization: Bearer x")
			if got := send(t, r.vendor.addr, "x.example", in); got.status != http.StatusUnauthorized {
				t.Errorf("%s: %s %s is answered %d", m.name, in.method, in.target, got.status)
			}
		}
	}
}
