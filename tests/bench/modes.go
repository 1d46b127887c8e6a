package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The credentials are made up, of the length of real ones.
const (
	darktraceToken  = "0123456789abcdef0123456789abcdef01234567"
	darktraceSecret = "89abcdef0123456789abcdef0123456789abcdef"
	duoKey          = "DIWJ8X6AEYOR5OMC6TQ1"
	duoSecret       = "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"
	vendorHost      = "vendor.example.com"
)

// mode is one way to sign.
type mode struct {
	name   string // the vendor's name alone: the mode that it has by default
	config signers.Values
	get    string // the target of a small GET
	post   string // and of requests with bodies

	keyed func() hash.Hash // what the signature cannot do without; nil: nothing is hashed
	// also hashes what the scheme hashes in addition to the canonical text; nil: nothing. A body is bare then.
	also func() hash.Hash
	form bool // bodies are forms, not JSON
	macs int  // HMACs that are keyed with one another, where there are more than one
}

func (m mode) vendor() string {
	vendor, _, _ := strings.Cut(m.name, "-")
	return vendor
}

// byDefault reports whether the mode is the one that a vendor has without further options.
func (m mode) byDefault() bool { return m.name == m.vendor() }

var modes = []mode{
	{name: "darktrace", config: darktrace(signers.Values{}), keyed: keyed(sha1.New), get: "/devices", post: "/tags"},
	{name: "darktrace-query", config: darktrace(signers.Values{}), keyed: keyed(sha1.New),
		get: "/modelbreaches?starttime=1702615541159&endtime=1702715541159&minscore=0.5", post: "/tags?b=2&a=1"},
	{name: "darktrace-iso", config: darktrace(signers.Values{"date_format": {"iso"}}), keyed: keyed(sha1.New), get: "/devices", post: "/tags"},
	{name: "darktrace-decoded", config: darktrace(signers.Values{"sign_query": {"decoded"}}), keyed: keyed(sha1.New), get: "/devices?tag=Active%20Threat", post: "/tags"},
	{name: "threatconnect", config: signers.Values{"access_id": {"18581640813874172000"}, "secret_key": {"HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"}},
		keyed: keyed(sha256.New), get: "/api/v3/indicators?tql=typeName%20EQ%20%22Host%22", post: "/api/v3/indicators"},
	{name: "threatconnect-token", config: signers.Values{"token": {"APIV2:2:EXAMPLE:1735689600000:eyJhbGciOiJ"}}, get: "/api/v3/indicators", post: "/api/v3/indicators"},
	{name: "carbonblack", config: signers.Values{"api_id": {"ABCD1234EF"}, "api_secret_key": {"ABCD1234EFABCD1234EFABCD"}},
		get: "/appservices/v6/orgs/ABCD1234/devices/1", post: "/api/alerts/v7/orgs/ABCD1234/alerts/_search"},
	{name: "carbonblack-bearer", config: signers.Values{"oauth_app_id": {"app"}, "oauth_app_secret": {"ABCD1234EFABCD1234EFABCD"}},
		get: "/appservices/v6/orgs/ABCD1234/devices/1", post: "/api/alerts/v7/orgs/ABCD1234/alerts/_search"},
	{name: "cortex", config: signers.Values{"api_key_id": {"7"}, "api_key": {duoSecret + duoSecret + duoSecret}}, keyed: sha256.New,
		get: "/public_api/v1/healthcheck", post: "/public_api/v1/incidents/get_incidents"},
	{name: "cortex-standard", config: signers.Values{"api_key_id": {"7"}, "api_key": {duoSecret}, "key_type": {"standard"}},
		get: "/public_api/v1/healthcheck", post: "/public_api/v1/incidents/get_incidents"},
	{name: "duo", config: duo(signers.Values{}), keyed: keyed(sha512.New), also: sha512.New, get: duoTarget, post: "/admin/v2/policies"},
	{name: "duo-5-xduodate", config: duo(signers.Values{"date_header": {"x-duo-date"}}), keyed: keyed(sha512.New), also: sha512.New, get: duoTarget, post: "/admin/v2/policies"},
	{name: "duo-4", config: duo(signers.Values{"signature_version": {"4"}}), keyed: keyed(sha512.New), also: sha512.New, get: duoTarget, post: "/admin/v2/policies"},
	{name: "duo-2", config: duo(signers.Values{"signature_version": {"2"}}), keyed: keyed(sha512.New), get: duoTarget, post: "/admin/v1/users", form: true},
	{name: "duo-2-sha1", config: duo(signers.Values{"signature_version": {"2"}, "digest": {"sha1"}}), keyed: keyed(sha1.New), get: duoTarget, post: "/admin/v1/users", form: true},

	// Presets: a static key, one HMAC, and four that key one another.
	{name: "tenable", config: signers.Values{"access_key": {darktraceToken}, "secret_key": {darktraceSecret}}, get: "/scans", post: "/scans"},
	{name: "logicmonitor", config: signers.Values{"access_id": {"48v2wRzfK94y53sq5EuF"}, "access_key": {duoSecret}}, keyed: keyed(sha256.New),
		get: "/santaba/rest/device/devices", post: "/santaba/rest/device/devices"},
	{name: "veracode", config: signers.Values{"api_id": {darktraceToken[:32]}, "api_key": {darktraceSecret + darktraceSecret + darktraceSecret}},
		keyed: keyed(sha256.New), macs: 4, get: "/appsec/v1/applications", post: "/appsec/v1/applications"},
}

const duoTarget = "/admin/v1/users?limit=100&offset=0"

func darktrace(v signers.Values) signers.Values {
	v["public_token"], v["private_token"] = []string{darktraceToken}, []string{darktraceSecret}
	return v
}

func duo(v signers.Values) signers.Values {
	v["integration_key"], v["secret_key"] = []string{duoKey}, []string{duoSecret}
	return v
}

func keyed(h func() hash.Hash) func() hash.Hash {
	return func() hash.Hash { return hmac.New(h, []byte(darktraceSecret)) }
}

// sizes are the bodies that are signed; without a body it is a GET.
var sizes = []struct {
	name  string
	bytes int
}{{"get", 0}, {"1KiB", 1 << 10}, {"128KiB", 128 << 10}, {"8MiB", 8 << 20}}

// message is the mode's request with a body of a size.
func (m mode) message(size int) *signers.Message {
	header := usualHeaders()
	if size == 0 {
		return &signers.Message{Method: "GET", Host: vendorHost, Target: m.get, Header: header}
	}
	message := &signers.Message{Method: "POST", Host: vendorHost, Target: m.post, Header: header, Body: jsonBody(size)}
	if m.form {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		message.Body = formBody(size)
	}
	return message
}

func jsonBody(size int) []byte {
	var b strings.Builder
	b.WriteString(`[`)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"Active Threat","data":{"auto":false,"color":131}},`, i)
	}
	return []byte(b.String()[:size-1] + "]")
}

func formBody(size int) []byte {
	var b strings.Builder
	long := strings.Repeat("x", size/90000) // more than 100,000 parameters are refused
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "alias%d=Jane+Doe+%%28ops%%29%s&", i, long)
	}
	return []byte(strings.TrimRight(b.String()[:size], "%2&"))
}

// moment moves by a millisecond for each signature, as at a gateway with a thousand requests per second. As there, the
// date's text is made once a second.
func moment(s signers.Signer, i int) *signers.Moment {
	at := &signers.Moment{Date: s.Date(time.Unix(1767355200, int64(i)*1e6)), Time: time.Unix(1767355200, int64(i)*1e6), Nonce: "KBJHFhMpKYolVviUsb6QL4PC6TMF3ctIJnlgolcAjq4nOtGqFhsTitF9Cg2NGN64", Token: "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3NjczNTUyMDB9.c2ln"}
	if strings.HasPrefix(s.Traits().Nonce, "hex:") {
		at.Nonce = "00112233445566778899aabbccddeeff"
	}
	return at
}
