package tests

import (
	"testing"
)

func TestAllowListsMatchThePathOnTheWire(t *testing.T) {
	tests := []struct {
		allow   string
		method  string
		target  string
		verdict string
	}{
		{`"GET /devices"`, "GET", "/devices", signedVerdict},
		{`"GET /devices"`, "GET", "/devices?a=//;%2F..", signedVerdict},
		{`"GET /devices"`, "GET", "/devices/", notAllowed},
		{`"GET /devices"`, "GET", "/devices/1", notAllowed},
		{`"GET /devices"`, "GET", "/x/devices", notAllowed},
		{`"GET /devices"`, "GET", "/Devices", notAllowed},
		{`"GET /devices"`, "GET", "/%64evices", notAllowed},
		{`"GET /devices"`, "HEAD", "/devices", notAllowed},
		{`"GET /devices"`, "get", "/devices", notAllowed},
		{`"GET /devices"`, "*", "/devices", notAllowed},
		{`"GET /devices"`, "", "/devices", signedVerdict}, // an empty method is GET to net/http, and to this table
		{`"GET|HEAD /devices/** /models"`, "HEAD", "/models", signedVerdict},
		{`"GET|HEAD /devices/** /models"`, "GET", "/devices/a/b/c", signedVerdict},
		{`"GET|HEAD /devices/** /models"`, "GET", "/devices/", signedVerdict},
		{`"GET|HEAD /devices/** /models"`, "GET", "/devices", notAllowed},
		{`"GET|HEAD /devices/** /models"`, "GET", "/devices-2/a", notAllowed},
		{`"GET|HEAD /devices/** /models"`, "POST", "/models", notAllowed},
		{`"GET /a/*/c"`, "GET", "/a/b/c", signedVerdict},
		{`"GET /a/*/c"`, "GET", "/a/b/b/c", notAllowed},
		{`"GET /a/b*"`, "GET", "/a/bc", signedVerdict},
		{`"GET /a/b*"`, "GET", "/a/b/c", notAllowed},
		{`"GET /a.b(c)+[d]"`, "GET", "/a.b(c)+[d]", signedVerdict},
		{`"GET /a.b"`, "GET", "/aXb", notAllowed},
		{`"GET /caf` + "\u00e9" + `"`, "GET", "/caf\xc3\xa9", signedVerdict},
		{`"GET /caf` + "\u00e9" + `"`, "GET", "/caf%C3%A9", notAllowed},
		{`"* /any"`, "PROPFIND", "/any", signedVerdict},
		{`"* /any"`, "GET", "/other", notAllowed},
		{`["GET /a","POST /b","GET /c"]`, "GET", "/c", signedVerdict},
		{`["GET /a","POST /b","GET /c"]`, "POST", "/b", signedVerdict},
		{`["GET /a","POST /b","GET /c"]`, "GET", "/b", notAllowed},
		{`["GET /a","* /b"]`, "GET", "/b", signedVerdict},

		// What a server could read as another path is not interpreted.
		{`"* /**"`, "GET", "/", signedVerdict},
		{`"* /**"`, "GET", "/a.b/..c/.../d", signedVerdict},
		{`"* /**"`, "GET", "/a%20b%C3%A9", signedVerdict},
		{`"* /**"`, "GET", "//a", badTarget},
		{`"* /**"`, "GET", "/a//b", badTarget},
		{`"* /**"`, "GET", "/a/./b", badTarget},
		{`"* /**"`, "GET", "/a/../b", badTarget},
		{`"* /**"`, "GET", "/a/.", badTarget},
		{`"* /**"`, "GET", "/a/..", badTarget},
		{`"* /**"`, "GET", "/a/%2e%2e/b", badTarget},
		{`"* /**"`, "GET", "/a/.%2E/b", badTarget},
		{`"* /**"`, "GET", "/a%2fb", badTarget},
		{`"* /**"`, "GET", "/a%2Fb", badTarget},
		{`"* /**"`, "GET", "/a%5cb", badTarget},
		{`"* /**"`, "GET", `/a\b`, badTarget},
		{`"* /**"`, "GET", "/a;b=c", badTarget},
		{`"* /**"`, "GET", "/a%3Bb", badTarget},
		{`"* /**"`, "GET", "/a%252fb", badTarget},
		{`"* /**"`, "GET", "/a%00b", badTarget},
		{`"* /**"`, "GET", "/a%c0%afb", badTarget},
		{`"* /**"`, "GET", "/a/%C0%AE%c0%ae/b", badTarget},
		{`"* /**"`, "GET", "/a%E0%80%AFb", badTarget},
		{`"* /**"`, "GET", "/a%f0%80%80%afb", badTarget},
		{`"* /**"`, "GET", "/a%E0%A4%85%F0%9F%98%80b", signedVerdict},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			o := try(t, d, attempt{policy: `{"host":"vendor.example","allow":` + test.allow + `}`, method: test.method, target: test.target})
			if o.verdict() != test.verdict {
				t.Errorf("%s with %s %s: %s, want %s", test.allow, test.method, test.target, o.verdict(), test.verdict)
			}
		}
	})
}

func TestCredentialEndpointsAreGuardedInEverySpelling(t *testing.T) {
	tests := []struct {
		vendor, method, target string
		verdict                string
	}{
		{"duo", "GET", "/admin/v1/integrations/DIX/skey", credentialProbe},
		{"duo", "HEAD", "/admin/v1/integrations/DIX/skey", credentialProbe},
		{"duo", "BREW", "/admin/v2/integrations/DIX/skey", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey?a=b", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey/", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/%73key", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/%2573key", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/%252573key", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX%2Fskey", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX%5cskey", credentialProbe},
		{"duo", "GET", "/Admin/V1/Integrations/DIX/SKEY", credentialProbe},
		{"duo", "GET", "//admin//v1/integrations/DIX//skey", credentialProbe},
		{"duo", "GET", "/x/../admin/v1/./integrations/DIX/skey", credentialProbe},
		{"duo", "GET", "/x/%2e%2e/admin/v1/integrations/DIX/skey", credentialProbe},
		{"duo", "GET", "/../admin/v1/integrations/DIX/skey", credentialProbe},
		{"duo", "GET", "/admin;a=b/v1/integrations/DIX/skey;c", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%3Bc", credentialProbe},
		{"duo", "GET", `/admin\v1\integrations\DIX\skey`, credentialProbe},
		{"duo", "GET", "/%zz/../admin/v1/integrations/DIX/%73key", credentialProbe},
		{"duo", "GET", "/%/../admin/v1/integrations/DIX/skey", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%00", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%00.json", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%2500", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%0a", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%0D%0A/", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%20", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/skey%09;a=b", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/%7fskey", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations%20/DIX/skey", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX%c0%afskey", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX/%C1%B3key", credentialProbe},
		{"duo", "GET", "/x/%25c0%AE%c0%ae/admin/v1/integrations/DIX/skey", credentialProbe},
		{"duo", "GET", "/admin/v1/users/%20", signedVerdict},
		{"duo", "GET", "/admin/v1/users/%C0%AF", signedVerdict},
		{"duo", "GET", "/admin/v1/users/a%20b%0ac", signedVerdict},
		{"duo", "GET", "/admin/v1/integrations", credentialProbe},
		{"duo", "GET", "/admin/v1/integrations/DIX", credentialProbe},
		{"duo", "POST", "/admin/v1/integrations/DIX", credentialProbe},
		{"duo", "POST", "/admin/v3/integrations/DIX", credentialProbe},
		{"duo", "GET", "/admin/v3/integrations/DIX", signedVerdict},
		{"duo", "GET", "/admin/v1/users", signedVerdict},
		{"duo", "GET", "/admin/v1/users?next=/admin/v1/integrations/DIX/skey", signedVerdict},
		{"duo", "POST", "/auth/v2/auth", signedVerdict},

		{"threatconnect", "GET", "/appAuth", credentialProbe},
		{"threatconnect", "GET", "/api/appAuth?expiredToken=x", credentialProbe},
		{"threatconnect", "GET", "/api/appAuth/?expiredToken=x", credentialProbe},
		{"threatconnect", "GET", "/api/app%41uth", credentialProbe},
		{"threatconnect", "GET", "/api/v3/indicators", signedVerdict},

		{"carbonblack", "POST", "/csp/gateway/am/api/auth/token", credentialProbe},
		{"carbonblack", "POST", "/csp/gateway/am/api/auth/api-tokens/authorize", credentialProbe},
		{"carbonblack", "POST", "/csp/gateway/am/api/AUTH/x", credentialProbe},
		{"carbonblack", "GET", "/appservices/v6/orgs/ABCD1234/devices/1", signedVerdict},

		{"cortex", "POST", "/public_api/v1/api_keys/get_api_keys", credentialProbe},
		{"cortex", "POST", "/public_api/v1/api_keys", credentialProbe},
		{"cortex", "GET", "/apikeys", credentialProbe},
		{"cortex", "GET", "/apikeys/1", credentialProbe},
		{"cortex", "GET", "/xsoar/apikeys", credentialProbe},
		{"cortex", "POST", "/xsoar/public/v1/apikeys", credentialProbe},
		{"cortex", "POST", "/public_api/v1/incidents/get_incidents", signedVerdict},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := attempt{vendor: test.vendor, method: test.method, target: test.target}
			if o := try(t, d, a); o.verdict() != test.verdict {
				t.Errorf("%s: %s %s: %s, want %s", test.vendor, test.method, test.target, o.verdict(), test.verdict)
			}
			a.policy = `{"host":"vendor.example","allow":"* /**"}`
			if o := try(t, d, a); o.verdict() != test.verdict && o.verdict() != badTarget {
				t.Errorf("%s: %s %s under a wide allow-list: %s, want %s", test.vendor, test.method, test.target, o.verdict(), test.verdict)
			}
			a.policy = `{"host":"vendor.example","allow_credential_endpoints":true}`
			if o := try(t, d, a); o.verdict() != signedVerdict {
				t.Errorf("%s: %s %s with allow_credential_endpoints: %s, want it signed", test.vendor, test.method, test.target, o.verdict())
			}
		}
	})
}

func TestACredentialIsUsedForItsHostsOnly(t *testing.T) {
	tests := []struct {
		hosts, asked string
		host         string // that the request goes out with; empty: refused
	}{
		{`"vendor.example"`, "gateway.internal", "vendor.example"},
		{`"Vendor.Example"`, "gateway.internal", "vendor.example"},
		{`"vendor.example:8443"`, "gateway.internal", "vendor.example:8443"},
		{`"[2001:db8::1]:443"`, "gateway.internal", "[2001:db8::1]:443"},
		{`["eu.example","us.example"]`, "us.example", "us.example"},
		{`["eu.example","us.example"]`, "US.example", "us.example"},
		{`["eu.example","us.example"]`, "us.example:443", "us.example"},
		{`["eu.example","us.example:8443"]`, "us.example:8443", "us.example:8443"},
		{`["eu.example","us.example:8443"]`, "us.example", ""},
		{`["eu.example","us.example"]`, "evil.example", ""},
		{`["eu.example","us.example"]`, "us.example.evil.example", ""},
		{`["eu.example","us.example"]`, "us.example@evil.example", ""},
		{`["eu.example","us.example"]`, "evil.example:us.example", ""},
		{`["eu.example","[2001:db8::1]"]`, "[2001:db8::1]:80", "[2001:db8::1]"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			o := try(t, d, attempt{vendor: "duo", host: test.asked, target: "/auth/v2/check", policy: `{"host":` + test.hosts + `}`})
			switch {
			case test.host == "" && o.verdict() != wrongHost:
				t.Errorf("%s of %s: %s, want %s", test.asked, test.hosts, o.verdict(), wrongHost)
			case test.host != "" && (o.verdict() != signedVerdict || o.r.Host != test.host):
				t.Errorf("%s of %s: %s for %q, want it signed for %q", test.asked, test.hosts, o.verdict(), o.r.Host, test.host)
			}
			if test.host == "" && o.r.Header.Get("Authorization") != "" {
				t.Errorf("%s of %s: refused, and signed", test.asked, test.hosts)
			}
		}
	})
}
