package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// awsText is a random text without a slash; in the form that AWS signs once, every byte outside of RFC 3986's unreserved is escaped.
func awsText(r *rand.Rand) string {
	const letters = "aZ09-._~ +%&=/?#;:@!$'()*,\"<>[]{}|\\^`é漢"
	all := []rune(letters)
	text := "k" // no dot segment, and no empty one
	for range r.IntN(8) {
		text += string(all[r.IntN(len(all))])
	}
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// The judge is judged by AWS's own signer for Go: what that signs is accepted, by the rules of S3 and of other services, in headers
// and in the query, with long-lived keys and with temporary ones.
func TestTheJudgeOfAWSAcceptsWhatAWSsSignerSigns(t *testing.T) {
	at := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		service := []string{"guardduty", "s3", "execute-api", "s3-outposts"}[r.IntN(4)]
		s3, presigned, temporary := strings.HasPrefix(service, "s3"), r.IntN(3) == 0, r.IntN(2) == 0
		credential := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret/key+"}
		config := map[string]string{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret/key+", "region": "eu-west-1", "service": service}
		if temporary {
			credential.SessionToken, config["session_token"] = "token+/==", "token+/=="
		}
		target := "/" + awsText(r) + "/" + awsText(r) + []string{"", "/"}[r.IntN(2)]
		separator := "?"
		for _, letter := range r.Perm(20)[:r.IntN(4)] {
			// Names differ in their first letter: AWS sorts them encoded, and its signer for Go as they are.
			target += separator + string(rune('a'+letter)) + awsText(r) + []string{"", "=", "=" + awsText(r)}[r.IntN(3)]
			separator = "&"
		}
		body := strings.Repeat("b", r.IntN(3))
		request, err := http.NewRequest([]string{"GET", "PUT", "POST"}[r.IntN(3)], "https://host.example"+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range r.IntN(3) {
			request.Header.Add("X-Amz-Meta-A", fmt.Sprintf(" a  b %d ", n))
		}
		if r.IntN(2) == 0 {
			request.Header.Set("Content-Type", "text/plain")
		}
		sum := sha256.Sum256([]byte(body))
		payload := hex.EncodeToString(sum[:])
		if s3 && r.IntN(2) == 0 {
			payload = "UNSIGNED-PAYLOAD"
		}
		if s3 {
			request.Header.Set("X-Amz-Content-Sha256", payload)
		}
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping, o.DisableHeaderHoisting = s3, true })
		header := request.Header
		sent := request.URL.RequestURI()
		if presigned {
			request.URL.RawQuery += []string{"", "&"}[min(len(request.URL.RawQuery), 1)] + "X-Amz-Expires=300"
			var link string
			if link, header, err = signer.PresignHTTP(context.Background(), credential, request, payload, service, "eu-west-1", at); err == nil {
				sent = strings.TrimPrefix(link, "https://host.example")
			}
		} else if err = signer.SignHTTP(context.Background(), credential, request, payload, service, "eu-west-1", at); err == nil {
			sent = request.URL.RequestURI()
		}
		if err != nil {
			t.Fatal(err)
		}
		judge, err := vendorsim.New("aws", vendorsim.Config{Credential: config, Now: func() time.Time { return at }})
		if err != nil {
			t.Fatal(err)
		}
		arrived := &vendorsim.Request{Method: request.Method, Host: "host.example", Target: sent, Header: header.Clone(), Body: []byte(body)}
		if a := judge.Check(arrived); !a.Accepted {
			t.Fatalf("request %d to %s, presigned %v: %s\n%s %s\n%v\n%s", i, service, presigned, a.Reason, arrived.Method, sent, header, a.Body)
		}
		arrived.Target += "x"
		if a := judge.Check(arrived); a.Accepted {
			t.Fatalf("request %d to %s is accepted after a change: %s", i, service, arrived.Target)
		}
	}
}
