package tests

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// messageSigners are the four schemes with a configuration each, and with the parts that a client must not choose.
func messageSigners(t *testing.T) map[string]string {
	pem, _ := pemOfRFC(t)
	key := strings.Trim(quotedText(pem), `"`)
	return map[string]string{
		"httpsig":      `{"key_id":"canary-id","private_key":"` + edKey + `","parameters":["created","keyid","nonce"]}`,
		"web_bot_auth": `{"private_key":"` + edKey + `","signature_agent":"https://bot.example"}`,
		"cavage":       `{"key_id":"canary-id","private_key":"` + key + `"}`,
		"oci":          `{"key_id":"canary/i/d","private_key":"` + key + `"}`,
	}
}

// Whatever a client sends under the names of a signature does not reach the vendor, nor does it change what is signed.
func TestAClientCannotAddToOrChooseAMessageSignature(t *testing.T) {
	configs := messageSigners(t)
	hostile := []string{
		`Signature: evil=:ZXZpbA==:, sig1=:ZXZpbA==:`, `Signature: keyId="evil",signature="ZXZpbA=="`,
		`Signature-Input: evil=("@method");created=1;keyid="evil";nonce="evil";tag="evil"`, `signature_input: evil=()`, `SIGNATURE: evil=:ZXZpbA==:`,
		`Authorization: Signature keyId="evil",algorithm="none",signature=""`, `Content-Digest: evil=:AAAA:`, `Digest: evil=AAAA`,
		`Signature-Agent: evil="https://evil.example"`, `X-Content-Sha256: evil`, `X-Date: evil`, `Date: evil`,
	}
	owned := map[string]string{
		"httpsig":      "Signature Signature-Input signature_input SIGNATURE Authorization Content-Digest",
		"web_bot_auth": "Signature Signature-Input signature_input SIGNATURE Authorization Signature-Agent",
		"cavage":       "Signature SIGNATURE Authorization Digest Date",
		"oci":          "Signature SIGNATURE Authorization X-Content-Sha256 X-Date Date",
	}
	both(t, func(t *testing.T, d drive) {
		for vendor, config := range configs {
			gate, err := d.Gate(vendor, []byte(config), []byte(`{"host":"vendor.example"}`), atNoon)
			if err != nil {
				t.Fatalf("%s: %v", vendor, err)
			}
			for _, method := range []string{"GET", "POST"} {
				var lines []string
				for _, line := range hostile {
					if name, _, _ := strings.Cut(line, ":"); strings.Contains(" "+owned[vendor]+" ", " "+name+" ") {
						lines = append(lines, line)
					}
				}
				o := tryGate(t, d, gate, attempt{method: method, target: "/a?b=c", header: raw(t, lines...)}.withBody(map[string]string{"POST": "a body"}[method]))
				if o.verdict() != signedVerdict {
					t.Errorf("%s %s: %s %s", vendor, method, o.verdict(), o.detail)
					continue
				}
				if text := fmt.Sprint(o.r.Header); strings.Contains(text, "evil") || strings.Contains(text, "ZXZpbA") {
					t.Errorf("%s %s: a client's text goes out: %s", vendor, method, text)
				}
				for _, name := range []string{"Signature", "Signature-Input", "Authorization"} {
					if len(o.r.Header[name]) > 1 {
						t.Errorf("%s %s: %s goes out twice", vendor, method, name)
					}
				}
			}
		}
	})
}

// Each attempt has a nonce of its own, of the gateway's making.
func TestEachMessageSignatureHasANonceOfItsOwn(t *testing.T) {
	configs := messageSigners(t)
	both(t, func(t *testing.T, d drive) {
		for _, vendor := range []string{"httpsig", "web_bot_auth"} {
			gate, err := d.Gate(vendor, []byte(configs[vendor]), []byte(`{"host":"vendor.example"}`), atNoon)
			if err != nil {
				t.Fatal(err)
			}
			seen := make(map[string]bool)
			for range 20 {
				input := tryGate(t, d, gate, attempt{target: "/a"}).r.Header.Get("Signature-Input")
				_, nonce, found := strings.Cut(input, `;nonce="`)
				if nonce, _, _ = strings.Cut(nonce, `"`); !found || len(nonce) < 44 || seen[nonce] {
					t.Fatalf("%s: %s", vendor, input)
				}
				seen[nonce] = true
			}
		}
	})
}

// Oracle wants the body signed of POST, PUT and PATCH, even an empty one, but not of uploads to Object Storage, which stream.
func TestOracleSignsBodiesButNotUploads(t *testing.T) {
	config := `{"tenancy":"t","user":"u","fingerprint":"20:3b","private_key":"` + rsaOf(t, 1024) + `"}`
	const short, whole = `headers="date (request-target) host",`, `headers="date (request-target) host content-length content-type x-content-sha256",`
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	tests := []struct {
		method, host, target, body, kind string
		headers, sum                     string
	}{
		{"GET", "iaas.eu-frankfurt-1.oraclecloud.com", "/20160918/instances?a=b", "", "", short, ""},
		{"DELETE", "iaas.eu-frankfurt-1.oraclecloud.com", "/20160918/instances/1", "", "", short, ""},
		{"POST", "iaas.eu-frankfurt-1.oraclecloud.com", "/20160918/instances", "{}", "application/json", whole, hash("{}")},
		{"POST", "iaas.eu-frankfurt-1.oraclecloud.com", "/20160918/instances/1?action=STOP", "", "", whole, hash("")},
		{"PATCH", "iaas.eu-frankfurt-1.oraclecloud.com", "/20160918/instances/1", "{}", "", whole, hash("{}")},
		{"PUT", "iaas.eu-frankfurt-1.oraclecloud.com", "/n/a/b/c/o/d", "x", "", whole, hash("x")},
		{"PUT", "objectstorage.eu-frankfurt-1.oraclecloud.com", "/n/a/b/c/o/d", strings.Repeat("x", 5000), "", short, ""},
		{"PUT", "objectstorage.eu-frankfurt-1.oraclecloud.com", "/n/a/b/c/u/d?uploadPartNum=1", "x", "", short, ""},
		{"PUT", "a.objectstorage.eu-frankfurt-1.oci.customer-oci.com", "/n/a/b/c/o/d", "x", "", short, ""},
		{"POST", "objectstorage.eu-frankfurt-1.oraclecloud.com", "/n/a/b/c/o/d", "x", "", whole, hash("x")},
		{"PUT", "objectstorage.eu-frankfurt-1.oraclecloud.com", "/n/a/b/c", "x", "", whole, hash("x")},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			gate, err := d.Gate("oci", []byte(config), []byte(`{"host":"`+tt.host+`","max_body":"1KB"}`), atNoon)
			if err != nil {
				t.Fatal(err)
			}
			header := make(http.Header)
			if tt.kind != "" {
				header.Set("Content-Type", tt.kind)
			}
			a := attempt{method: tt.method, target: tt.target, header: header}
			if tt.body != "" {
				a = a.withBody(tt.body)
			}
			o := tryGate(t, d, gate, a)
			name := tt.method + " " + tt.host + tt.target
			if o.verdict() != signedVerdict {
				t.Errorf("%s: %s %s", name, o.verdict(), o.detail)
				continue
			}
			got := o.r.Header.Get("Authorization")
			if !strings.HasPrefix(got, `Signature version="1",`+tt.headers+`keyId="t/u/20:3b",algorithm="rsa-sha256",signature="`) ||
				o.r.Header.Get("X-Content-Sha256") != tt.sum {
				t.Errorf("%s: %s, %q", name, got, o.r.Header.Get("X-Content-Sha256"))
			}
			if kind := o.r.Header.Get("Content-Type"); tt.headers == whole && kind != "application/json" {
				t.Errorf("%s: Content-Type is %q", name, kind)
			}
		}
	})
}

// The endpoints where Oracle makes or shows credentials are closed, as its SDK for Go spells them.
func TestTheEndpointsOfOracleForCredentialsAreClosed(t *testing.T) {
	config := `{"key_id":"t/u/f","private_key":"` + rsaOf(t, 1024) + `"}`
	closed := strings.Fields(`/20160918/users/ocid1.user.oc1..a/apiKeys /20160918/users/ocid1.user.oc1..a/apiKeys/ /20160918/users/x/%61piKeys
		/20160918/users/ocid1.user.oc1..a/authTokens/ /20160918/users/x/customerSecretKeys/1 /20160918/users/x/uiPassword
		/20160918/users/x/oauth2ClientCredentials /20160918/users/x/smtpCredentials /20160918/users/x/dbCredentials/1
		/20160918/users/x/swiftPasswords /20160918/users/x/mfaTotpDevices/1/actions/generateSeed
		/20160918/identityProviders/ocid1.saml2idp.oc1..a/actions/resetScimClient
		/admin/v1/ApiKeys /admin/v1/MyApiKeys/1 /admin/v1/AuthTokens /admin/v1/MyAuthTokens /admin/v1/CustomerSecretKeys
		/admin/v1/MyCustomerSecretKeys /admin/v1/SmtpCredentials /admin/v1/MySmtpCredentials /admin/v1/UserDbCredentials
		/admin/v1/MyUserDbCredentials /admin/v1/OAuth2ClientCredentials /admin/v1/MyOAuth2ClientCredentials /admin/v1/Apps/1
		/admin/v1/UserPasswordChanger/1 /admin/v1/UserPasswordResetter/1 /admin/v1/MePasswordChanger
		/v1/actions/generateScopedAccessToken /v1/token/upst/actions/GenerateUpst
		/n/ns/b/bucket/p /n/ns/b/bucket/p/ /n/ns/b/%62ucket/p`)
	open := strings.Fields(`/20160918/users /20160918/users/x /20160918/users/x/capabilities /20160918/identityProviders/x /admin/v1/Groups
		/admin/v1/MyApps /v1/actions /n/ns/b/bucket /n/ns/b/bucket/o/p /n/ns/b/bucket/o/a%2Fp /n/ns/b/p/o/x`)
	both(t, func(t *testing.T, d drive) {
		gate, err := d.Gate("oci", []byte(config), []byte(`{"host":"identity.eu-frankfurt-1.oraclecloud.com"}`), atNoon)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range closed {
			if o := tryGate(t, d, gate, attempt{method: "POST", target: target}); o.verdict() == signedVerdict {
				t.Errorf("%s is open", target)
			}
		}
		for _, target := range open {
			if o := tryGate(t, d, gate, attempt{method: "POST", target: target}); o.verdict() != signedVerdict {
				t.Errorf("%s: %s %s", target, o.verdict(), o.detail)
			}
		}
		if o := tryGate(t, d, gate, attempt{method: "GET", target: "/n/ns/b/bucket/p"}); o.verdict() != signedVerdict {
			t.Errorf("the list of pre-authenticated requests: %s %s", o.verdict(), o.detail)
		}
	})
}

// The times of draft-cavage are numbers beside the signature and in its text, and its MAC of hs2019 is one with SHA-512.
func TestCavageSignsTheTimesThatItSends(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		sign, err := d.Signer("cavage", []byte(`{"key_id":"k","algorithm":"hs2019","private_key":"`+edKey+`","header":"Authorization","expires_in":"60s",
			"headers":["(request-target)","(created)","(expires)","host","x-list"]}`))
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"X-List": {" a", "b "}}
		signed, _, text, _, err := sign("GET", "vendor.example:8443", "/a?B=c", header, nil, atNoon(), "", "", "")
		const want = "(request-target): get /a?B=c\n(created): 1767355200\n(expires): 1767355260\nhost: vendor.example:8443\nx-list: a, b"
		if err != nil || text != want {
			t.Fatalf("%v, %q", err, text)
		}
		got, before := signed.Get("Authorization"), `Signature keyId="k",algorithm="hs2019",created=1767355200,expires=1767355260,`+
			`headers="(request-target) (created) (expires) host x-list",signature="`
		if !strings.HasPrefix(got, before) {
			t.Fatal(got)
		}
		verify := publicKey{Algorithm: "ed25519", PublicJWK: map[string]string{"x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}}
		if err := verify.verify(text, "=:"+strings.Trim(got[len(before):], `"`)); err != nil {
			t.Error(err)
		}
	})
}

// A JSON Web Key is a secret of its own in Traefik too, where other JSON objects are not.
func TestALabelCanReferToAJSONWebKey(t *testing.T) {
	t.Setenv("VENDORSIGN_SECRETS_DIR", t.TempDir())
	t.Setenv("VENDORSIGN_JWK", `{"kty":"OKP","crv":"Ed25519","d":"n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"}`)
	t.Setenv("VENDORSIGN_OPTIONS", `{"private_jwk":"x"}`)
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for variable, want := range map[string]string{"VENDORSIGN_JWK": "", "VENDORSIGN_OPTIONS": "is a JSON object"} {
			_, err := p.New(map[string]any{"httpsig": map[string]any{"privateJwk": "env:" + variable, "keyId": "k", "host": "a.example"}}, next)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", variable, err)
			}
		}
	})
}

// A bot without a directory of its own must not carry that of somebody else, which its client names.
func TestAClientCannotNameASignatureAgentWhereNoneIsConfigured(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		gate, err := d.Gate("web_bot_auth", []byte(`{"private_key":"`+edKey+`"}`), []byte(`{"host":"vendor.example"}`), atNoon)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{`Signature-Agent: sig1="https://evil.example"`, `signature_agent: "https://evil.example"`} {
			o := tryGate(t, d, gate, attempt{target: "/a", header: raw(t, line)})
			if text := fmt.Sprint(o.r.Header); o.verdict() != signedVerdict || strings.Contains(text, "evil") {
				t.Errorf("%s: %s %s", line, o.verdict(), text)
			}
		}
	})
}
