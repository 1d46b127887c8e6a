package tests

import (
	"encoding/json"
	"strings"
	"testing"
)

// Values of one text that no vendor can have given out: each loaded once, and every request was refused by the vendor.
func TestATextThatNoVendorGaveOutIsAFaultOfItsOption(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"bytes that were not UTF-8, as JSON replaces them", "s3cret\ufffd", "contains U+FFFD, which a program put in place of bytes that are not UTF-8"},
		{"a zero-width blank at the end, as pages have them", "s3cret\u200b", "begins or ends with white space"},
		{"a word joiner at the beginning", "\u2060s3cret", "begins or ends with white space"},
		{"a byte order mark at the end", "s3cret\ufeff", "begins or ends with white space"},
		{"a blank without a break, then a zero-width one", "s3cret\u00a0\u200d", "begins or ends with white space"},
		{"a whole file", strings.Repeat("s3cret", 5462), "is longer than 32 KiB"},
		{"a zero-width joiner inside", "s3\u200dcret", ""},
		{"letters that are not ASCII", "geh€im", ""},
		{"as long as may be", strings.Repeat("s", 32<<10), ""},
	}
	both(t, func(t *testing.T, d drive) {
		for _, options := range []struct{ vendor, option, rest string }{
			{"basic", "password", `"username":"u"`}, {"bearer", "token", `"prefix":"Bearer"`}, {"oauth2", "scope", `"token_url":"https://idp.example/t","client_id":"i","client_secret":"s"`},
			{"duo", "secret_key", `"integration_key":"DI"`}, {"duo", "integration_key", `"secret_key":"s"`},
		} {
			for _, test := range tests {
				value, _ := json.Marshal(test.value)
				config := `{` + options.rest + `,"` + options.option + `":` + string(value) + `}`
				_, err := d.Gate(options.vendor, []byte(config), []byte(`{"host":"vendor.example"}`), atNoon)
				switch {
				case test.want == "" && err != nil:
					t.Errorf("%s %s with %s: %v", options.vendor, options.option, test.name, err)
				case test.want != "" && (err == nil || !strings.Contains(err.Error(), options.option+" "+test.want)):
					t.Errorf("%s %s with %s: %v, want %q", options.vendor, options.option, test.name, err, test.want)
				case err != nil && strings.Contains(err.Error(), "s3cret"):
					t.Errorf("%s: the error shows the value: %v", test.name, err)
				}
			}
		}
	})
}

// The word for a list without entries is no entry: beside others it would be a header that no request has.
func TestTheWordForNoEntriesStandsAlone(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for list, want := range map[string]string{
			`["@method", "none"]`: "components: none cannot be together with others", `["none", "none"]`: "components: none cannot be together with others",
			`["none"]`: "", `[]`: "", `["@method"]`: "",
		} {
			config := `{"key_id": "k", "algorithm": "hmac-sha256", "shared_secret": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "components": ` + list + `}`
			_, err := d.Gate("httpsig", []byte(config), []byte(`{"host":"vendor.example"}`), atNoon)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: %v, want %q", list, err, want)
			}
		}
	})
}

// Pages and clients show a token with the word before it, and who copies both had "Bearer Bearer abc" sent.
func TestAValueIsGivenWithoutWhatIsSentBeforeIt(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range []struct{ vendor, config, want string }{
			{"bearer", `{"token": "Bearer s3cret"}`, "token begins with Bearer, which is sent before it anyway; leave it out"},
			{"bearer", `{"token": "bearer s3cret"}`, "token begins with Bearer, which is sent before it anyway"},
			{"bearer", `{"token": "Token s3cret", "prefix": "Token"}`, "token begins with Token, which is sent before it anyway"},
			{"bearer", `{"token": "Bearers3cret"}`, ""},
			{"bearer", `{"token": "Token s3cret"}`, ""},
			{"cloudflare", `{"api_token": "Bearer s3cret"}`, "api_token begins with Bearer, which is sent before it anyway"},
			{"okta", `{"api_token": "SSWS s3cret"}`, "api_token begins with SSWS, which is sent before it anyway"},
			{"pagerduty", `{"api_key": "Token token=s3cret"}`, "api_key begins with Token token=, which is sent before it anyway"},
			{"tenable", `{"access_key": "accessKey=a", "secret_key": "s"}`, "access_key begins with accessKey=, which is sent before it anyway"},
			{"api_key", `{"header": "Authorization", "key": "Bearer s3cret"}`, ""},
			{"misp", `{"auth_key": "Bearer s3cret"}`, ""},
			{"basic", `{"username": "basic", "password": "basic(s3cret"}`, ""},
		} {
			_, err := d.Gate(test.vendor, []byte(test.config), []byte(`{"host":"vendor.example"}`), atNoon)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("%s %s: %v, want %q", test.vendor, test.config, err, test.want)
			}
		}
	})
}

// A header that is signed twice is another text than the vendor makes.
func TestAHeaderIsListedOnceToBeSigned(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		const config = `{"client_token": "a", "client_secret": "s", "access_token": "b", "headers_to_sign": ["X-A", "X-B", "x-a"]}`
		_, err := d.Gate("akamai", []byte(config), []byte(`{"host":"vendor.example"}`), atNoon)
		if err == nil || !strings.Contains(err.Error(), "headers_to_sign: x-a is there twice") {
			t.Errorf("a header twice: %v", err)
		}
	})
}
