package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// sdkCase is a random request, with what AWS's signer for Go makes of it.
type sdkCase struct {
	config         map[string]any
	method, target string
	header         http.Header // as a client sends it
	body           []byte
	at             time.Time
	signature      string // Authorization, or X-Amz-Signature of the query
}

// newSDKCase makes requests that both signers have to sign alike. Where they differ on purpose, a case avoids it or says so by options:
//
//   - AWS's signer covers the content's length, and any header but a few. Here signed_headers names such ones, since gateways change
//     them on the way.
//   - It sorts parameters as they are decoded, where AWS's documents sort them as they are encoded: names differ in their first letter.
//   - It does not normalise paths, which AWS does for all services but S3: paths have neither dots nor empty names.
//   - It signs S3's paths as they are written, which the SDK does in the one form that AWS has: so are these.
//   - It sends the query in order, with %20 for +; here the query goes out as it came, but for the +. Both sign the same.
//   - In a presigned request it moves X-Amz- headers into the query, unless it is told not to, as here.
//   - It signs tabs and line ends in values as they are; none can arrive.
func newSDKCase(t *testing.T, r *rand.Rand) sdkCase {
	t.Helper()
	const secret, token = "secret/key+", "token+/=="
	service := []string{"guardduty", "s3", "execute-api", "s3-outposts", "securityhub"}[r.IntN(5)]
	s3, mode := strings.HasPrefix(service, "s3"), []string{"header", "query", "re_sign"}[r.IntN(3)]
	c := sdkCase{config: map[string]any{"access_key_id": "AKIDEXAMPLE", "secret_access_key": secret, "region": "eu-west-1", "service": service,
		"signed_headers": []string{"content-length", "x-custom"}}}
	credential := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret}
	if r.IntN(2) == 0 {
		credential.SessionToken, c.config["session_token"] = token, token
	}
	c.target = "/" + awsText(r) + "/" + awsText(r) + []string{"", "/"}[r.IntN(2)]
	separator := "?"
	for _, letter := range r.Perm(20)[:r.IntN(4)] {
		value := awsText(r)
		c.target += separator + string(rune('a'+letter)) + awsText(r) + []string{"", "=", "=" + value, "=" + strings.ReplaceAll(value, "%20", "+")}[r.IntN(4)]
		separator = "&"
	}
	if r.IntN(4) == 0 { // values of one name
		c.target += separator + "z=2&z=1&z=&z=10"
	}
	c.body = []byte(strings.Repeat("b", r.IntN(3)))
	c.method = []string{"GET", "PUT", "POST", "DELETE"}[r.IntN(4)]
	c.at = time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
	request, err := http.NewRequest(c.method, "https://host.example"+c.target, strings.NewReader(string(c.body)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range r.IntN(3) {
		request.Header.Add("X-Amz-Meta-A", fmt.Sprintf(" a  b %d ", n))
	}
	if r.IntN(2) == 0 {
		request.Header.Set("Content-Type", "text/plain;  charset=utf-8")
	}
	if r.IntN(3) == 0 {
		request.Header.Set("X-Custom", " some   value")
	}
	c.header = request.Header.Clone()
	if len(c.body) > 0 {
		c.header.Set("Content-Length", fmt.Sprint(len(c.body)))
	}
	sum := sha256.Sum256(c.body)
	payload := hex.EncodeToString(sum[:])
	if s3 && (mode == "query" || r.IntN(2) == 0) {
		payload = "UNSIGNED-PAYLOAD"
		if mode == "re_sign" {
			c.header.Set("X-Amz-Content-Sha256", payload)
		} else {
			c.config["payload"] = "unsigned"
		}
	}
	ctx := context.Background()
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping, o.DisableHeaderHoisting = s3, true })
	if mode == "query" {
		c.config["placement"], c.config["expires_in"] = "query", "300s"
		request.URL.RawQuery += []string{"", "&"}[min(len(request.URL.RawQuery), 1)] + "X-Amz-Expires=300"
		link, _, err := signer.PresignHTTP(ctx, credential, request, payload, service, "eu-west-1", c.at)
		if err != nil {
			t.Fatal(err)
		}
		_, c.signature, _ = strings.Cut(link, "X-Amz-Signature=")
		return c
	}
	if s3 {
		request.Header.Set("X-Amz-Content-Sha256", payload)
	}
	if mode == "re_sign" { // the client has signed as well, with keys and at a time that mean nothing
		c.config["mode"], c.config["region"], c.config["service"] = "re_sign", []string{"us-east-1", "eu-west-1"}, []string{"iam", service}
		sent := request.Clone(ctx)
		placeholder := aws.Credentials{AccessKeyID: "placeholder", SecretAccessKey: "none", SessionToken: []string{"", "none"}[r.IntN(2)]}
		if err := signer.SignHTTP(ctx, placeholder, sent, payload, service, "eu-west-1", c.at.Add(-40*time.Hour)); err != nil {
			t.Fatal(err)
		}
		c.header.Set("Authorization", sent.Header.Get("Authorization"))
	}
	if err := signer.SignHTTP(ctx, credential, request, payload, service, "eu-west-1", c.at); err != nil {
		t.Fatal(err)
	}
	c.signature = request.Header.Get("Authorization")
	return c
}

// Two readings of AWS's documents make the same signature of the same request.
func TestAWSsSignerForGoSignsTheSame(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		n := 20000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 1000
		}
		if os.Getenv("VENDORSIGN_LONG") != "" {
			n = 100000
		}
		r := rand.New(rand.NewPCG(19, uint64(n)))
		made := map[string]signFunc{}
		for i := range n {
			c := newSDKCase(t, r)
			config, err := json.Marshal(c.config)
			if err != nil {
				t.Fatal(err)
			}
			sign := made[string(config)]
			if sign == nil {
				if sign, err = d.Signer("aws", config); err != nil {
					t.Fatalf("%s: %v", config, err)
				}
				made[string(config)] = sign
			}
			header, sent, canonical, _, err := sign(c.method, "host.example", c.target, c.header, c.body, c.at, "", "", "")
			if err != nil {
				t.Fatalf("request %d: %s %s: %v", i, c.method, c.target, err)
			}
			got := header.Get("Authorization")
			if c.config["placement"] == "query" {
				_, got, _ = strings.Cut(sent, "X-Amz-Signature=")
			}
			if got != c.signature {
				t.Fatalf("request %d with %s: %s %s %q is signed\n%s, by AWS's signer\n%s\nthe canonical request is\n%s", i, config, c.method, c.target, c.header,
					got, c.signature, canonical)
			}
		}
		if len(made) < 25 {
			t.Errorf("only %d configurations were tried", len(made))
		}
	})
}
