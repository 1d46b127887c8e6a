package modules

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	bucket = "reports.s3.eu-west-1.amazonaws.com"
	family = "*.s3.eu-west-1.amazonaws.com"
)

// familyForms are a handler and a transport behind an upstream with TLS, where reverse_proxy writes the upstream's name over the Host.
var familyForms = map[string]string{
	"handler":   "\tvendorsign aws {\nBLOCK\t}\n\treverse_proxy https://UP {\nMORE\t\ttransport http {\n\t\t\ttls_insecure_skip_verify\n\t\t}\n\t}\n}\n",
	"transport": "\treverse_proxy https://UP {\nMORE\t\ttransport vendorsign aws {\nBLOCK\t\t\ttls_insecure_skip_verify\n\t\t}\n\t}\n}\n",
}

// familyBlock are the options of a signer for S3 with these hosts.
func familyBlock(hosts, more string) string {
	return "access_key_id AKIDNEW\nsecret_access_key canary\nregion eu-west-1\nservice s3\ninsecure_upstream\nhost " + hosts + "\n" + more
}

func TestTheClientsHostSaysWhichMemberOfAFamilyIsMeant(t *testing.T) {
	tests := []struct {
		name, hosts, block, proxy, asked string
		sent                             string // empty: 421
	}{
		{"a bucket", family + " localhost", "", "", bucket, bucket},
		{"a bucket that the client may name", family + " localhost", "client_hosts " + bucket + "\n", "", bucket, bucket},
		{"one that it may not", family + " localhost", "client_hosts " + bucket + "\n", "", "b2" + bucket, ""},
		{"the upstream's name", family + " localhost", "", "", "localhost", "localhost"},
		{"a name of the gateway", family + " localhost", "", "", "s3.internal", ""},
		{"another region", family + " localhost", "", "", "b.s3.eu-west-2.amazonaws.com", ""},
		{"a bucket that the operator sets", family + " localhost", "", "\t\theader_up Host " + bucket + "\n", "s3.internal", bucket},
		{"one host: whatever the client says", "localhost", "", "", bucket, "localhost"},
		{"several hosts without a family", "localhost vendor.example", "", "", "s3.internal", "localhost"},
	}
	for form, site := range familyForms {
		for _, test := range tests {
			t.Run(form+", "+test.name, func(t *testing.T) {
				arrived := make(chan string, 9)
				vendor := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { arrived <- r.Host }))
				defer vendor.Close()
				up := strings.Replace(vendor.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
				replace := strings.NewReplacer("BLOCK", familyBlock(test.hosts, test.block), "UP", up, "MORE", test.proxy)
				c := run(t, anyHost+replace.Replace(site), http.NotFoundHandler())
				r, err := http.NewRequest("GET", "http://"+c.site+"/secret-bucket/key", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = test.asked
				response, body := ask(t, r)
				got := strings.Join(received(arrived), ", ")
				if test.sent == "" && (got != "" || response.StatusCode != http.StatusMisdirectedRequest) {
					t.Errorf("answered %d %s, sent to %q; want 421", response.StatusCode, body, got)
				}
				if test.sent != "" && got != test.sent {
					t.Errorf("answered %d %s, sent to %q; want %q", response.StatusCode, body, got, test.sent)
				}
			})
		}
	}
}

func TestTheCredentialBeforeIsTriedAtTheMemberThatTheRequestWasFor(t *testing.T) {
	for form, site := range familyForms {
		t.Run(form, func(t *testing.T) {
			arrived := make(chan string, 9)
			vendor := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				key, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
				arrived <- key + " " + r.Host
				if key == "AKIDNEW" {
					w.WriteHeader(http.StatusForbidden)
					w.Write([]byte("<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code></Error>"))
				}
			}))
			defer vendor.Close()
			previous := "previous {\naccess_key_id AKIDOLD\nsecret_access_key older\nregion eu-west-1\nservice s3\n}\n"
			up := strings.Replace(vendor.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
			replace := strings.NewReplacer("BLOCK", familyBlock(family+" localhost", previous), "UP", up, "MORE", "")
			c := run(t, anyHost+replace.Replace(site), http.NotFoundHandler())
			r, err := http.NewRequest("GET", "http://"+c.site+"/key", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = bucket
			response, body := ask(t, r)
			seen := received(arrived)
			if response.StatusCode != http.StatusOK {
				t.Errorf("answered %d %s after %q", response.StatusCode, body, seen)
			}
			for _, one := range seen {
				if !strings.HasSuffix(one, " "+bucket) {
					t.Errorf("one was for another host: %q", seen)
				}
			}
		})
	}
}

// received is what has arrived until now.
func received(arrived chan string) (all []string) {
	for len(arrived) > 0 {
		all = append(all, <-arrived)
	}
	return all
}
