package vendors_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// modes are all ways to sign, each with the hash that it cannot do without.
var modes = []struct {
	name    string
	config  config
	hash    func() hash.Hash // nil: nothing is hashed
	message *signers.Message
}{
	{"darktrace", conf("darktrace", "public_token", "0123456789abcdef0123456789abcdef01234567", "private_token", "89abcdef0123456789abcdef0123456789abcdef"),
		keyed(sha1.New), get("/devices")},
	{"darktrace-query", conf("darktrace", "public_token", "0123456789abcdef0123456789abcdef01234567", "private_token", "89abcdef0123456789abcdef0123456789abcdef"),
		keyed(sha1.New), get("/modelbreaches?starttime=1702615541159&endtime=1702715541159&minscore=0.5")},
	{"darktrace-post", conf("darktrace", "public_token", "0123456789abcdef0123456789abcdef01234567", "private_token", "89abcdef0123456789abcdef0123456789abcdef"),
		keyed(sha1.New), post("/tags", `{"name":"Active Threat","data":{"auto":false,"color":131,"description":""}}`)},
	{"darktrace-query-post", conf("darktrace", "public_token", "0123456789abcdef0123456789abcdef01234567", "private_token", "89abcdef0123456789abcdef0123456789abcdef"),
		keyed(sha1.New), post("/tags?b=2&a=1", `{"name":"Active Threat"}`)},
	{"darktrace-iso", conf("darktrace", "public_token", "0123456789abcdef0123456789abcdef01234567", "private_token", "89abcdef0123456789abcdef0123456789abcdef", "date_format", "iso"),
		keyed(sha1.New), get("/devices")},
	{"darktrace-decoded", conf("darktrace", "public_token", "0123456789abcdef0123456789abcdef01234567", "private_token", "89abcdef0123456789abcdef0123456789abcdef", "sign_query", "decoded"),
		keyed(sha1.New), get("/devices?tag=Active%20Threat")},
	{"duo-5", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"),
		keyed(newSHA512), get("/admin/v1/users?limit=100&offset=0")},
	{"duo-5-post", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"),
		keyed(newSHA512), post("/admin/v2/policies", `{"policy_name":"strict","sections":{"authentication_methods":{"allowed_auth_list":["duo-push"]}}}`)},
	{"duo-4", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep", "signature_version", "4"),
		keyed(newSHA512), get("/admin/v1/users?limit=100&offset=0")},
	{"duo-2", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep", "signature_version", "2"),
		keyed(newSHA512), get("/admin/v1/users?limit=100&offset=0")},
	{"duo-2-sha1", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep", "signature_version", "2", "digest", "sha1"),
		keyed(sha1.New), get("/admin/v1/users?limit=100&offset=0")},
	{"duo-5-unsorted", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"),
		keyed(newSHA512), get("/admin/v1/users?offset=0&limit=100&username=J%2fD+x")},
	{"duo-5-xduodate", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep", "date_header", "x-duo-date"),
		keyed(newSHA512), get("/admin/v1/users?limit=100&offset=0")},
	{"duo-2-unsorted", conf("duo", "integration_key", "DIWJ8X6AEYOR5OMC6TQ1", "secret_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep", "signature_version", "2"),
		keyed(newSHA512), get("/admin/v1/users?offset=0&limit=100&username=J%2fD+x")},
	{"threatconnect", conf("threatconnect", "access_id", "18581640813874172000", "secret_key", "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"),
		keyed(sha256.New), get("/api/v3/indicators?tql=typeName%20EQ%20%22Host%22")},
	{"cortex-advanced", conf("cortex", "api_key_id", "7", "api_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4EpZh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"),
		sha256.New, get("/public_api/v1/healthcheck")},
	{"cortex-standard", conf("cortex", "api_key_id", "7", "api_key", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep", "key_type", "standard"),
		nil, get("/public_api/v1/healthcheck")},
	{"threatconnect-token", conf("threatconnect", "token", "APIV2:2:EXAMPLE:1735689600000:eyJhbGciOiJ"),
		nil, get("/api/v3/indicators")},
	{"carbonblack-bearer", conf("carbonblack", "oauth_app_id", "app", "oauth_app_secret", "ABCD1234EFABCD1234EFABCD"),
		nil, get("/appservices/v6/orgs/ABCD1234/devices/1")},
	{"carbonblack", conf("carbonblack", "api_id", "ABCD1234EF", "api_secret_key", "ABCD1234EFABCD1234EFABCD"),
		nil, get("/appservices/v6/orgs/ABCD1234/devices/1")},
}

func newSHA512() hash.Hash { return sha512.New() }

func keyed(h func() hash.Hash) func() hash.Hash {
	return func() hash.Hash { return hmac.New(h, []byte("89abcdef0123456789abcdef0123456789abcdef")) }
}

func get(target string) *signers.Message {
	return &signers.Message{Method: "GET", Host: "vendor.example.com", Target: target, Header: http.Header{"Accept": {"application/json"}}}
}

func post(target, body string) *signers.Message {
	return &signers.Message{Method: "POST", Host: "vendor.example.com", Target: target, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
}

// moment moves by a millisecond for each signature. As in a gateway, a thousand share the text of their second's date.
func moment(s signers.Signer, i int) *signers.Moment {
	return &signers.Moment{Date: s.Date(time.Unix(1767355200, int64(i)*1e6)), Time: time.Unix(1767355200, int64(i)*1e6), Token: "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3NjczNTUyMDB9.c2ln", Nonce: "KBJHFhMpKYolVviUsb6QL4PC6TMF3ctIJnlgolcAjq4nOtGqFhsTitF9Cg2NGN64"}
}

// BenchmarkSign is the cost of a signature. Its bound is the cost of the hash alone, BenchmarkHash.
func BenchmarkSign(b *testing.B) {
	for _, mode := range modes {
		b.Run(mode.name, func(b *testing.B) {
			s := newSigner(b, mode.config)
			at := moment(s, 0)
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				at.Time = at.Time.Add(time.Millisecond)
				if err := s.Sign(mode.message, at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHash is a reused MAC (with Cortex a hash) over the bytes that the mode signs.
func BenchmarkHash(b *testing.B) {
	for _, mode := range modes {
		if mode.hash == nil {
			continue
		}
		b.Run(mode.name, func(b *testing.B) {
			signer := newSigner(b, mode.config)
			text, err := canonical(b, signer, mode.message, moment(signer, 0))
			if err != nil {
				b.Fatal(err)
			}
			data, h, sum := []byte(text), mode.hash(), make([]byte, 0, 64)
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				h.Reset()
				h.Write(data)
				sum = h.Sum(sum[:0])
			}
		})
	}
}
