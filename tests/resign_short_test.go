package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// In mode re_sign the short way reads what a client signed, which the long way does in another place: neither may let a client choose
// more than a scope of the list, and nothing that it signed may leave.
func TestTheShortWayOfReSignRefusesWhatTheLongOneDoes(t *testing.T) {
	signed := func(key, scope string) []string {
		return []string{"AWS4-HMAC-SHA256 Credential=" + key + "/20260102/" + scope + "/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0a", 32)}
	}
	honest := signed("PLACEHOLDER", "eu-west-1/guardduty")
	tests := []struct {
		name   string
		header http.Header
		status int // 200: it leaves
	}{
		{"a scope of the list", http.Header{"Authorization": honest}, 200},
		{"with what SDKs add", http.Header{"Authorization": honest, "Amz-Sdk-Request": {"attempt=1; max=3"}, "Amz-Sdk-Invocation-Id": {"1"}}, 200},
		{"with the hash of no body", http.Header{"Authorization": honest, "X-Amz-Content-Sha256": {awsEmptySHA}}, 200},
		{"with an unsigned body", http.Header{"Authorization": honest, "X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}, 400},
		{"with two hashes", http.Header{"Authorization": honest, "X-Amz-Content-Sha256": {awsEmptySHA, awsEmptySHA}}, 400},
		{"with a token of the client's", http.Header{"Authorization": honest, "X-Amz-Security-Token": {"evil-71c4"}}, 200},
		{"with a date of the client's", http.Header{"Authorization": honest, "X-Amz-Date": {"20200101T000000Z"}}, 200},
		{"with two dates of the client's", http.Header{"Authorization": honest, "X-Amz-Date": {"20200101T000000Z", "evil-71c4"}}, 200},
		{"with a date that is nominated", http.Header{"Authorization": honest, "Connection": {"X-Amz-Date"}}, 200},
		{"a service that gives credentials", http.Header{"Authorization": signed("PLACEHOLDER", "eu-west-1/iam")}, 403},
		{"another region", http.Header{"Authorization": signed("PLACEHOLDER", "us-east-1/guardduty")}, 403},
		{"another service", http.Header{"Authorization": signed("PLACEHOLDER", "eu-west-1/s3")}, 403},
		{"another key", http.Header{"Authorization": signed("OTHER", "eu-west-1/guardduty")}, 403},
		{"two signatures", http.Header{"Authorization": {honest[0], honest[0]}}, 400},
		{"two credentials", http.Header{"Authorization": {honest[0] + ", Credential=PLACEHOLDER/20260102/us-east-1/iam/aws4_request"}}, 400},
		{"no signature", http.Header{}, 400},
		{"one in another spelling", http.Header{"authorization": honest}, 400},
		{"one in two spellings", http.Header{"Authorization": honest, "AUTHORIZATION": {"evil-71c4"}}, 200},
		{"another scheme", http.Header{"Authorization": {"Basic ZXZpbDo3MWM0"}}, 400},
	}
	eachPlugin(t, func(t *testing.T, p interpret.Plugin) {
		block := map[string]any{"host": "vendor.example.com", "mode": "re_sign", "placeholderKey": "PLACEHOLDER", "accessKeyId": "AKIDEXAMPLE",
			"secretAccessKey": "key", "region": "eu-west-1", "service": []any{"guardduty", "iam"}}
		var got *http.Request
		handler, err := p.New(map[string]any{"aws": block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			for _, unusual := range []string{"", "v"} {
				r, a := shortRequest(t, "GET", "/detector?maxResults=50", unusual, false), &statusAnswer{}
				for name, values := range test.header {
					r.Header[name] = append([]string(nil), values...)
				}
				got = nil
				handler.ServeHTTP(a, r)
				if leaves := test.status == 200; (got != nil) != leaves || !leaves && a.status != test.status {
					t.Errorf("%s, unusual header %q: left %v, answered %d %.200s; want %d", test.name, unusual, got != nil, a.status, a, test.status)
				}
				if got != nil {
					checkReSigned(t, test.name, got.Header)
				}
			}
		}
	})
}

// checkReSigned checks that nothing is left of the client's signature.
func checkReSigned(t *testing.T, name string, h http.Header) {
	t.Helper()
	for header, values := range h {
		for _, value := range values {
			if strings.Contains(value, "evil-71c4") || strings.Contains(value, "PLACEHOLDER") || strings.HasPrefix(value, "2020") {
				t.Errorf("%s: %s: %s leaves", name, header, value)
			}
		}
	}
	const want = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"
	if a := h["Authorization"]; len(a) != 1 || !strings.HasPrefix(a[0], want) || !strings.Contains(a[0], "/eu-west-1/guardduty/") {
		t.Errorf("%s: Authorization: %q", name, a)
	}
	if len(h["X-Amz-Date"]) != 1 {
		t.Errorf("%s: X-Amz-Date: %q", name, h["X-Amz-Date"])
	}
}

const awsEmptySHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// statusAnswer remembers its status.
type statusAnswer struct {
	shortAnswer
	status int
}

func (a *statusAnswer) WriteHeader(status int) { a.status = status }
