package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// request is one request of the demonstration: a site of the gateway, what is sent to it, and what is
// said of it.
type request struct {
	site         string // of Caddyfile.example, without .localhost
	credential   string // a name in credentials
	vendor, mode string // mode: which of the vendor's ways to sign

	method, target string
	body           string // a form, or JSON if it begins with a brace
}

// The queries have what gateways and signers like to disagree on: unsorted and repeated keys, a space in both of its
// spellings, an escaped slash and an escaped plus.
const query = "?tag=b&tag=a&name=two+words&path=a%2Fb&note=1%2B1%20is%202"

// requests are sent in this order; those of one vendor follow each other, for its line of the table.
var requests = []request{
	{"carbonblack", "CARBONBLACK", "carbonblack", "API key",
		"POST", "/api/alerts/v7/orgs/DEMO/alerts/_search", `{"rows":5}`},
	{"cortex", "CORTEX", "cortex", "advanced key",
		"POST", "/public_api/v1/endpoints/get_endpoints", `{"request_data":{}}`},
	{"cortex-standard", "CORTEX_STANDARD", "cortex", "standard key",
		"GET", "/public_api/v1/healthcheck" + query, ""},
	{"xsoar6", "XSOAR6", "cortex", "XSOAR 6",
		"POST", "/incidents/search", `{"filter":{"page":0}}`},
	{"darktrace", "DARKTRACE", "darktrace", "compact date",
		"GET", "/devices" + query, ""},
	{"darktrace-decoded", "DARKTRACE", "darktrace", "decoded query",
		"GET", "/devices" + query, ""},
	{"darktrace-spaced", "DARKTRACE", "darktrace", "spaced date",
		"POST", "/modelbreaches/1/acknowledge", "acknowledge=true&note=two+words"},
	{"darktrace-iso", "DARKTRACE", "darktrace", "ISO date",
		"POST", "/modelbreaches/1/comments", `{"message":"seen"}`},
	{"threatconnect", "THREATCONNECT", "threatconnect", "HMAC",
		"GET", "/api/v3/indicators" + query, ""},
	{"threatconnect-token", "THREATCONNECT", "threatconnect", "token",
		"POST", "/api/v3/indicators", `{"type":"Host"}`},
	{"duo", "DUO", "duo", "version 5",
		"GET", "/admin/v1/users" + query, ""},
	{"duo-x-duo-date", "DUO", "duo", "X-Duo-Date",
		"POST", "/admin/v1/users?tag=b&tag=a", `{"username":"alice"}`},
	{"duo-v4", "DUO", "duo", "version 4",
		"POST", "/admin/v1/users", `{"username":"alice"}`},
	{"duo-v2", "DUO", "duo", "version 2",
		"POST", "/admin/v1/users", "username=alice&realname=Alice+B%2FC"},
	{"duo-v2-sha1", "DUO", "duo", "version 2 SHA-1",
		"GET", "/admin/v1/users" + query, ""},
	{"veracode", "VERACODE", "veracode", "",
		"GET", "/appsec/v1/applications" + query, ""},
	{"akamai", "AKAMAI", "akamai", "",
		"POST", "/ccu/v3/invalidate/url/production", `{"objects":["https://www.example.com/a"]}`},
	{"logicmonitor", "LOGICMONITOR", "logicmonitor", "",
		"POST", "/santaba/rest/device/devices", `{"name":"db1"}`},
	{"tenable", "TENABLE", "tenable", "",
		"GET", "/scans" + query, ""},
	{"guardduty", "AWS", "aws", "GuardDuty",
		"GET", "/detector" + query, ""},
	{"s3", "S3", "aws", "S3",
		"PUT", "/reports/a%2Bb%20c//2026.json", `{"rows":5}`},
}

// ways says how each vendor's requests are signed, in a few words.
var ways = map[string]string{
	"carbonblack":   "API key",
	"cortex":        "SHA-256 with a nonce, static key",
	"darktrace":     "HMAC-SHA1, in four forms",
	"threatconnect": "HMAC-SHA256, token",
	"duo":           "HMAC-SHA512, in five forms",
	"veracode":      "HMAC-SHA256, a key per request",
	"akamai":        "EdgeGrid",
	"logicmonitor":  "HMAC-SHA256, LMv1",
	"tenable":       "two API keys",
	"aws":           "Signature Version 4, two services",
}

// answer is what came back, and what the vendor saw of the request: nothing if it never got there.
// arrived and judged are nil then.
type answer struct {
	status int
	body   []byte

	arrived *vendorsim.Request
	judged  *vendorsim.Answer
}

// result is the answers to a request through the gateway, and to the same request around it.
type result struct{ signed, unsigned answer }

// good reports whether both were answered as they should be: the signed request accepted, and the other
// one seen by the vendor and refused.
func (r result) good() bool {
	return r.signed.accepted() && r.unsigned.judged != nil && !r.unsigned.judged.Accepted
}

// accepted reports whether the vendor accepted the request, got no other credential, and its status
// came back unchanged.
func (a answer) accepted() bool {
	return a.judged != nil && a.judged.Accepted && len(a.judged.Leaks) == 0 && a.status == a.judged.Status
}

// send sends the request through the gateway, then past it. Both are the same but for the address and
// the Host.
func (r request) send(ctx context.Context, gateway string, v *vendor) (result result, err error) {
	if result.signed, err = r.sendTo(ctx, gateway, r.host(), v); err != nil {
		return result, fmt.Errorf("sending to the gateway: %w", err)
	}
	if result.unsigned, err = r.sendTo(ctx, v.address, v.address, v); err != nil {
		return result, fmt.Errorf("sending to the vendor: %w", err)
	}
	return result, nil
}

// client takes no proxy from the environment: everything is on this machine.
var client = &http.Client{Transport: &http.Transport{}}

// sendTo sends the request to an address, and returns what came back with what the vendor saw.
func (r request) sendTo(ctx context.Context, address, host string, v *vendor) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, r.method, "http://"+address+r.target, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	request.Host = host
	if r.body != "" {
		request.Header.Set("Content-Type", r.contentType())
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	a := answer{status: response.StatusCode, body: body}
	a.arrived, a.judged = v.last()
	return a, err
}

// host is the request's site. Browsers and systems resolve names below localhost to this machine (RFC
// 6761 section 6.3).
func (r request) host() string { return r.site + ".localhost" }

// contentType is that of the body: JSON, or a form.
func (r request) contentType() string {
	if strings.HasPrefix(r.body, "{") {
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

// added lists the headers that arrived by way of the gateway only, by name.
func (r result) added() []string {
	if r.signed.arrived == nil || r.unsigned.arrived == nil {
		return nil
	}
	var added []string
	for _, name := range slices.Sorted(maps.Keys(r.signed.arrived.Header)) {
		// The header against loops is not part of a signature, and real vendors do not get it.
		if _, ok := r.unsigned.arrived.Header[name]; !ok && name != "Cdn-Loop" {
			added = append(added, name+": "+strings.Join(r.signed.arrived.Header[name], ", "))
		}
	}
	return added
}

// verdict is the status, and the outcome of the request: accepted, refused, "not from the vendor" if it
// never got there, or which credential of the client came through.
func (a answer) verdict() string {
	switch {
	case a.accepted():
		return fmt.Sprintf("%d accepted", a.status)
	case a.judged == nil:
		return fmt.Sprintf("%d not from the vendor", a.status)
	case len(a.judged.Leaks) > 0:
		return fmt.Sprintf("%d but got %s", a.status, strings.Join(a.judged.Leaks, ", "))
	}
	return fmt.Sprintf("%d refused", a.status)
}

// reason is what the vendor, or the gateway in its place, says.
func (a answer) reason() string {
	var body any
	_ = json.Unmarshal(a.body, &body) // a body that is not JSON has no reason
	return cmp.Or(find(body, "verified"), find(body, "err_msg", "error", "message", "detail"))
}

// find returns the first text under one of the names, anywhere in a decoded JSON value: vendors put
// their message in different depths.
func find(value any, names ...string) string {
	object, _ := value.(map[string]any)
	for _, name := range names {
		if text, ok := object[name].(string); ok {
			return text
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if text := find(object[key], names...); text != "" {
			return text
		}
	}
	return ""
}
