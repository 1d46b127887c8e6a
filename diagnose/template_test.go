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
