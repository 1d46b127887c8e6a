package modules

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/cli/config"
)

func TestAMisspeltOptionOfCaddysTransportIsHintedAtAsItsOwn(t *testing.T) {
	const signer = "integration_key x\nsecret_key canary\nhost h\n"
	for line, want := range map[string]string{
		"tls_insecure_skip_verfy": "unknown option tls_insecure_skip_verfy; did you mean tls_insecure_skip_verify?",
		"tls_server_nam foo":      "unknown option tls_server_nam; did you mean tls_server_name?",
		"tls_trust_pol file /x":   "unknown option tls_trust_pol; did you mean tls_trust_pool?",
		"dial_timout 3s":          "unknown option dial_timout; did you mean dial_timeout?",
		"insecure_upstrem":        "unknown option insecure_upstrem; did you mean insecure_upstream?",
		"secret_keyy x":           "unknown option secret_keyy; did you mean secret_key?",
		"zzzzzzzzzzzzzz":          "blob/main/docs/options.md, and those of Caddy's transport http",
	} {
		_, err := adapt(":80 {\nreverse_proxy https://h {\ntransport duo_sign {\n" + signer + line + "\n}\n}\n}\n")
		if err == nil || !strings.Contains(err.Error(), want+", at Caddyfile:7") {
			t.Errorf("%s: %v\nwant %s", line, err, want)
		}
	}
	for key, want := range map[string]string{
		"dial_timout":              "unknown option dial_timout; did you mean dial_timeout?",
		"expect_continue_timeou":   "unknown option expect_continue_timeou; did you mean expect_continue_timeout?",
		"tls_insecure_skip_verify": "unknown option tls_insecure_skip_verify; known are integration_key,",
		"zzzzzzzzzzzzzz":           "date_header, host, and the common options of https://",
	} {
		err := json.Unmarshal([]byte(`{"integration_key":"x","`+key+`":1}`), bind(new(DuoTransport), "duo"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", key, err, want)
		}
	}
}

// A handler has no TLS of its own. The option that takes the binding to the host away is never the hint for one about TLS.
func TestNoOptionAboutTLSIsTakenForInsecureUpstream(t *testing.T) {
	for _, name := range []string{"tls_insecure_skip_verify", "tls_insecure_skip_verfy", "tls_insecure_upstream"} {
		_, err := adapt(":80 {\nduo_sign {\n" + name + "\n}\n}\n")
		if err == nil || !strings.Contains(err.Error(), "unknown option "+name+"; known are ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCaddysTransportKnowsEachSubdirectiveThatIsHintedAt(t *testing.T) {
	for _, name := range transportSubdirectives {
		err := new(reverseproxy.HTTPTransport).UnmarshalCaddyfile(caddyfile.NewTestDispenser("http {\n" + name + "\n}"))
		if err != nil && strings.Contains(err.Error(), "unrecognized subdirective") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Without Caddy the command knows the keys by a table, which must be that of the Caddy that is built with it.
func TestTheKeysInsideCaddysTransportAreThoseOfThisCaddy(t *testing.T) {
	if !maps.EqualFunc(config.TransportObjects, config.UsualTransportObjects, slices.Equal) {
		t.Errorf("%q\nwant %q", config.UsualTransportObjects, config.TransportObjects)
	}
}
