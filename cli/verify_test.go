package cli

import (
	"encoding/base64"
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

// A list of one may be written as a text, here as in all options.
func TestVerifyTakesOneSignatureThatWasSeenAsAText(t *testing.T) {
	const line = `{"signer":"duo","config":{"apps":[{"name":"billing","key_id":"DIWJ8X6AEYOR5OMC6TQ1","secret":"Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"}]INSIDE},BESIDE` +
		`"time":"2012-08-21T17:29:18Z","request":{"method":"POST","url":"https://api-xxxxxxxx.duosecurity.com/accounts/v1/account/list",` +
		`"headers":{"Date":"Tue, 21 Aug 2012 17:29:18 -0000","Content-Type":"application/x-www-form-urlencoded","Authorization":"Basic SIGNED"},` +
		`"body":"realname=First%20Last&username=root"}}`
	// duo_client's own test: the example of Duo's page on its Auth API, with SHA-1.
	const signature = "2d97d6166319781b5a3a07af39d366f491234edc"
	signed := base64.StdEncoding.EncodeToString([]byte("DIWJ8X6AEYOR5OMC6TQ1:" + signature))
	for _, test := range []struct{ inside, beside, want string }{
		{"", "", `{"app":"billing"}`},
		{`,"seen":["` + signature + `"]`, "", `{"refused":"replay"}`},
		{`,"seen":"` + signature + `"`, "", `{"refused":"replay"}`},
		{"", `"seen":"` + signature + `",`, `{"refused":"replay"}`},
		{`,"seen":1`, "", `{"error":"seen must be a list of strings"}`},
	} {
		code, stdout, stderr := runCLI(strings.NewReplacer("INSIDE", test.inside, "BESIDE", test.beside, "SIGNED", signed).Replace(line), "verify")
		if strings.TrimSpace(stdout) != test.want {
			t.Errorf("%s%s: %d %s %s, want %s", test.inside, test.beside, code, stdout, stderr, test.want)
		}
	}
}
