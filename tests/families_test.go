package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/vendorsim"
)

const bucketFamily = "*.s3.eu-west-1.amazonaws.com"

// familyBlock is a configuration for S3 with hosts.
func familyBlock(hosts ...any) map[string]any {
	return map[string]any{"aws": map[string]any{"host": hosts, "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "key", "region": "eu-west-1",
		"service": "s3"}}
}

func TestARequestIsSignedForABucketOfTheFamilyThatItsHostNames(t *testing.T) {
	const base = "s3.eu-west-1.amazonaws.com"
	tests := []struct {
		name  string
		hosts []any
		host  string
		sent  string // empty: it is refused
	}{
		{"a bucket", []any{bucketFamily}, "reports.s3.eu-west-1.amazonaws.com", "reports.s3.eu-west-1.amazonaws.com"},
		{"in capitals", []any{bucketFamily}, "Reports.S3.EU-west-1.amazonaws.com", "reports.s3.eu-west-1.amazonaws.com"},
		{"with the gateway's port", []any{bucketFamily}, "reports.s3.eu-west-1.amazonaws.com:8080", "reports.s3.eu-west-1.amazonaws.com"},
		{"the family's own name", []any{bucketFamily}, base, ""},
		{"the family's own name, which is listed too", []any{bucketFamily, base}, base, base},
		{"a bucket, beside the family's own name", []any{base, bucketFamily}, "b1.s3.eu-west-1.amazonaws.com", "b1.s3.eu-west-1.amazonaws.com"},
		{"two labels", []any{bucketFamily}, "a.b.s3.eu-west-1.amazonaws.com", ""},
		{"an empty label", []any{bucketFamily}, ".s3.eu-west-1.amazonaws.com", ""},
		{"the pattern itself", []any{bucketFamily}, bucketFamily, ""},
		{"a hyphen at an end", []any{bucketFamily}, "-a.s3.eu-west-1.amazonaws.com", ""},
		{"another region", []any{bucketFamily}, "reports.s3.eu-west-2.amazonaws.com", ""},
		{"a name that ends like it", []any{bucketFamily}, "reports.evils3.eu-west-1.amazonaws.com", ""},
		{"a name that goes on", []any{bucketFamily}, "reports.s3.eu-west-1.amazonaws.com.evil.example", ""},
		{"the root's dot", []any{bucketFamily}, "reports.s3.eu-west-1.amazonaws.com.", ""},
		{"a user name", []any{bucketFamily}, "evil@reports.s3.eu-west-1.amazonaws.com", ""},
		{"no host", []any{bucketFamily}, "", ""},
	}
	judge, err := vendorsim.New("aws", vendorsim.Config{Credential: map[string]string{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "key",
		"region": "eu-west-1", "service": "s3"}})
	if err != nil {
		t.Fatal(err)
	}
	eachPlugin(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			var got *http.Request
			handler, err := p.New(familyBlock(test.hosts...), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			for _, unusual := range []string{"", "v"} {
				r, a := shortRequest(t, "GET", "/key", unusual, false), httptest.NewRecorder()
				r.Host, got = test.host, nil
				handler.ServeHTTP(a, r)
				switch {
				case test.sent == "" && (got != nil || a.Code != http.StatusMisdirectedRequest):
					t.Errorf("%s: left %v, answered %d %s; want 421", test.name, got != nil, a.Code, a.Body)
				case test.sent != "" && got == nil:
					t.Errorf("%s: refused with %d %s", test.name, a.Code, a.Body)
				case test.sent != "" && got.Host != test.sent:
					t.Errorf("%s: sent to %q; want %q", test.name, got.Host, test.sent)
				case test.sent != "":
					arrived := &vendorsim.Request{Method: got.Method, Host: got.Host, Target: got.RequestURI, Header: got.Header}
					if verdict := judge.Check(arrived); !verdict.Accepted {
						t.Errorf("%s: the judge refuses it: %s", test.name, verdict.Reason)
					}
				}
			}
		}
	})
}

func TestOnlyFamiliesOfTheVendorsOwnHostsAreLoaded(t *testing.T) {
	tests := []struct {
		host string
		ok   bool
	}{
		{bucketFamily, true},
		{"*.S3.eu-west-1.amazonaws.com", true},
		{"*.s3.cn-north-1.amazonaws.com.cn", true},
		{"*.s3.eu-west-1.api.aws", true},
		{"*.execute-api.eu-west-1.amazonaws.com", false}, // see below
		{"*.amazonaws.com", false},
		{"*.s3.amazonaws.com", false},
		{"*.eu-west-1.amazonaws.com", false},
		{"*.s3.eu-west-1.amazonaws.com:443", false},
		{"*.execute-api.cn-north-1.amazonaws.com.cn", false},
		{"*.s3.evil-1.example.com", false},
		{"*.s3..amazonaws.com", false},
		{"*.s3.-.amazonaws.com", false},
		{"*.*.s3.eu-west-1.amazonaws.com", false},
		{"a*.s3.eu-west-1.amazonaws.com", false},
		{"*s3.eu-west-1.amazonaws.com", false},
		{"*", false},
		{"*.", false},
	}
	eachPlugin(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			_, err := p.New(familyBlock(test.host), http.NotFoundHandler())
			if test.ok && err != nil || !test.ok && (err == nil || !strings.Contains(err.Error(), "host ")) {
				t.Errorf("%s: %v; want loaded: %v", test.host, err, test.ok)
			}
		}
		_, err := p.New(map[string]any{"carbonblack": map[string]any{"host": "*.s3.eu-west-1.amazonaws.com", "apiId": "a", "apiSecretKey": "b"}},
			http.NotFoundHandler())
		if err == nil {
			t.Error("a vendor without families was loaded with one")
		}
		shared := familyBlock("*.execute-api.eu-west-1.amazonaws.com")
		if _, err := p.New(shared, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), "clientHosts is required") {
			t.Errorf("a family in which others have hosts: %v", err)
		}
		shared["aws"].(map[string]any)["clientHosts"] = "a1.example,*.execute-api.eu-west-1.amazonaws.com"
		if _, err := p.New(shared, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), "without *.") {
			t.Errorf("a family in which others have hosts, and clients may name each: %v", err)
		}
		shared["aws"].(map[string]any)["clientHosts"] = "a1.execute-api.eu-west-1.amazonaws.com"
		if _, err := p.New(shared, http.NotFoundHandler()); err != nil {
			t.Errorf("a family in which others have hosts, and the own ones are listed: %v", err)
		}
	})
}

func TestAFamilyBindsTheConnectionsOfItsMembersOnly(t *testing.T) {
	tests := []struct {
		address string
		bound   bool
	}{
		{"reports.s3.eu-west-1.amazonaws.com", true},
		{"reports.s3.eu-west-1.amazonaws.com:443", true},
		{"REPORTS.s3.eu-west-1.amazonaws.com", true},
		{"s3.eu-west-1.amazonaws.com:443", false},
		{"a.b.s3.eu-west-1.amazonaws.com:443", false},
		{"reports.s3.eu-west-2.amazonaws.com:443", false},
		{"*.s3.eu-west-1.amazonaws.com:443", false},
		{"", false},
	}
	both(t, func(t *testing.T, d drive) {
		_, bound, err := d.Watch("aws", []byte(`{"access_key_id":"AKIDEXAMPLE","secret_access_key":"key","region":["eu-west-1"],"service":["s3"]}`),
			[]byte(`{"host":["`+bucketFamily+`"]}`), func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			if got := bound(test.address); got != test.bound {
				t.Errorf("%q is bound: %v, want %v", test.address, got, test.bound)
			}
		}
	})
}
