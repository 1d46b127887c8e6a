package tokens

import (
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

func TestAParameterWithAQuestionMarkIsLeftOutIfItIsEmpty(t *testing.T) {
	options := []program.Option{{Name: "client_id"}, {Name: "client_secret", Secret: true}, {Name: "member"}}
	for _, test := range []struct {
		name, declaration, member, want string
	}{
		{"set, in a form", `{"oauth2":{"token_url":"https://[[host]]/t","client_auth":"client_secret_post",
			"parameters":["a=1","member?=[[opt.member]]","z=[[opt.client_id]]"]}}`, "m 1&",
			"grant_type=client_credentials&client_id=id&client_secret=s%26&a=1&member=m+1%26&z=id"},
		{"empty, in a form", `{"oauth2":{"token_url":"https://[[host]]/t","client_auth":"client_secret_post",
			"parameters":["a=1","member?=[[opt.member]]","z=[[opt.client_id]]"]}}`, "",
			"grant_type=client_credentials&client_id=id&client_secret=s%26&a=1&z=id"},
		{"empty without a mark", `{"oauth2":{"token_url":"https://[[host]]/t","client_auth":"client_secret_post",
			"parameters":["member=[[opt.member]]"]}}`, "", "grant_type=client_credentials&client_id=id&client_secret=s%26&member="},
		{"set, in JSON", `{"oauth2":{"token_url":"https://[[host]]/t","client_auth":"client_secret_post","format":"json",
			"parameters":["member?=[[opt.member]]"]}}`, `"`,
			`{"grant_type":"client_credentials","client_id":"id","client_secret":"s&","member":"\""}`},
		{"empty, in JSON", `{"oauth2":{"token_url":"https://[[host]]/t","client_auth":"client_secret_post","format":"json",
			"parameters":["member?=[[opt.member]]"]}}`, "",
			`{"grant_type":"client_credentials","client_id":"id","client_secret":"s&"}`},
	} {
		declarations, err := Parse([]byte(test.declaration))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		m, err := Compile(declarations[0], options, nil, "", func(string) bool { return true })
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		values := map[string][]string{"client_id": {"id"}, "client_secret": {"s&"}}
		if test.member != "" {
			values["member"] = []string{test.member}
		}
		source, faults := m.Bind(values)
		if len(faults) > 0 {
			t.Fatalf("%s: %v", test.name, faults)
		}
		r, more, err := source.Next(&signers.TokenStep{Host: "vendor.example", Time: time.Unix(0, 0), Nonce: "n"})
		if err != nil || !more || r.Body != test.want {
			t.Errorf("%s: the body is %s, %v, want %s", test.name, r.Body, err, test.want)
		}
	}
}

func TestAParameterMustHaveANameAndAText(t *testing.T) {
	for _, parameter := range []string{"?=1", "=1", "a", "a??=1", "a?b=1", "a[=1"} {
		d := &Declaration{OAuth2: &OAuth2{TokenURL: "https://[[host]]/t", ClientAuth: "none", Parameters: []string{parameter}}}
		_, err := Compile(d, nil, nil, "", func(string) bool { return true })
		if err == nil || !strings.Contains(err.Error(), "parameters must be of the form NAME=TEXT or NAME?=TEXT") {
			t.Errorf("%s: %v", parameter, err)
		}
	}
}

// Another spelling was taken for form, so that a server that does not decode refused the credential.
func TestAnUnknownBasicEncodingIsRefused(t *testing.T) {
	options := []program.Option{{Name: "client_id"}, {Name: "client_secret", Secret: true}}
	for encoding, ok := range map[string]bool{"": true, "form": true, "raw": true, "Raw": false, "none": false} {
		d := &Declaration{OAuth2: &OAuth2{TokenURL: "https://[[host]]/t", BasicEncoding: encoding}}
		_, err := Compile(d, options, nil, "", func(string) bool { return true })
		if ok && err != nil || !ok && (err == nil || !strings.Contains(err.Error(), "basic_encoding must be form or raw")) {
			t.Errorf("%q: %v", encoding, err)
		}
	}
}
