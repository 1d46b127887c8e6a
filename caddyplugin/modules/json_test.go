package modules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// upstreamJSON is a value for each option of reverse_proxy's transport http.
const upstreamJSON = `{
	"resolver": {"addresses": ["127.0.0.1:53"]}, "tls": {"server_name": "vendor.test"}, "keep_alive": {"enabled": false}, "compression": false,
	"max_conns_per_host": 2, "proxy_protocol": "v2", "forward_proxy_url": "http://proxy.test", "dial_timeout": 3, "dial_fallback_delay": 4,
	"response_header_timeout": 5, "expect_continue_timeout": 6, "max_response_header_size": 7, "write_buffer_size": 8, "read_buffer_size": 9,
	"read_timeout": 10, "write_timeout": 11, "versions": ["1.1"], "local_address": "127.0.0.1", "network_proxy": {"from": "none"}}`

// everyOption is a JSON object with a value for each option of the vendor and of all vendors.
func everyOption(t *testing.T, vendor string) map[string]any {
	t.Helper()
	options := make(map[string]any)
	for _, s := range vendorOptions(t, vendor) {
		switch {
		case s.Kind == signers.Number:
			options[s.Name] = 7.0
		case s.Kind == signers.Flag:
			options[s.Name] = true
		case s.Many():
			options[s.Name] = []any{"a", "b"}
		case s.Kind == signers.Block:
			options[s.Name] = map[string]any{"x": "y", "n": 1.0}
		default:
			options[s.Name] = "text of " + s.Name
		}
	}
	return options
}

func vendorOptions(t *testing.T, vendor string) []signers.Option {
	t.Helper()
	options, err := outbound.Options(vendor)
	if err != nil {
		t.Fatal(err)
	}
	return options
}

// decode fills a fresh module as Caddy does.
func decode(t *testing.T, id string, options any) (module, error) {
	t.Helper()
	data, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	var m any = fresh(t, id)
	err = caddy.StrictUnmarshalJSON(data, &m)
	return m.(module), err
}

func TestEveryOptionComesOutOfJSONAsItWentIn(t *testing.T) {
	for _, vendor := range namedVendors {
		options := everyOption(t, vendor)
		both := maps.Clone(options)
		if err := json.Unmarshal([]byte(upstreamJSON), &both); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]map[string]any{handlerID(vendor): options, transportID(vendor): both, handlerID(vendor) + "?": {}, transportID(vendor) + "?": {}} {
			id = strings.TrimSuffix(id, "?") // without an option
			m, err := decode(t, id, want)
			if err != nil {
				t.Error(err)
				continue
			}
			data, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %v, want %v", id, got, want)
			}
		}
	}
}

func TestAnUnknownFieldOfJSONIsRefusedByItsName(t *testing.T) {
	for _, vendor := range namedVendors {
		for _, id := range []string{handlerID(vendor), transportID(vendor)} {
			unknown := []string{"zzz", "vendor", "config", "HTTPTransport"}
			if id == handlerID(vendor) {
				unknown = append(unknown, "tls", "dial_timeout") // the transport's
			}
			for _, name := range unknown {
				_, err := decode(t, id, map[string]any{"host": []string{"h"}, name: "canary"})
				if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("unknown field %q", name)) || strings.Contains(err.Error(), "canary") {
					t.Errorf("%s, %s: %v", id, name, err)
				}
			}
		}
	}
}

func TestAFieldOfTheWrongTypeIsRefusedWithoutItsValue(t *testing.T) {
	for _, vendor := range namedVendors {
		for _, id := range []string{handlerID(vendor), transportID(vendor)} {
			for _, s := range vendorOptions(t, vendor) {
				options := everyOption(t, vendor)
				for name := range options {
					if found, _ := signers.Find(vendorOptions(t, vendor), name); found.Secret {
						options[name] = "canary"
					}
				}
				wrong := []any{map[string]any{"canary": "canary"}, 5161, []string{"canary"}}
				switch {
				case s.Kind == signers.Number, s.Kind == signers.Flag:
					wrong = []any{"canary", []string{"canary"}}
				case s.Many(), s.Kind == signers.Block:
					wrong = []any{"canary", 5161}
				case s.Kind == signers.Duration: // a number is seconds
					wrong = []any{map[string]any{"canary": "canary"}, 51.61, []string{"canary"}}
				}
				for _, value := range wrong {
					options[s.Name] = value
					_, err := decode(t, id, options)
					if err == nil || !strings.Contains(err.Error(), s.Name) {
						t.Errorf("%s, %s, %v: %v", id, s.Name, value, err)
					} else if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "5161") {
						t.Errorf("%s, %s: the error shows a value: %v", id, s.Name, err)
					}
				}
			}
		}
	}
}

// The names of options are found in any case, as everywhere in Caddy; the last of equal ones counts, and null is no value.
func TestJSONIsReadAsLooselyAsEverywhereInCaddy(t *testing.T) {
	for _, vendor := range namedVendors {
		for _, id := range []string{handlerID(vendor), transportID(vendor)} {
			var m any = fresh(t, id)
			if err := caddy.StrictUnmarshalJSON([]byte(`{"max_body":"1KiB","MAX_body":"2KiB","browser":null,"HOST":["h"]}`), &m); err != nil {
				t.Error(err)
				continue
			}
			data, err := json.Marshal(m)
			if err != nil || string(data) != `{"host":["h"],"max_body":"2KiB"}` {
				t.Errorf("%s: %s %v", id, data, err)
			}
		}
	}
}

// The last of equal names counts, and of a block all of it: what the first one says must not fill what the last one leaves out.
func TestABlockThatJSONGivesTwiceIsTheLastOne(t *testing.T) {
	var m any = new(DuoSign).CaddyModule().New()
	text := `{"host":["h"],"previous":{"integration_key":"first","secret_key":"first"},"previous":{"secret_key":"last"}}`
	if err := caddy.StrictUnmarshalJSON([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"secret_key": "last"}
	if got := m.(*DuoSign).values.Sub("previous"); !maps.Equal(got, want) {
		t.Errorf("previous is %v, want %v", got, want)
	}
	if data, err := json.Marshal(m); err != nil || string(data) != `{"host":["h"],"previous":{"secret_key":"last"}}` {
		t.Errorf("%s %v", data, err)
	}
}

func TestAModuleKeepsTheReferencesThatItWasGiven(t *testing.T) {
	const secret = "canary5b1f"
	t.Setenv("VENDORSIGN_JSON_SECRET", secret)
	for vendor, options := range map[string]map[string]any{
		"carbonblack":   {"api_id": "x", "api_secret_key": ""},
		"cortex":        {"api_key_id": "1", "api_key": ""},
		"darktrace":     {"public_token": "x", "private_token": ""},
		"duo":           {"integration_key": "x", "secret_key": ""},
		"threatconnect": {"access_id": "x", "secret_key": ""},
	} {
		options["host"] = []string{"vendor.test"}
		for name, value := range options {
			if value == "" {
				options[name] = "{env.VENDORSIGN_JSON_SECRET}"
			}
		}
		want, err := json.Marshal(options)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{handlerID(vendor), transportID(vendor)} {
			m, err := decode(t, id, options)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
			defer cancel()
			if err := m.Provision(ctx); err != nil {
				t.Fatal(err)
			}
			defer m.Cleanup()
			data, err := json.Marshal(m)
			if err != nil || strings.Contains(string(data), secret) {
				t.Errorf("%s: %s %v", id, data, err)
			}
			var got, all map[string]any
			if err := json.Unmarshal(data, &all); err != nil {
				t.Fatal(err)
			}
			got = maps.Clone(all)
			maps.DeleteFunc(got, func(name string, _ any) bool { return options[name] == nil }) // defaults of the transport below
			if data, err = json.Marshal(got); err != nil || string(data) != string(want) || id == handlerID(vendor) && len(got) != len(all) {
				t.Errorf("%s: %v, want %s", id, all, want)
			}
		}
	}
}

func TestAModuleThatItsNewDidNotMakeIsAnError(t *testing.T) {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	for _, m := range []module{new(DuoSign), new(DuoTransport)} {
		if err := m.UnmarshalCaddyfile(caddyfile.NewTestDispenser("duo_sign {\n}")); !errors.Is(err, errUnmade) {
			t.Errorf("%T reads a Caddyfile: %v", m, err)
		}
		if err := m.Provision(ctx); !errors.Is(err, errUnmade) {
			t.Errorf("%T is provisioned: %v", m, err)
		}
	}
}
