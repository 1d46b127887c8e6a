package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/program"
)

// ownCase is a request by a scheme of somebody's own, in the form that a configuration of it has.
func ownCase(signed string) *Case {
	h := hmac.New(sha256.New, []byte("secretOfAcme0001"))
	h.Write([]byte(signed))
	return &Case{
		Signer: "custom",
		Values: signers.Values{
			"operations": {"let ts = [[now|unix]]\nlet text = [[method|upper]] [[path]]?[[query|canon_query]] [[ts]]\n" +
				"header X-Acme-Date = [[ts]]\nheader Authorization = ACME id=[[opt.access_id]], mac=[[text|hmac_sha256:opt.secret_key|hex]]"},
			"options.access_id": {"AB12"}, "secrets.secret_key": {"secretOfAcme0001"},
		},
		Request: signers.Message{Method: "GET", Host: "api.acme.example", Target: "/v1/x?b=2&a=1%202", Header: http.Header{
			"X-Acme-Date": {"1772636767"}, "Authorization": {"ACME id=AB12, mac=" + hex.EncodeToString(h.Sum(nil))}}},
		Response: &Response{Status: 401},
		Now:      time.Unix(1772636767, 0),
	}
}

func TestSchemesOfOnesOwnAreDiagnosed(t *testing.T) {
	for _, tt := range []struct{ name, signed, cause string }{
		{"unsorted", "GET /v1/x?b=2&a=1%202 1772636767", "params_unsorted"},
		{"a plus for a blank", "GET /v1/x?a=1+2&b=2 1772636767", "space_encoding"},
		{"without the query", "GET /v1/x? 1772636767", "query_sent_not_signed"},
		{"milliseconds", "GET /v1/x?a=1%202&b=2 1772636767000", "milliseconds_for_seconds"},
		{"a prefix", "GET /api/v1/x?a=1%202&b=2 1772636767", "path_prefix_not_sent"},
	} {
		c := ownCase(tt.signed)
		f, err := Diagnose(c)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(f.Causes, []string{tt.cause}) || !f.Proved {
			t.Errorf("%s: %v, proved %v: %s", tt.name, f.Causes, f.Proved, f.Explanation)
		}
		if got := signers.Join(f.Right); got != "GET /v1/x?a=1%202&b=2 1772636767" {
			t.Errorf("%s: the right text is %q", tt.name, got)
		}
		if got := signers.Join(f.Signed); got != tt.signed {
			t.Errorf("%s: the signed text is %q, want %q", tt.name, got, tt.signed)
		}
	}
	c := ownCase("GET /v1/x?a=1%202&b=2 1772636767")
	c.Response = nil
	if f, err := Diagnose(c); err != nil || f.Class != None || !f.Proved {
		t.Errorf("right: %v %v", f, err)
	}
}

// The key of the option previous is named for schemes that no preset describes, too.
func TestTheKeyBeforeIsNamedOfASchemeWithAReader(t *testing.T) {
	for _, secret := range []string{"previous-key-0001", "current-key-0001"} {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("/api/v3/cases?a=1:GET:1772636767"))
		c := &Case{Signer: "threatconnect", Options: map[string]string{"access_id": "12", "secret_key": "current-key-0001"},
			Values: signers.Values{"previous.secret_key": {"previous-key-0001"}, "previous.access_id": {"12"}},
			Request: signers.Message{Method: "GET", Host: "a.threatconnect.com", Target: "/api/v3/cases?a=1", Header: http.Header{
				"Timestamp": {"1772636767"}, "Authorization": {"TC 12:" + base64.StdEncoding.EncodeToString(mac.Sum(nil))}}}}
		f, err := Diagnose(c)
		if err != nil {
			t.Fatal(err)
		}
		if before := strings.Contains(f.Explanation, "option previous"); before != (secret == "previous-key-0001") {
			t.Errorf("%s: %v, proved %v: %s", secret, f.Causes, f.Proved, f.Explanation)
		}
		if strings.Contains(f.Explanation+f.Fix, "-0001") {
			t.Errorf("a secret shows: %s", f.Explanation)
		}
	}
}

// A preset's key that is known from before is named; no answer shows either.
func TestTheKeyBeforeIsNamed(t *testing.T) {
	c := &Case{Signer: "okta", Options: map[string]string{"api_token": "current-token-0001"}, Response: &Response{Status: 401},
		Values: signers.Values{"previous.api_token": {"previous-token-0001"}},
		Request: signers.Message{Method: "GET", Host: "a.okta.com", Target: "/",
			Header: http.Header{"Authorization": {"SSWS previous-token-0001"}}}}
	f, err := Diagnose(c)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Causes, []string{"wrong_secret"}) || !f.Proved || !strings.Contains(f.Explanation, "option previous") {
		t.Errorf("%v, proved %v: %s", f.Causes, f.Proved, f.Explanation)
	}
	if strings.Contains(f.Explanation+f.Fix, "token-0001") {
		t.Error("the answer shows a key")
	}
}

func TestTheFormOfAHeaderIsWordedByItsTemplate(t *testing.T) {
	for vendor, want := range map[string]string{
		"tenable":  "`accessKey={access_key};secretKey={secret_key}`",
		"qualys":   "`Basic {base64 of {username}:{password}}`",
		"veracode": "`VERACODE-HMAC-SHA-256 id={api_id},ts={date},nonce={nonce},sig={signature}`",
	} {
		c := &Case{Signer: vendor, Response: &Response{Status: 401}, Request: signers.Message{Method: "GET", Host: "a.example", Target: "/",
			Header: http.Header{"X-Apikeys": {"0123456789abcdef"}, "Authorization": {"0123456789abcdef"}}}}
		f, err := Diagnose(c)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(f.Fix, want) {
			t.Errorf("%s: %v: %s", vendor, f.Causes, f.Fix)
		}
	}
}

// Whatever is sent in the places of a preset, an answer comes, with the secret and without.
func TestOddRequestsToPresetsAreAnswered(t *testing.T) {
	for _, vendor := range signers.Names() {
		p, err := presets.Lookup(vendor)
		if err != nil {
			continue
		}
		if _, err := presets.Compile(p); err != nil {
			continue
		}
		templates, err := program.Templates(p.Operations)
		if err != nil {
			t.Fatal(err)
		}
		options := make(map[string]string)
		for _, o := range p.Scheme().Options {
			options[o.Name] = o.Sample
		}
		for _, odd := range []string{"", " ", "\x00", "Basic Og==", ":", "=", "%", "\"", "\xff", "[[x]]", "a=b;c=d", strings.Repeat("a", 5000)} {
			h := make(http.Header)
			for _, one := range templates {
				h[http.CanonicalHeaderKey(one.Name)] = []string{odd}
			}
			for _, with := range []map[string]string{nil, options} {
				c := &Case{Signer: vendor, Options: with, Now: moment, Response: &Response{Status: 401},
					Request: signers.Message{Method: odd, Host: odd, Target: "/%zz?&&=&a" + odd, Header: h, Body: []byte(odd)}}
				if f := diagnosed(t, c); f.Class == "" || f.Explanation == "" || f.Proved && with == nil {
					t.Fatalf("%s %q: %+v", vendor, odd, f)
				}
			}
		}
	}
}

func TestASchemeOfOnesOwnWithoutOperationsIsAnError(t *testing.T) {
	if _, err := Diagnose(&Case{Signer: "custom"}); err == nil || !strings.Contains(err.Error(), "operations") {
		t.Error(err)
	}
}

// slackCase is a request to a preset's vendor that signs the date and the body, signed with a key at a time.
func slackCase(at, key, body string) *Case {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte("v0:" + at + ":" + body))
	return &Case{Signer: "slack_webhook", Options: map[string]string{"signing_secret": "8f742231b10e8888abcd99yyyzzz85a5"},
		Now: time.Unix(1772636767, 0), Response: &Response{Status: 400},
		Request: signers.Message{Method: "POST", Host: "hooks.example.com", Target: "/slack", Body: []byte(body), Header: http.Header{
			"X-Slack-Request-Timestamp": {at}, "X-Slack-Signature": {"v0=" + hex.EncodeToString(h.Sum(nil))}}}}
}

// A status without a word may mean anything, and a date outside the documented window is a fact.
func TestABadDateCountsMoreThanABareStatus(t *testing.T) {
	const key = "8f742231b10e8888abcd99yyyzzz85a5"
	for _, tt := range []struct {
		name, at, cause string
		status          int
		body            string
	}{
		{"47 minutes old", "1772633947", "clock_off", 400, ""},
		{"in milliseconds", "1772636767000", "milliseconds_for_seconds", 400, ""},
		{"no date", "yesterday", "date_format", 400, ""},
		{"in time", "1772636767", "request_rejected", 400, ""},
		{"old, and called too often", "1772633947", "rate_limited", 429, ""},
		{"old, and nobody there", "1772633947", "endpoint_unknown", 404, ""},
	} {
		c := slackCase(tt.at, key, "token=x")
		c.Response.Status = tt.status
		if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{tt.cause}) {
			t.Errorf("%s: %v, proved %v: %s", tt.name, f.Causes, f.Proved, f.Explanation)
		}
	}
	c := ownCase("GET /v1/x?a=1%202&b=2 1772636767") // with a window that is not known
	c.Now, c.Response.Status = c.Now.Add(47*time.Minute), 403
	if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{"clock_off"}) || f.Proved {
		t.Errorf("without a window: %v, proved %v: %s", f.Causes, f.Proved, f.Explanation)
	}
}

func TestAnEmptySecretOfAPresetIsNamed(t *testing.T) {
	c := slackCase("1772636767", "", "token=x")
	c.Response.Status = 401
	if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{"secret_empty"}) || !f.Proved {
		t.Errorf("slack_webhook: %v, proved %v: %s", f.Causes, f.Proved, f.Explanation)
	}
	c = &Case{Signer: "okta", Options: map[string]string{"api_token": "00aBcDeFgHiJkLmNoPqRsTu"}, Response: &Response{Status: 401},
		Request: signers.Message{Method: "GET", Host: "a.okta.com", Target: "/", Header: http.Header{"Authorization": {"SSWS "}}}}
	if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{"secret_empty"}) {
		t.Errorf("okta: %v, proved %v: %s", f.Causes, f.Proved, f.Explanation)
	}
	c = veracodeCase("", veracodeNonce, veracodeID, veracodeID)
	if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{"secret_empty"}) || !f.Proved {
		t.Errorf("veracode: %v, proved %v: %s", f.Causes, f.Proved, f.Explanation)
	}
}

const (
	veracodeID    = "0123456789abcdef0123456789abcdef"
	veracodeNonce = "\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18\x29\x3a\x4b\x5c\x6d\x7e\x8f\x90"
)

var veracodeKey = strings.Repeat("00112233445566778899aabbccddeeff", 4)

// veracodeCase is a request to a preset's vendor that decodes key and nonce, signed with other bytes and another ID.
func veracodeCase(key, nonce, signed, sent string) *Case {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	k := mac(mac(mac([]byte(key), nonce), "1772636767250"), "vcode_request_version_1")
	sig := hex.EncodeToString(mac(k, "id="+signed+"&host=api.veracode.com&url=/appsec/v1/applications&method=GET"))
	return &Case{Signer: "veracode", Options: map[string]string{"api_id": "vera01ei-" + veracodeID, "api_key": "vera01es-" + veracodeKey},
		Now: time.UnixMilli(1772636767250), Response: &Response{Status: 401},
		Request: signers.Message{Method: "GET", Host: "api.veracode.com", Target: "/appsec/v1/applications", Header: http.Header{
			"Authorization": {"VERACODE-HMAC-SHA-256 id=" + sent + ",ts=1772636767250,nonce=" + hex.EncodeToString([]byte(veracodeNonce)) +
				",sig=" + sig}}}}
}

// The vendor signs the host without its port, so a port of its own is nothing that the request could be changed to.
func TestAPortThatTheVendorLeavesOutIsNamedWhereverItIs(t *testing.T) {
	for _, test := range []struct{ sent, signature, cause string }{
		{"api.veracode.com", "800985cd2ad338a2b9c3efbccbb9da98304d39e8a86ffc783fac961ad3375769", ""},
		{"api.veracode.com:8443", "800985cd2ad338a2b9c3efbccbb9da98304d39e8a86ffc783fac961ad3375769", ""},
		{"api.veracode.com:8443", "0c206879a13371b0fe84b6dc30dcb2be895607e35187cbb93a164df600b6902c", "host_with_port"},
		{"api.veracode.com", "0c206879a13371b0fe84b6dc30dcb2be895607e35187cbb93a164df600b6902c", "host_with_port"},
		{"api.veracode.com", "07aa1ebf7e5bbfb4f282b0b02cccd9588db51b25fdc5da6de5368eb5b741cd52", "host_with_port"},
	} {
		c := &Case{Signer: "veracode", Options: map[string]string{"api_id": veracodeID, "api_key": veracodeKey}, Now: time.UnixMilli(1795854615250),
			Request: signers.Message{Method: "GET", Host: test.sent, Target: "/appsec/v1/applications", Header: http.Header{"Authorization": {
				"VERACODE-HMAC-SHA-256 id=" + veracodeID + ",ts=1795854615250,nonce=00112233445566778899aabbccddeeff,sig=" + test.signature}}}}
		if f := diagnosed(t, c); strings.Join(f.Causes, " ") != test.cause || !f.Proved {
			t.Errorf("%s, %.8s: %v, proved %v: %s", test.sent, test.signature, f.Causes, f.Proved, f.Explanation)
		}
		// The vendor may read the port all the same: where all else is right and it refuses, that is likely.
		refused := *c
		refused.Response = &Response{Status: 401}
		cause := test.cause
		if cause == "" && test.sent != "api.veracode.com" {
			cause = "host_without_port"
		}
		if f := diagnosed(t, &refused); cause == "host_without_port" && (strings.Join(f.Causes, " ") != cause || f.Proved) {
			t.Errorf("%s, %.8s and a refusal: %v, proved %v: %s", test.sent, test.signature, f.Causes, f.Proved, f.Explanation)
		}
	}
}

func TestBlanksInsideAHeaderAreSignedAsTheVendorSignsThem(t *testing.T) {
	tencent := func(signature string) *Case {
		return &Case{Signer: "tencent", Options: map[string]string{"secret_id": "ID", "secret_key": "SK", "service": "cvm"},
			Now: time.Unix(1795854615, 0), Request: signers.Message{Method: "POST", Host: "cvm.tencentcloudapi.com", Target: "/", Body: []byte("{}"),
				Header: http.Header{"Content-Type": {"multipart/x;  boundary=a  b"}, "X-Tc-Timestamp": {"1795854615"},
					"Authorization": {"TC3-HMAC-SHA256 Credential=ID/2026-11-28/cvm/tc3_request, SignedHeaders=content-type;host, Signature=" + signature}}}}
	}
	azure := func(signature string) *Case {
		return &Case{Signer: "azure_storage", Options: map[string]string{"account": "acct", "account_key": "a2V5"},
			Now: time.Unix(1795854615, 0), Request: signers.Message{Method: "GET", Host: "acct.blob.core.windows.net", Target: "/c",
				Header: http.Header{"X-Ms-Date": {"Sat, 28 Nov 2026 08:30:15 GMT"}, "X-Ms-Version": {"2021-08-06"}, "X-Ms-Meta-A": {"1  2"},
					"Authorization": {"SharedKey acct:" + signature}}}}
	}
	for _, test := range []struct {
		c     *Case
		cause string
	}{
		{tencent("55be35c11ba3cb76e34dcc4b1d4bfe46ffcf7e115370ce15bb9fa00c360bef75"), ""}, // both blanks
		{tencent("9055c943238dae059f063bad35fe901ff288ff905c61be131211762fcdbb8a50"), "header_signed_otherwise"},
		{azure("Ywb3e+K2Yl78Kcq/569TiPf2QTpnlpBJ1wAtZ6Z7d2Q="), ""}, // one blank
		{azure("auRVJOJqJ4+fmZu9040LN7zk63Drl2nNBfKwk1RJi70="), "header_signed_otherwise"},
	} {
		if f := diagnosed(t, test.c); strings.Join(f.Causes, " ") != test.cause || !f.Proved {
			t.Errorf("%s: %v, proved %v: %s, want %s", test.c.Signer, f.Causes, f.Proved, f.Explanation, test.cause)
		}
	}
}

func TestAPlaceholderForThePresetsSecretIsNamed(t *testing.T) {
	for _, key := range []string{"YOUR_SIGNING_SECRET", "your-signing-secret", "<secret>", "$SIGNING_SECRET", "${SLACK_SIGNING_SECRET}",
		"{env.SLACK_SECRET}", "env:SLACK_WEBHOOK_SIGNING_SECRET", "%SLACK_SIGNING_SECRET%", "file:/run/secrets/signing_secret",
		"SLACK_SIGNING_SECRET", "{{signingSecret}}", "xxx"} {
		c := slackCase("1772636767", key, "token=x")
		c.Response.Status = 401
		if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{"secret_placeholder"}) || !f.Proved {
			t.Errorf("%s: %v, proved %v: %s", key, f.Causes, f.Proved, f.Explanation)
		}
	}
}

// A preset may take a prefix off the parts of a credential, and decode them: clients do one without the other.
func TestPartsOfACredentialWithAPrefixAreUsedInOtherForms(t *testing.T) {
	key, _ := hex.DecodeString(veracodeKey)
	nonceText := hex.EncodeToString([]byte(veracodeNonce))
	const prefixed = "vera01ei-" + veracodeID
	for _, tt := range []struct {
		name   string
		c      *Case
		causes []string
	}{
		{"the key's text", veracodeCase(veracodeKey, veracodeNonce, veracodeID, veracodeID), []string{"secret_hex"}},
		{"with the prefix", veracodeCase("vera01es-"+veracodeKey, veracodeNonce, veracodeID, veracodeID), []string{"secret_hex"}},
		{"in capitals", veracodeCase(strings.ToUpper(veracodeKey), veracodeNonce, veracodeID, veracodeID), []string{"secret_hex", "secret_case"}},
		{"a line", veracodeCase(veracodeKey+"\n", veracodeNonce, veracodeID, veracodeID), []string{"secret_hex", "secret_whitespace"}},
		{"half of it", veracodeCase(string(key[:32]), veracodeNonce, veracodeID, veracodeID), []string{"secret_cut"}},
		{"the nonce's text", veracodeCase(string(key), nonceText, veracodeID, veracodeID), []string{"wrong_construction"}},
		{"the ID's prefix signed", veracodeCase(string(key), veracodeNonce, prefixed, veracodeID), []string{"wrong_id"}},
		{"signed and sent", veracodeCase(string(key), veracodeNonce, prefixed, prefixed), []string{"wrong_id"}},
		{"sent", veracodeCase(string(key), veracodeNonce, veracodeID, prefixed), []string{"wrong_id"}},
	} {
		f := diagnosed(t, tt.c)
		if !slices.Equal(f.Causes, tt.causes) || f.Proved == (tt.name == "sent") {
			t.Errorf("%s: %v, proved %v: %s", tt.name, f.Causes, f.Proved, f.Explanation)
		}
	}
}

func TestTheTextOfAPresetMayBeJoinedInOtherWays(t *testing.T) {
	const key, at = "k3y)=$secret-value^x9", "1772636767250"
	monitor := func(signed string) *Case {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(signed))
		sig := base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(h.Sum(nil))))
		return &Case{Signer: "logicmonitor", Options: map[string]string{"access_id": "AbC123", "access_key": key},
			Now: time.UnixMilli(1772636767250), Response: &Response{Status: 401},
			Request: signers.Message{Method: "POST", Host: "acme.logicmonitor.com", Target: "/santaba/rest/device/devices?size=3",
				Body: []byte(`{"a":1}`), Header: http.Header{"Authorization": {"LMv1 AbC123:" + sig + ":" + at}}}}
	}
	for _, tt := range []struct{ signed, cause string }{
		{"POST" + at + `{"a":1}` + "device/devices", "path_slash"},
		{"POST" + at + `{"a":1}` + "https://acme.logicmonitor.com/santaba/rest/device/devices", "url_for_path"},
		{"POST" + at + "/device/devices" + `{"a":1}`, "wrong_construction"},
		{"POST\n" + at + "\n" + `{"a":1}` + "\n/device/devices", "text_layout"},
		{"POST" + `{"a":1}` + "/device/devices", "wrong_construction"},
	} {
		if f := diagnosed(t, monitor(tt.signed)); !slices.Equal(f.Causes, []string{tt.cause}) || !f.Proved {
			t.Errorf("%s: %v, proved %v: %s", tt.signed, f.Causes, f.Proved, f.Explanation)
		}
	}
	const slackKey = "8f742231b10e8888abcd99yyyzzz85a5"
	for signed, cause := range map[string]string{
		"token=x": "wrong_construction", "1772636767:token=x": "wrong_construction", "v0.1772636767.token=x": "text_layout",
	} {
		c := slackCase("1772636767", slackKey, "token=x")
		h := hmac.New(sha256.New, []byte(slackKey))
		h.Write([]byte(signed))
		c.Request.Header["X-Slack-Signature"] = []string{"v0=" + hex.EncodeToString(h.Sum(nil))}
		if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{cause}) || !f.Proved {
			t.Errorf("%s: %v, proved %v: %s", signed, f.Causes, f.Proved, f.Explanation)
		}
	}
}

func TestAKeyInAnotherSchemeIsASecretThatWasSent(t *testing.T) {
	const key = "cXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXE="
	c := &Case{Signer: "bloodhound", Now: moment, Response: &Response{Status: 401},
		Options: map[string]string{"token_id": "11111111-2222-3333-4444-555555555555", "token_key": key},
		Request: signers.Message{Method: "GET", Host: "acme.bloodhoundenterprise.io", Target: "/api/v2/domains",
			Header: http.Header{"Authorization": {"Bearer " + key}}}}
	if f := diagnosed(t, c); f.Causes[0] != "secret_sent" || slices.Contains(f.Causes, "ids_swapped") {
		t.Errorf("%v: %s", f.Causes, f.Explanation)
	}
}
