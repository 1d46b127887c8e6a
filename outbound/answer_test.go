package outbound_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// A vendor's clock that differs is no reason for a refusal if no time was signed, or if the vendor gives another reason.
func TestARefusalIsBlamedOnTheClockOnlyIfThatMayBe(t *testing.T) {
	const duoSays = `{"stat":"FAIL","code":`
	tests := map[string]struct {
		vendor  string
		options map[string]string
		body    string
		want    string
	}{
		"a date, and no reason given":            {"duo", map[string]string{"integration_key": "ID1", "secret_key": "x"}, "", "E unclear"},
		"a date, and the signature is wrong":     {"duo", map[string]string{"integration_key": "ID1", "secret_key": "x"}, duoSays + "40103}", "E signature"},
		"a date, and the key is not known":       {"duo", map[string]string{"integration_key": "ID1", "secret_key": "x"}, duoSays + "40102}", "F key"},
		"a timestamp of milliseconds":            {"cortex", map[string]string{"api_key_id": "1", "api_key": "x"}, "", "E unclear"},
		"a standard key, which is sent as it is": {"cortex", map[string]string{"api_key_id": "1", "api_key": "x", "key_type": "standard"}, "", "F unclear"},
		"an id and its secret, sent as they are": {"carbonblack", map[string]string{"api_id": "ID1", "api_secret_key": "x"}, "", "F unclear"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := signers.Values{"host": {"blamed.example"}}
			for name, value := range test.options {
				v[name] = []string{value}
			}
			g, faults := outbound.Build(test.vendor, v, credentials.References{}, outbound.Sharing{}, nil)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			signed := g.Begin(g.Now()).Sign(httptest.NewRequest("GET", "/api", nil), "/api")
			if signed.Problem != nil {
				t.Fatal(signed.Problem.Detail)
			}
			ahead := http.Header{"Date": {time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)}}
			e := outbound.Learn(g, outbound.Answer{Status: http.StatusUnauthorized, Header: ahead, Body: []byte(test.body), Verified: true,
				Signed: signed})
			if e == nil || !strings.HasPrefix(e.Line(), test.want+": ") {
				t.Errorf("explained as %+v, want %s", e, test.want)
			}
		})
	}
}

// AWS quotes its canonical request: the line in which it differs from what was sent is named, and nothing else of the answer is.
func TestARefusalNamesTheLineThatDiffers(t *testing.T) {
	const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	v := signers.Values{"host": {"guardduty.us-east-1.amazonaws.com"}, "access_key_id": {"AKIA"}, "secret_access_key": {"x"}, "region": {"us-east-1"},
		"service": {"guardduty"}}
	g, faults := outbound.Build("aws", v, credentials.References{}, outbound.Sharing{}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for name, test := range map[string]struct{ host, path, more, names, want string }{
		"nothing":            {"guardduty.us-east-1.amazonaws.com", "/a%2520b", "", "host;x-amz-date", "matches what was sent, so the secret differs"},
		"the host":           {"secret.internal", "/a%2520b", "", "host;x-amz-date", "differs from what was sent in: host"},
		"the path":           {"guardduty.us-east-1.amazonaws.com", "/v1/a%2520b", "", "host;x-amz-date", "differs from what was sent in: path"},
		"a header was added": {"guardduty.us-east-1.amazonaws.com", "/a%2520b", "via:secret\n", "host;via;x-amz-date", "differs from what was sent in: signed headers, via"},
	} {
		r := httptest.NewRequest("GET", "/a%20b?b=2&a=1", nil)
		signed := g.Begin(g.Now()).Sign(r, "/a%20b?b=2&a=1")
		if signed.Problem != nil {
			t.Fatal(signed.Problem.Detail)
		}
		canonical := "GET\n" + test.path + "\na=1&b=2\nhost:" + test.host + "\n" + test.more + "x-amz-date:" + r.Header.Get("X-Amz-Date") + "\n\n" + test.names + "\n" + hash
		body := `{"__type":"InvalidSignatureException","message":"It does not match.\n\nThe Canonical String for this request should have been\n'` +
			strings.ReplaceAll(canonical, "\n", `\n`) + `'\n\nThe String-to-Sign should have been\n'x'"}`
		for _, text := range []string{body, "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>" + strings.ReplaceAll(canonical, "&", "&amp;") +
			"</CanonicalRequest></Error>"} {
			e := outbound.Learn(g, outbound.Answer{Status: 403, Header: http.Header{}, Body: []byte(text), Verified: true, Signed: signed, Sent: r})
			if e == nil || !strings.HasSuffix(e.Text, test.want) || strings.Contains(e.Text, "secret.internal") || strings.Contains(e.Text, "via:") {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}
