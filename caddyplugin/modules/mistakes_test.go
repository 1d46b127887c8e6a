package modules

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// The mistakes that people make with a Caddyfile at first, and what they are told, word by word.
func TestEachMistakeOfANewUserIsToldWithWhatToWrite(t *testing.T) {
	with := func(line string) string { return "duo_sign {\n" + line + "\nhost h\n}" }
	const id = "integration_key DIX\n"
	tests := []struct{ name, block, want string }{
		{"Traefik's variable", with(id + "secret_key env:DUO_SKEY"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: env:NAME is for Traefik and the command line; in Caddy write {env.NAME}, at Caddyfile:4"},
		{"Traefik's file", with(id + "secret_key file:/run/secrets/duo"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: file:/path is for Traefik and the command line; in Caddy write {file./path}, at Caddyfile:4"},
		{"a file with a colon", with(id + "secret_key {file:/run/secrets/duo}"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: a file is written {file./path}, with a dot, at Caddyfile:4"},
		{"a variable with a colon", with(id + "secret_key {env:DUO_SKEY}"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: a variable is written {env.NAME}, with a dot, at Caddyfile:4"},
		{"a shell's variable", with(id + "secret_key ${DUO_SKEY}"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: ${NAME} is not replaced here; write {env.NAME}, at Caddyfile:4"},
		{"a size in two words", with(id + "secret_key x\nmax_body 10 MB"), "parsing caddyfile tokens for 'duo_sign': max_body takes one value; write 10MB, at Caddyfile:5"},
		{"a version with its letter", with(id + "secret_key x\nsignature_version v5"), "parsing caddyfile tokens for 'duo_sign': signature_version must be a whole number, one of 5, 4, 2, at Caddyfile:5"},
		{"a placeholder of a request", with(id + "secret_key {http.request.header.X}"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: it has a placeholder that is not replaced here; write {env.NAME} or {file./path}, at Caddyfile:4"},
		{"a variable in capitals", with(id + "secret_key {ENV.X}"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: it has a placeholder that is not replaced here; write {env.NAME} or {file./path}, at Caddyfile:4"},
		{"a variable without a name", with(id + "secret_key {env.}"), "parsing caddyfile tokens for 'duo_sign': duo: secret_key: it has a placeholder that is not replaced here; write {env.NAME} or {file./path}, at Caddyfile:4"},
		{"the client's host, in short", "duo_sign {\n" + id + "secret_key x\nhost {host}\n}", "parsing caddyfile tokens for 'duo_sign': duo: host: it has a placeholder that is not replaced here; write {env.NAME} or {file./path}, at Caddyfile:5"},
		{"a placeholder in the previous credential", with(id + "secret_key x\nprevious {\nintegration_key DIA\nsecret_key {vars.x}\n}"), "parsing caddyfile tokens for 'duo_sign': duo: previous: secret_key: it has a placeholder that is not replaced here; write {env.NAME} or {file./path}, at Caddyfile:7"},
		{"hosts with a comma", "duo_sign {\n" + id + "secret_key x\nhost a.example,b.example\n}", "parsing caddyfile tokens for 'duo_sign': duo: host contains a comma: separate names by blanks, and in a list of JSON or YAML give each an entry of its own, at Caddyfile:5"},
		{"methods with commas", with(id + "secret_key x\nallow GET,POST /admin/**"), "parsing caddyfile tokens for 'duo_sign': duo: allow: methods are joined by | and not by commas, as in \"GET|POST /devices/**\", at Caddyfile:5"},
		{"an option of the previous credential", with(id + "secret_key x\nprevious {\nintegration_key DIA\nsecret_keey canary\n}"), "parsing caddyfile tokens for 'duo_sign': duo: previous: unknown option secret_keey; did you mean secret_key?, at Caddyfile:7"},
		{"a value of the previous credential, in another spelling", with(id + "secret_key x\nprevious {\nintegration_key DIA\nsignatureVersion 3\nsecret_key canary\n}"), "parsing caddyfile tokens for 'duo_sign': duo: previous: signature_version must be 5, 4 or 2, at Caddyfile:7"},
		{"what the previous credential lacks", with(id + "secret_key x\nprevious {\nintegration_key DIA\n}"), "parsing caddyfile tokens for 'duo_sign': duo: previous: secret_key is required, at Caddyfile:5"},
		{"a block after a value", with(id + "secret_key canary {\nfoo bar\n}"), "parsing caddyfile tokens for 'duo_sign': a block is not expected after secret_key, at Caddyfile:4"},
		{"a block in the previous credential", with(id + "secret_key x\nprevious {\nsecret_key canary {\nfoo bar\n}\n}"), "parsing caddyfile tokens for 'duo_sign': a block is not expected after secret_key, at Caddyfile:6"},
		{"ids exchanged", with("integration_key " + strings.Repeat("a", 40) + "\nsecret_key DIXXXXXXXXXXXXXXXXXX"), "parsing caddyfile tokens for 'duo_sign': duo: integration_key and secret_key are swapped: what secret_key holds is an ID, at Caddyfile:3"},
		{"another vendor's options", "darktrace_sign {\n" + id + "}", "parsing caddyfile tokens for 'darktrace_sign': unknown option integration_key, which is one of duo; known are public_token, "},
	}
	for _, tt := range tests {
		_, err := adapt(":80 {\n" + tt.block + "\n}\n")
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s:\n%v\nwant\n%s", tt.name, err, tt.want)
		}
	}
}

// What the Caddyfile's adapter does not see, Caddy's start refuses.
func TestAReferenceOfAnotherToolIsRefusedInJSON(t *testing.T) {
	for value, want := range map[string]string{
		"env:DUO_SKEY": "env:NAME is for Traefik and the command line; in Caddy write {env.NAME}",
		"{$DUO_SKEY}":  "only a Caddyfile knows {$NAME}; write {env.NAME}",
		"$DUO_SKEY":    "$NAME is not replaced here; write {env.NAME}",
		"${DUO_SKEY}":  "${NAME} is not replaced here; write {env.NAME}",
	} {
		config := mustParse(t, `{"admin":{"disabled":true,"config":{"persist":false}},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
			"apps":{"http":{"servers":{"a":{"listen":["127.0.0.1:0"],"routes":[{"handle":[
			{"handler":"duo_sign","integration_key":"x","secret_key":"`+value+`","host":["h"]},
			{"handler":"reverse_proxy","upstreams":[{"dial":"h:443"}],"transport":{"protocol":"http","tls":{}}}]}]}}}}}`)
		if err := caddy.Validate(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", value, err)
		}
	}
}
