package modules

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// Whoever misplaces a secret in a Caddyfile must not find it in the log of the gateway that refuses it.
func TestNoErrorOfACaddyfileQuotesAValue(t *testing.T) {
	const canary = "SUPERSECRETVALUE123"
	for name, block := range map[string]string{
		"an equals sign between name and value":  "secret_key = " + canary,
		"a word too many":                        "secret_key first " + canary,
		"two options in a line":                  "integration_key DI secret_key " + canary,
		"an equals sign without blanks":          "secret_key=" + canary,
		"a colon behind the name":                "secret_key: " + canary,
		"a colon without blanks":                 "secret_key:" + canary,
		"the value alone":                        canary,
		"the value before the name":              canary + " secret_key",
		"a previous credential with two values":  "previous {\n\t\tsecret_key first " + canary + "\n\t}",
		"a previous credential without its name": "previous {\n\t\t" + canary + "\n\t}",
		"two files of the previous credential":   "previous /a " + canary,
		"a file that is none":                    "} " + canary,
		"a previous value that appears twice":    "previous {\n\t\t" + canary + " a\n\t\t" + canary + " a\n\t}",
	} {
		t.Run(name, func(t *testing.T) {
			d := caddyfile.NewTestDispenser("duo_sign {\n\thost api-1.duosecurity.com\n\t" + block + "\n}")
			h := new(DuoSign).CaddyModule().New().(caddyfile.Unmarshaler)
			err := h.UnmarshalCaddyfile(d)
			if err == nil {
				t.Fatal("it is accepted")
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("%v", err)
			}
		})
	}
	for name, block := range map[string]string{
		"an app's secret with two values": "secret first " + canary,
		"an app's secret behind =":        "secret=" + canary,
		"an app's value alone":            canary,
	} {
		t.Run(name, func(t *testing.T) {
			d := caddyfile.NewTestDispenser("vendorsign_verify duo {\n\tapp billing {\n\t\tkey_id DI\n\t\t" + block + "\n\t}\n}")
			if err := new(Verify).UnmarshalCaddyfile(d); err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("%v", err)
			}
		})
	}
}
