package caddyplugin

import (
	"strings"
	"testing"
)

// In a Caddyfile, what a configuration notices is reported at the directive.
func TestCheckReportsWhatACaddyfileNoticesOfANewVersion(t *testing.T) {
	const options = " {\nintegration_key x\nsecret_key {file./x}\nhost h.example\nbrowser deny\nupgrade refuse\nearly_data refuse\nkeep_header X-App\nallow POST /search\nMORE\n}\n"
	signer := func(more string) string { return strings.Replace(options, "MORE\n", more, 1) }
	site := func(block string) string { return "http://duo.internal {\n" + block + "}\n" }
	const heads = "Caddyfile:2: upgrade: duo_sign: target and headers above 16 KiB are 431; Caddy's transport takes more (docs/upgrade.md#heads)\n"
	for _, tt := range []struct{ name, text, want string }{
		{"a transport", site("reverse_proxy https://h.example {\ntransport duo_sign" + signer("") + "}\n"), ""},
		{"a handler", site("duo_sign" + signer("") + "reverse_proxy https://h.example\n"), heads},
		{"a handler beside handle_path, which it used to come after", site("duo_sign" + signer("") + "handle_path /duo/* {\nreverse_proxy https://h.example\n}\n"), heads},
		{"a transport that keeps headers", site("reverse_proxy https://h.example {\ntransport duo_sign" + signer("forwarded keep\n") + "}\n"),
			"Caddyfile:3: upgrade: duo_sign: forwarded keep no longer keeps what overrides method, path or host;" +
				" where an application needs such a header, write keep_header NAME (docs/upgrade.md#headers)\n"},
		{"health checks that the vendor refused", site("duo_sign" + signer("") + "reverse_proxy https://h.example {\nhealth_uri /x\nhealth_status 401\n}\n"), heads +
			"Caddyfile:12: upgrade: reverse_proxy: health checks are signed now, so that the vendor answers them as any request; write health_status 2xx (docs/upgrade.md#health-checks)\n"},
		{"a proxy in a block without the signer", site("handle /a/* {\nduo_sign" + signer("") + "reverse_proxy https://h.example\n}\nhandle /b/* {\nreverse_proxy https://h.example\n}\n"),
			strings.Replace(heads, ":2:", ":3:", 1) + "Caddyfile:16: upgrade: reverse_proxy: requests that no signer was on the way of left unsigned, and are 503 now;" +
				" put the signer in front of this reverse_proxy, or this reverse_proxy into a site of its own (docs/upgrade.md#handler)\n"},
		{"header_up", site("duo_sign" + signer("") + "reverse_proxy https://h.example {\nheader_up X-Host y\n}\n"), heads +
			"Caddyfile:12: upgrade: reverse_proxy: header_up X-Host: this header stays behind now; where the vendor needs it, write keep_header in the signer (docs/upgrade.md#headers)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, out := checked(t, "Caddyfile", tt.text, "--upgrade")
			var got strings.Builder
			for _, line := range strings.SplitAfter(out, "\n") {
				if strings.Contains(line, ": upgrade: ") {
					got.WriteString(line)
				}
			}
			if got.String() != tt.want {
				t.Errorf("%s\nwant\n%s", out, tt.want)
			}
		})
	}
}
