package tests

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	cavage "github.com/42wim/httpsig"
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

// cavageMessage is a request that cavage signs. github.com/42wim/httpsig, a kept fork of go-fed's library for the Fediverse, differs from
// the draft in these, which requests avoid:
//
//   - It writes the path in (request-target) as it is decoded, where the draft takes the path of HTTP/2, which is as it is sent.
//   - It ends a parameter at each comma.
//   - It ignores the algorithm that the header names, so the test hands it the right one; of hs2019 it has none with SHA-512 by ECDSA or
//     RSASSA-PSS, so HMAC with SHA-512 and Ed25519 stand for it.
func cavageMessage(r *mathrand.Rand) (method, target string, header http.Header, body []byte, lines []string) {
	method = []string{"GET", "POST", "PUT", "DELETE"}[r.IntN(4)]
	target = "/" + awsText(r) + []string{"", "/", "//", "/;a=b:@!$'()*+~"}[r.IntN(4)] + awsText(r)
	if r.IntN(2) == 0 {
		target += "?" + awsText(r) + "=" + awsText(r) + "&a=b+c"
	}
	header = http.Header{"X-Custom": {fmt.Sprintf(`a  "value" %d`, r.IntN(100))}, "X-Lines": {"one", "two,three"}, "Content-Type": {"text/plain"}}
	body = []byte(strings.Repeat("bä", r.IntN(4)))
	all := []string{"(request-target)", "host", "date", "digest", "x-custom", "x-lines", "content-type"}
	for _, i := range r.Perm(len(all))[:1+r.IntN(len(all))] {
		lines = append(lines, all[i])
	}
	return method, target, header, body, lines
}

func TestACavageLibraryVerifiesWhatIsSignedAndNothingElse(t *testing.T) {
	key, text := rsaFile(t)
	edwards := messageKeys(t)[0]
	secret := []byte("a secret of thirty-two bytes, now")
	shared := base64.StdEncoding.EncodeToString(secret)
	kinds := []struct {
		algorithm, option, text string
		public                  crypto.PublicKey
		name                    cavage.Algorithm
	}{
		{"rsa-sha256", "private_key", text, &key.PublicKey, cavage.RSA_SHA256},
		{"hmac-sha256", "shared_secret", shared, secret, cavage.HMAC_SHA256},
		{"hs2019", "shared_secret", shared, secret, cavage.HMAC_SHA512},
		{"hs2019", "private_key", edwards.text, edwards.public, cavage.ED25519},
	}
	both(t, func(t *testing.T, d drive) {
		n := 4000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 300
		}
		r := mathrand.New(mathrand.NewPCG(12, uint64(n)))
		changes := map[string]int{}
		for i := range n {
			kind := kinds[i%len(kinds)]
			method, target, header, body, lines := cavageMessage(r)
			if slices.Contains(lines, "(request-target)") {
				_, query, _ := strings.Cut(target, "?")
				target = strings.TrimSuffix("/plain//path;a=b,c:@!$'()*+~?"+query, "?")
			}
			if kind.algorithm == "hs2019" {
				lines = append([]string{"(created)", "(expires)"}[:r.IntN(3)], lines...)
			}
			config, err := json.Marshal(map[string]any{"key_id": "a-key", "algorithm": kind.algorithm, kind.option: kind.text, "headers": lines,
				"header": []string{"Signature", "Authorization"}[r.IntN(2)]})
			if err != nil {
				t.Fatal(err)
			}
			sign, err := d.Signer("cavage", config)
			if err != nil {
				t.Fatalf("%s: %v", config, err)
			}
			at := time.Now()
			added, _, canonical, _, err := sign(method, "host.example", target, header, body, at, at.UTC().Format(http.TimeFormat), "", "")
			if err != nil {
				t.Fatalf("request %d: %s %s: %v", i, method, target, err)
			}
			for name, values := range added {
				header[name] = values
			}
			verify := func(method, host, target string, header http.Header) error {
				request, err := http.NewRequest(method, "https://"+host+target, nil)
				if err != nil {
					return err
				}
				request.Header = header.Clone() // the library adds Host
				verifier, err := cavage.NewVerifier(request)
				if err != nil {
					return err
				}
				if verifier.KeyId() != "a-key" {
					return fmt.Errorf("the key is %q", verifier.KeyId())
				}
				return verifier.Verify(kind.public, kind.name)
			}
			if err := verify(method, "host.example", target, header); err != nil {
				t.Fatalf("request %d: %s %s %q is not verified: %v; what is signed is\n%s", i, method, target, header, err, canonical)
			}
			for _, line := range lines {
				method, host, target, header := method, "host.example", target, header.Clone()
				proof := "Signature"
				if header.Get(proof) == "" {
					proof = "Authorization"
				}
				switch line {
				case "(request-target)":
					target = "/x" + target
				case "host":
					host = "other.example"
				case "(created)", "(expires)":
					number := strings.Trim(line, "()") + "="
					header.Set(proof, strings.Replace(header.Get(proof), number+"17", number+"16", 1))
				case "x-lines":
					slices.Reverse(header["X-Lines"])
				default:
					header.Set(line, header.Get(line)+"x")
				}
				changes[line]++
				if err := verify(method, host, target, header); err == nil {
					t.Fatalf("request %d with %s is verified after a change of %s", i, config, line)
				}
			}
		}
		if len(changes) != 9 {
			t.Errorf("the changes that were tried are %v", changes)
		}
	})
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
			method, target, header, body, _ := cavageMessage(r)
			method = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}[r.IntN(6)]
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
