package tests

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
)

// rsaFile makes a key as a file has it.
func rsaFile(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// oracleMessage is a request that both sign alike.
func oracleMessage(r *mathrand.Rand) (method, target string, header http.Header, body []byte) {
	method = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}[r.IntN(6)]
	target = "/" + awsText(r) + []string{"", "/", "//", "/;a=b:@!$'()*+~"}[r.IntN(4)] + awsText(r)
	if r.IntN(2) == 0 {
		target += "?" + awsText(r) + "=" + awsText(r) + "&a=b+c"
	}
	header = http.Header{"X-Custom": {fmt.Sprintf(`a  "value" %d`, r.IntN(100))}, "X-Lines": {"one", "two,three"}, "Content-Type": {"text/plain"}}
	body = []byte(strings.Repeat("bä", r.IntN(4)))
	return method, target, header, body
}

// oracleKey is a key of a user for Oracle's SDK.
type oracleKey struct {
	*rsa.PrivateKey
	id string
}

func (k oracleKey) PrivateRSAKey() (*rsa.PrivateKey, error) { return k.PrivateKey, nil }

func (k oracleKey) KeyID() (string, error) { return k.id, nil }

// RSA with PKCS #1 v1.5 has one signature of a text, so that of Oracle's SDK is the same to the byte. Where they differ:
//
//   - The SDK signs whatever Content-Type there is, an empty one too; here application/json is set where a body is signed and there is none.
//   - It signs the bodies of Object Storage's uploads unless its client says otherwise; its client for Object Storage does, as here.
//   - It signs the path as Go writes it; requests have paths that Go leaves alone.
func TestOraclesOwnSignerSignsTheSame(t *testing.T) {
	key, text := rsaFile(t)
	both(t, func(t *testing.T, d drive) {
		n := 4000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 300
		}
		r := mathrand.New(mathrand.NewPCG(65, uint64(n)))
		user := map[string]any{"private_key": text, "tenancy": "ocid1.tenancy.oc1..a", "user": "ocid1.user.oc1..b", "fingerprint": "20:3b:97"}
		session := map[string]any{"private_key": text, "session_token": "eyJ.token-_"}
		var signed [2]signFunc
		for i, config := range []map[string]any{user, session} {
			encoded, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			if signed[i], err = d.Signer("oci", encoded); err != nil {
				t.Fatal(err)
			}
		}
		withBody := 0
		for i := range n {
			method, target, header, body := oracleMessage(r)
			host, upload := "iaas.us-phoenix-1.oraclecloud.com", false
			if r.IntN(4) == 0 {
				host, target = "objectstorage.us-phoenix-1.oraclecloud.com", "/n/space/b/bucket/o"+target
				upload = method == "PUT"
			}
			at := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
			date := at.Format(http.TimeFormat)
			request, err := http.NewRequest(method, "https://"+host+target, strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			request.Header = header.Clone()
			request.Header.Set("Date", date)
			own := oracleKey{key, "ocid1.tenancy.oc1..a/ocid1.user.oc1..b/20:3b:97"}
			if i%2 == 1 {
				own.id = "ST$eyJ.token-_"
			}
			signer := common.DefaultRequestSigner(own)
			if upload {
				signer = common.RequestSignerExcludeBody(own)
			}
			if err := signer.Sign(request); err != nil {
				t.Fatal(err)
			}
			got, _, canonical, _, err := signed[i%2](method, host, target, header, body, at, date, "", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"Authorization", "Date", "X-Content-Sha256"} {
				if got.Get(name) != request.Header.Get(name) {
					t.Fatalf("request %d: %s %s%s %q is signed with %s\n%s, by Oracle's SDK\n%s\nwhat is signed is\n%s", i, method, host, target, header, name,
						got.Get(name), request.Header.Get(name), canonical)
				}
			}
			if got.Get("X-Content-Sha256") != "" {
				withBody++
			}
		}
		if withBody < n/4 || withBody > n*3/4 {
			t.Errorf("%d of %d bodies were signed", withBody, n)
		}
	})
}
