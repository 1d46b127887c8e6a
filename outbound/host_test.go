package outbound

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// A repetition or a probe is not admitted again, but a file may have brought other hosts since: a family is no host to send to.
func TestNothingIsSentToAFamilyOfHosts(t *testing.T) {
	for _, hosts := range [][]string{{"*.s3.eu-west-1.amazonaws.com"}, {"s3.us-east-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com"}} {
		checkFamily(t, hosts)
	}
}

func checkFamily(t *testing.T, hosts []string) {
	t.Helper()
	gate := newTestGate(t, "aws", signers.Values{"access_key_id": {"AKIDEXAMPLE"}, "secret_access_key": {"key"}, "region": {"eu-west-1"}, "service": {"s3"},
		"host": hosts})
	for _, test := range []struct{ host, kind, sent string }{
		{"b.s3.eu-west-1.amazonaws.com", "", "b.s3.eu-west-1.amazonaws.com"},
		{"s3.eu-west-1.amazonaws.com", kindWrongHost.name, ""},
		{"*.s3.eu-west-1.amazonaws.com", kindWrongHost.name, ""},
	} {
		for _, again := range []Snapshot{{repeated: true}, {probe: true}, {}} {
			s := *gate.Begin(gate.Now())
			s.repeated, s.probe = again.repeated, again.probe
			r := &http.Request{Method: http.MethodGet, Host: test.host, Header: make(http.Header), Body: http.NoBody}
			kind := ""
			signed := Sign(&s, r, "/key")
			if signed.Problem != nil {
				kind = signed.Problem.Kind
			}
			if kind != test.kind || kind == "" && r.Host != test.sent {
				t.Errorf("%s for %s, repeated %v, probe %v: %q, sent to %s", hosts, test.host, s.repeated, s.probe, kind, r.Host)
			}
		}
	}
}

func TestAFamilyIsKnownBeforeItsCredentialIsThere(t *testing.T) {
	gate := newTestGate(t, "aws", signers.Values{"access_key_id": {"AKIDEXAMPLE"}, "secret_access_key": {"key"}, "region": {"eu-west-1"},
		"service": {"s3"}, "host": {"*.S3.eu-west-1.amazonaws.com", "{file./nonexistent/host}"}})
	for address, want := range map[string]bool{"b.s3.eu-west-1.amazonaws.com:443": true, "B.s3.eu-west-1.amazonaws.com.": true,
		"a.b.s3.eu-west-1.amazonaws.com": false, "b.s3.eu-west-2.amazonaws.com": false} {
		if gate.Names(address) != want {
			t.Errorf("%s is named: %v", address, !want)
		}
	}
}

func TestAHostIsANameWithoutCommasAndStrangeCharacters(t *testing.T) {
	for host, want := range map[string]string{
		"a.example,b.example": "host contains a comma: separate names by blanks",
		"a!.example":          "host contains a character that no name of a host has",
		"a.example;b":         "host contains a character that no name of a host has",
		"A_b-1.example.:8443": "",
		"[2001:db8::1]:443":   "",
		"2001:db8::1":         "",
		"10.0.0.5":            "",
		"2001:db8::0":         "",
		"a..example":          "host must have 1 to 63 characters between its dots",
		".example":            "host must have 1 to 63 characters between its dots",
		".":                   "host must have 1 to 63 characters between its dots",
		"..:443":              "host must have 1 to 63 characters between its dots",
		"a.example..":         "host must have 1 to 63 characters between its dots",
		"a.example:0":         "host must have a port from 1 to 65535",
		"a.example:65536":     "host must have a port from 1 to 65535",
		"[2001:db8::1]:99999": "host must have a port from 1 to 65535",
		"a.example:65535":     "",

		strings.Repeat("a", 64) + ".example": "host must have 1 to 63 characters between its dots",
	} {
		_, err := checkHosts([]string{host}, nil)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", host, err)
		}
	}
}
