package tests

import (
	"strings"
	"testing"
)

// Over plain http, or to a server that proves nothing, nothing protects a body that the signature leaves out.
func TestUnsignedBodiesNeedAnUpstreamThatIsVerified(t *testing.T) {
	store := func(more string) string { return strings.TrimSuffix(awsStore, "}") + more + "}" }
	tests := []struct{ name, config, policy, fault string }{
		{"unsigned over https", store(`,"payload":"unsigned"`), awsBound, ""},
		{"auto over https", store(`,"payload":"auto"`), awsBound, ""},
		{"unsigned over http", store(`,"payload":"unsigned"`), `{"host":"minio.internal:9000","insecure_upstream":true}`, "payload unsigned leaves bodies"},
		{"auto over http", store(`,"payload":"auto"`), `{"host":"minio.internal:9000","insecure_upstream":true}`, "payload auto leaves bodies unsigned"},
		{"the presigned form over http", store(`,"placement":"query"`), `{"host":"minio.internal","insecure_upstream":true}`, "placement query leaves"},
		{"another service's presigned form, which signs bodies", awsPresign, `{"host":"vendor.example","insecure_upstream":true}`, ""},
		{"signed over http", store(""), `{"host":"minio.internal:9000","insecure_upstream":true}`, ""},
		{"this machine by name", store(`,"payload":"unsigned"`), `{"host":"localhost:9000","insecure_upstream":true}`, ""},
		{"this machine by address", store(`,"payload":"auto"`), `{"host":"[::1]:9000","insecure_upstream":true}`, ""},
		{"one of two on this machine", store(`,"payload":"auto"`), `{"host":["127.0.0.1","minio.internal"],"insecure_upstream":true}`, "payload auto"},
		{"re_sign over http", awsReSign, `{"host":"minio.internal","insecure_upstream":true}`, ""},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			_, err := d.Gate("aws", []byte(tt.config), []byte(tt.policy), atNoon)
			if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.fault)
			}
		}
	})
}

// In mode re_sign the client says what is signed, so that each of its requests is looked at.
func TestAClientsUnsignedPayloadNeedsAnUpstreamThatIsVerified(t *testing.T) {
	tests := []struct{ policy, payload, body, verdict string }{
		{`{"host":"minio.internal","insecure_upstream":true}`, "UNSIGNED-PAYLOAD", "x", unsignable},
		{`{"host":"minio.internal","insecure_upstream":true}`, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x", unsignable},
		{`{"host":"minio.internal","insecure_upstream":true}`, "UNSIGNED-PAYLOAD", "", signedVerdict},
		{`{"host":"minio.internal","insecure_upstream":true}`, strings.Repeat("0", 64), "x", signedVerdict},
		{`{"host":"127.0.0.1:9000","insecure_upstream":true}`, "UNSIGNED-PAYLOAD", "x", signedVerdict},
		{`{"host":"minio.internal"}`, "UNSIGNED-PAYLOAD", "x", signedVerdict},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			gate := awsGate(t, d, awsReSign, tt.policy)
			a := attempt{method: "PUT", header: raw(t, clientScope("PLACEHOLDER", "eu-west-1", "s3"), "X-Amz-Content-Sha256: "+tt.payload)}
			if tt.body != "" {
				a = a.withBody(tt.body)
			}
			o := tryGate(t, d, gate, a)
			if o.verdict() != tt.verdict || tt.verdict == unsignable && !strings.Contains(o.detail, "needs https") {
				t.Errorf("%s with %q: %s %s, want %s", tt.policy, tt.payload, o.verdict(), o.detail, tt.verdict)
			}
		}
	})
}
