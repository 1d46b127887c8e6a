package presets

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// An option that is sent with text behind it must not have the first character of that text in it: the vendor would cut it there. Of
// [[opt.username]]:[[opt.password]] that is the colon, as RFC 7617, section 2, says.
func TestEachOptionSaysWhatEndsItWhereItIsSent(t *testing.T) {
	found := 0
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		apart := make(map[string]string)
		for _, o := range p.Options {
			apart[o.Name] = o.Apart
			if name == "bearer" && o.Name == "prefix" {
				apart[o.Name] = " " // a vendor may want two words before the token
			}
			if o.Check == "dns_label" || o.Check == "host" || len(o.Values) > 0 {
				apart[o.Name] = ":/;,&" // it has none of them anyway
			}
		}
		for _, operations := range append(stepsOf(t, p), p.Operations) {
			templates, err := program.Templates(operations)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, sent := range templates {
				for option, end := range endsOf(sent.Parts) {
					found++
					if !strings.Contains(apart[option], end) {
						t.Errorf("%s: %s of %s ends at %q, and may contain it: apart is %q", name, option, sent.Name, end, apart[option])
					}
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d options have text behind them", found)
	}
}

// endsOf are the options of a row that are sent with text behind them, with the first character of that text.
func endsOf(parts []program.TemplatePart) map[string]string {
	ends := make(map[string]string)
	for i, part := range parts {
		for option, end := range endsOf(part.Parts) {
			ends[option] = end
		}
		for _, filter := range part.Filters {
			name, _, _ := strings.Cut(filter, ":")
			if name != "reveal" && name != "after" && name != "lower" {
				part.Value = ""
			}
		}
		if option, ok := strings.CutPrefix(part.Value, "opt."); ok && i+1 < len(parts) && parts[i+1].Text != "" {
			ends[option] = parts[i+1].Text[:1]
		}
	}
	return ends
}

// stepsOf are the operations of the steps of a login.
func stepsOf(t *testing.T, p *Preset) [][]string {
	var token struct {
		Login struct {
			Steps []struct {
				Operations []string `json:"operations"`
			} `json:"steps"`
		} `json:"login"`
	}
	if len(p.Token) == 0 || json.Unmarshal(p.Token, &token) != nil { // a list of ways has no login
		return nil
	}
	var all [][]string
	for _, step := range token.Login.Steps {
		all = append(all, step.Operations)
	}
	return all
}

func TestAValueThatWouldBeCutWhereItIsSentIsAFault(t *testing.T) {
	for _, test := range []struct {
		vendor string
		values signers.Values
		want   string
	}{
		{"basic", signers.Values{"username": {"acme:reader"}, "password": {"a:b"}}, `username contains ":", which ends it where it is sent`},
		{"basic", signers.Values{"username": {"acme reader"}, "password": {"a:b"}}, ""},
		{"tenable", signers.Values{"access_key": {"a;b"}, "secret_key": {"s"}}, `access_key contains ";", which ends it where it is sent`},
		{"tenable_sc", signers.Values{"access_key": {"a"}, "secret_key": {"s;"}}, `secret_key contains ";", which ends it where it is sent`},
		{"tencent", signers.Values{"secret_id": {"a/b"}, "secret_key": {"s"}, "service": {"cvm"}}, `secret_id contains "/", which ends it where it is sent`},
		{"jamf_basic", signers.Values{"username": {"a:b"}, "password": {"s"}}, `username contains ":", which ends it where it is sent`},
		{"watchguard", signers.Values{"client_id": {"a:b"}, "client_secret": {"s"}, "application_key": {"k"}, "basic_encoding": {"raw"}},
			`client_id contains ":", which ends it with basic_encoding raw`},
		{"vectra", signers.Values{"client_id": {"a:b"}, "client_secret": {"s:t"}, "basic_encoding": {"raw"}},
			`client_id contains ":", which ends it with basic_encoding raw`},
		{"vectra", signers.Values{"client_id": {"ab"}, "client_secret": {"s:t"}, "basic_encoding": {"raw"}}, ""},
		{"withsecure", signers.Values{"client_id": {"a:b"}, "client_secret": {"s"}}, ""}, // it is sent as %3A
		{"azure_servicebus", signers.Values{"key_name": {"a&se=1"}, "key": {"k"}}, `key_name contains "&", which ends it where it is sent`},
		{"cyberark_pam", signers.Values{"username": {"a"}, "password": {"b"}, "logon_type": {"Cyberark/Logon"}},
			"logon_type must be one word of letters, digits, - and _"},
		{"cyberark_pam", signers.Values{"username": {"a"}, "password": {"b"}, "logon_type": {"radius"}}, ""},
	} {
		scheme, err := signers.Lookup(test.vendor)
		if err != nil {
			t.Fatal(err)
		}
		_, faults := scheme.Signer(test.values)
		text := ""
		for _, f := range faults {
			text += f.Text
		}
		if text != test.want {
			t.Errorf("%s: %q, want %q", test.vendor, text, test.want)
		}
	}
}
