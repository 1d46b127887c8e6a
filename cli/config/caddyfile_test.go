package config

import (
	"errors"
	"testing"
)

// The words are Caddy 2.11's.
func TestAVendorWhereCaddyDoesNotKnowItGetsAHint(t *testing.T) {
	for text, want := range map[string]string{
		"Caddyfile:2: unrecognized directive: akamai_sign":  "unrecognized directive: akamai_sign; write vendorsign akamai { ... } before reverse_proxy",
		"Caddyfile:2: unrecognized directive: duo_verify":   "unrecognized directive: duo_verify; write vendorsign_verify duo { ... } before reverse_proxy",
		"Caddyfile:2: unrecognized directive: acme_sign":    "unrecognized directive: acme_sign",
		"Caddyfile:2: unrecognized global option: duo_sign": "unrecognized global option: duo_sign; write vendorsign duo { ... } in the block of a site",
		"parsing caddyfile tokens for 'reverse_proxy': unrecognized subdirective duo_sign, at Caddyfile:2": "unrecognized subdirective duo_sign; " +
			"write transport vendorsign duo { ... } in reverse_proxy",
		"parsing caddyfile tokens for 'reverse_proxy': getting module named 'http.reverse_proxy.transport.duo-sign': module not registered: " +
			"http.reverse_proxy.transport.duo-sign, at Caddyfile:2": "getting module named 'http.reverse_proxy.transport.duo-sign': module not registered: " +
			"http.reverse_proxy.transport.duo-sign; write transport vendorsign duo { ... }",
	} {
		if f := adapterFault(errors.New(text)); f.What != want || f.Line != 2 {
			t.Errorf("%s:\n%d %s\nwant\n%s", text, f.Line, f.What, want)
		}
	}
}
