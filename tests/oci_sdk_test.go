package tests

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/common"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// oracleKey gives Oracle's SDK the key of Oracle's documentation.
type oracleKey struct{ key *rsa.PrivateKey }

const oracleID = "ocid1.tenancy.oc1..demo/ocid1.user.oc1..demo-not-a-user/20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34"

func (k oracleKey) PrivateRSAKey() (*rsa.PrivateKey, error) { return k.key, nil }
func (k oracleKey) KeyID() (string, error)                  { return oracleID, nil }

// Oracle's own signer for Go and ours make the same Authorization, and vendorsim takes it. What its SDK puts into a request before it
// signs it, a client of the gateway does not: Date, and Content-Length as a header. Its signer hashes the bodies of POST and PUT; that of
// PATCH is hashed in its later versions, as here, so there is no PATCH in this test. It signs Content-Type even where there is none; here it is
// always there.
func TestOraclesOwnSigner(t *testing.T) {
	credential := vendorsim.DemoCredential("oci", "")
	block, _ := pem.Decode([]byte(credential["private_key"]))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer := common.DefaultRequestSigner(oracleKey{key})
	both(t, func(t *testing.T, d drive) {
		n := 2000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 200
		}
		sign, err := d.Signer("oci", []byte(`{"key_id":"`+oracleID+`","private_key":`+quotedText(credential["private_key"])+`}`))
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(20, uint64(n)))
		var now time.Time
		judge, err := vendorsim.New("oci", vendorsim.Config{Credential: credential, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			now = time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
			host := "iaas." + []string{"eu-frankfurt-1", "us-phoenix-1"}[r.IntN(2)] + ".oraclecloud.com"
			target := "/20160918/" + awsText(r) + []string{"", "?", "?a=" + awsText(r) + "&b=" + awsText(r)}[r.IntN(3)]
			method := []string{"GET", "POST", "PUT", "DELETE", "HEAD"}[r.IntN(5)]
			body := ""
			if method[0] == 'P' {
				body = strings.Repeat("b", r.IntN(4))
			}
			request, err := http.NewRequest(method, "https://"+host+target, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json; charset=utf-8")
			header := request.Header.Clone()
			request.Header.Set("Date", now.Format(http.TimeFormat))
			request.Header.Set("Content-Length", string(rune('0'+len(body))))
			if err := signer.Sign(request); err != nil {
				t.Fatal(err)
			}
			signed, _, canonical, _, err := sign(method, host, target, header, []byte(body), now, "", "", "")
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			for _, name := range []string{"Authorization", "Date", "X-Content-Sha256"} {
				if got, want := signed.Get(name), request.Header.Get(name); got != want {
					t.Fatalf("request %d: %s %s: %s is\n%s, by Oracle's signer\n%s\n%s", i, method, target, name, got, want, canonical)
				}
			}
			a := judge.Check(&vendorsim.Request{Method: method, Host: host, Target: target, Header: request.Header, Body: []byte(body)})
			if !a.Accepted {
				t.Fatalf("request %d: %s %s by Oracle's signer is refused: %s", i, method, target, a.Reason)
			}
		}
	})
}
