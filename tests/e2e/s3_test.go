package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// sign makes a request that AWS's own signer for Go has signed.
func (s *s3Server) sign(t testing.TB, secret, region, method, target, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(method, s.address+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	payload := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", payload)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	credential := aws.Credentials{AccessKeyID: s.accessKey, SecretAccessKey: secret}
	if err := signer.SignHTTP(context.Background(), credential, request, payload, "s3", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	return request
}

func (s *s3Server) do(t testing.TB, request *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// The judge is judged first: it does what is signed by AWS's own code, and nothing else.
func TestTheS3ServerTakesWhatAWSSigns(t *testing.T) {
	s := newS3Server(t)
	for _, c := range []struct {
		method, target, body string
		status               int
		part                 string // of the answer
	}{
		{"PUT", "/bucket", "", 200, ""},
		{"PUT", "/bucket/a%20b/c%2Bd%24.txt", "hello", 200, ""},
		{"HEAD", "/bucket/a%20b/c%2Bd%24.txt", "", 200, ""},
		{"GET", "/bucket/a%20b/c%2Bd%24.txt", "", 200, "hello"},
		{"GET", "/bucket?list-type=2&prefix=a%20b%2F", "", 200, "<Key>a b/c+d$.txt</Key>"},
		{"GET", "/bucket?uploads", "", 200, "ListMultipartUploadsResult"},
		{"DELETE", "/bucket/a%20b/c%2Bd%24.txt", "", 204, ""},
		{"GET", "/bucket/a%20b/c%2Bd%24.txt", "", 404, "NoSuchKey"},
	} {
		status, body := s.do(t, s.sign(t, s.secret, s.region, c.method, c.target, c.body))
		if status != c.status || !strings.Contains(body, c.part) {
			t.Errorf("%s %s: %d\n%s", c.method, c.target, status, body)
		}
	}
}

func TestTheS3ServerRefusesWhatIsSignedWrong(t *testing.T) {
	s := newS3Server(t)
	if status, body := s.do(t, s.sign(t, s.secret, s.region, "PUT", "/bucket", "")); status != 200 {
		t.Fatalf("no bucket: %d\n%s", status, body)
	}
	put := func(change func(*http.Request)) *http.Request {
		r := s.sign(t, s.secret, s.region, "PUT", "/bucket/key", "hello")
		change(r)
		return r
	}
	for _, c := range []struct {
		name    string
		request *http.Request
		code    string
	}{
		{"no signature", put(func(r *http.Request) { r.Header.Del("Authorization") }), "AccessDenied"},
		{"another secret", s.sign(t, "wrong", s.region, "PUT", "/bucket/key", "hello"), "SignatureDoesNotMatch"},
		{"another region", s.sign(t, s.secret, "mars-1", "PUT", "/bucket/key", "hello"), "AuthorizationHeaderMalformed"},
		{"another key", put(func(r *http.Request) { r.URL.Path = "/bucket/kex" }), "SignatureDoesNotMatch"},
		{"another query", put(func(r *http.Request) { r.URL.RawQuery = "acl" }), "SignatureDoesNotMatch"},
		{"another body", put(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("hellO")) }), "XAmzContentSHA256Mismatch"},
		{"another date", put(func(r *http.Request) {
			r.Header.Set("X-Amz-Date", time.Now().Add(-time.Minute).UTC().Format("20060102T150405Z"))
		}), "SignatureDoesNotMatch"},
		{"an unsigned header of S3", put(func(r *http.Request) { r.Header.Set("X-Amz-Acl", "private") }), "AccessDenied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, body := s.do(t, c.request); status < 400 || !strings.Contains(body, "<Code>"+c.code+"</Code>") {
				t.Errorf("%d, want %s\n%s", status, c.code, body)
			}
		})
	}
	if status, body := s.do(t, s.sign(t, s.secret, s.region, "HEAD", "/bucket/key", "")); status != 404 {
		t.Errorf("a refused request was carried out: %d\n%s", status, body)
	}
}
