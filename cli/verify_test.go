package cli

import (
	"strings"
	"testing"
)

// S3 takes an unsigned body over TLS alone. Where something in front of the gateway ends TLS, it comes over plain http. The signature
// was computed as AWS' page on Signature Version 4 says, by other code.
func TestVerifyTakesPlainHTTPForHTTPSIfTheConfigurationSaysSo(t *testing.T) {
	const line = `{"signer":"aws","config":{"apps":[{"name":"billing","key_id":"AKIALOCALBILLING0001","secret":"local-secret-of-billing"}]OPTION},` +
		`"time":"2026-11-28T08:30:15Z","request":{"method":"PUT","url":"SCHEME://b.s3.eu-west-1.amazonaws.com/report.txt","body":"any",` +
		`"headers":{"X-Amz-Date":"20261128T083015Z","X-Amz-Content-Sha256":"UNSIGNED-PAYLOAD","Authorization":"AWS4-HMAC-SHA256 ` +
		`Credential=AKIALOCALBILLING0001/20261128/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, ` +
		`Signature=61d82914e8c77a2ff4cfc5d2fe8f73ea192df29c9d75d22a5febdc891f3dc6ce"}}}`
	for _, test := range []struct{ scheme, option, want string }{
		{"https", "", `{"app":"billing"}`},
		{"http", "", `{"refused":"uncovered"}`},
		{"http", `,"insecure_downstream":false`, `{"refused":"uncovered"}`},
		{"http", `,"insecure_downstream":true`, `{"app":"billing"}`},
		{"https", `,"insecure_downstream":true`, `{"app":"billing"}`},
	} {
		code, stdout, stderr := runCLI(strings.NewReplacer("OPTION", test.option, "SCHEME", test.scheme).Replace(line), "verify")
		if code != 0 || strings.TrimSpace(stdout) != test.want {
			t.Errorf("%s with %q: %d %s %s, want %s", test.scheme, test.option, code, stdout, stderr, test.want)
		}
	}
}
