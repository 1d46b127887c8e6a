package diagnose

import "testing"

// Random bytes in base64 hold any word between two slashes, once in some thousand signatures.
func TestASignatureIsNoPlaceholder(t *testing.T) {
	const random = "hgrXQvmJPyHj8OvaYpS0bqR3Q1qJcRzWq4cO1xJ0eKk/my5Uie1yMbRFNI2D4wxlcDWwspAfTaH/3Q1qJcRzWq4cO1xJ0eKkhgrXQvmJPyHj8OvaYpS0bqR3Q1qJcRzW=="
	tests := []struct{ name, value, want string }{
		{"RFC 9421", "sig1=:" + random + ":", ""},
		{"draft-cavage", `keyId="k",headers="date",signature="` + random + `"`, ""},
		{"a MAC of SHA-256", "HMAC-SHA256 Signature=RqrPgkjoh+/mY5wRgwd5WtigASjyKgMTkXrNnQ5y4ag=", ""},
		{"a MAC of SHA-1", "TC 12:RqrPgkjoh/mY5wRgwd5WtigASjw=", ""},
		{"a page's word", "sig1=:YOUR_SIGNATURE:", "YOUR_SIGNATURE"},
		{"a page's word beside a signature", `<token>:` + random, "<token>"},
	}
	for _, test := range tests {
		d := &diagnosis{Case: &Case{Signer: "httpsig"}}
		if d.placeholderIn(test.value); d.placeholder != test.want {
			t.Errorf("%s: %q, want %q", test.name, d.placeholder, test.want)
		}
	}
}

// Somebody who posts a request, and a log, hides values that the client sent.
func TestAHiddenValueIsNoMistake(t *testing.T) {
	for _, value := range []string{"***", "[Filtered]", "*****abcd", "AKIA...7Q", "…", "••••••••", "xxxx-xxxx", "<redacted>", "[MASKED]",
		"****** (hidden)", "bhesignature ***", "AWS4-HMAC-SHA256 Credential=AKIA4Q7ZK2MPX9WLT3RB/20260303/eu-west-1/s3/aws4_request, " +
			"SignedHeaders=host;x-amz-date, Signature=REDACTED", "t=1772636767,v1=xxxxxxxx", `keyId="k",headers="date",signature="[Filtered]"`,
		"TC 12:..."} {
		d := &diagnosis{Case: &Case{Signer: "httpsig"}}
		if d.placeholderIn(value); !hiddenText.MatchString(d.placeholder) {
			t.Errorf("%s: found %q", value, d.placeholder)
		}
	}
	for _, value := range []string{"20260304T153607", "2026-03-04 15:36:07", "SharedKey acme:RqrPgkjoh/mY5wRgwd5WtigASjyKgMTkXrNnQ5y4ag=",
		"a.b.c", "xxx", "secure-token-1"} {
		d := &diagnosis{Case: &Case{Signer: "httpsig"}}
		if d.placeholderIn(value); hiddenText.MatchString(d.placeholder) {
			t.Errorf("%s: found %q", value, d.placeholder)
		}
	}
}
