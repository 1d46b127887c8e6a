package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// awsApp is a request that AWS's own signer for Go signed with a local key.
type awsApp struct {
	service, method, target, body, payload string
	presigned                              bool
	expires                                string
	header                                 http.Header
	at                                     time.Time // zero: awsAt
}

var awsAt = time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)

// sign signs a, and returns the target and the headers as they are sent.
func (a awsApp) sign(t testing.TB) (target string, header http.Header) {
	t.Helper()
	at := a.at
	if at.IsZero() {
		at = awsAt
	}
	request, err := http.NewRequest(a.method, "https://aws.internal:8443"+a.target, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range a.header {
		request.Header[name] = values
	}
	payload := a.payload
	if payload == "" {
		sum := sha256.Sum256([]byte(a.body))
		payload = hex.EncodeToString(sum[:])
	}
	if strings.HasPrefix(a.service, "s3") && !a.presigned {
		request.Header.Set("X-Amz-Content-Sha256", payload)
	}
	s3 := strings.HasPrefix(a.service, "s3")
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping, o.DisableHeaderHoisting = s3, true })
	key := aws.Credentials{AccessKeyID: "AKIALOCALETL00000000", SecretAccessKey: "local/etl+secret"}
	if !a.presigned {
		if err := signer.SignHTTP(context.Background(), key, request, payload, a.service, "eu-west-1", at); err != nil {
			t.Fatal(err)
		}
		return request.URL.RequestURI(), request.Header
	}
	separator := ""
	if request.URL.RawQuery != "" {
		separator = "&"
	}
	request.URL.RawQuery += separator + "X-Amz-Expires=" + a.expires
	link, sent, err := signer.PresignHTTP(context.Background(), key, request, payload, a.service, "eu-west-1", at)
	if err != nil {
		t.Fatal(err)
	}
	sent.Del("Host")
	return strings.TrimPrefix(link, "https://aws.internal:8443"), sent
}

func awsVerifier(t testing.TB, d drive) judgeFunc {
	t.Helper()
	config, err := json.Marshal(map[string]any{"window": "5m", "apps": []map[string]any{
		{"name": "etl", "key_id": "AKIALOCALETL00000000", "secret": "local/etl+secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	judge, err := d.Verifier("aws", config, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return judge
}

func TestWhatAWSsOwnSignerSignsWithALocalKeyIsVerified(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		judge := awsVerifier(t, d)
		r := rand.New(rand.NewPCG(3, 4))
		for i := range 400 {
			a := awsApp{
				service: []string{"guardduty", "s3", "execute-api", "s3-outposts"}[r.IntN(4)], method: []string{"GET", "PUT", "POST"}[r.IntN(3)],
				presigned: r.IntN(3) == 0, expires: "300", body: strings.Repeat("b", r.IntN(3)), header: make(http.Header),
			}
			a.target = "/" + awsText(r) + "/" + awsText(r)
			separator := "?"
			for _, letter := range r.Perm(20)[:r.IntN(4)] {
				a.target += separator + string(rune('a'+letter)) + awsText(r) + "=" + awsText(r)
				separator = "&"
			}
			if strings.HasPrefix(a.service, "s3") && (a.presigned || r.IntN(2) == 0) {
				a.payload = "UNSIGNED-PAYLOAD"
			}
			if r.IntN(2) == 0 {
				a.header["X-Amz-Meta-A"] = []string{" a  b ", "c"}
				a.header["Content-Type"] = []string{"text/plain"}
			}
			target, header := a.sign(t)
			app, refused, detail := judge(a.method, "https", "aws.internal:8443", target, header, []byte(a.body), awsAt.Add(time.Second))
			if app != "etl" || refused != "" {
				t.Fatalf("%d: %+v %s %v: %q, %q (%s)", i, a, target, header, app, refused, detail)
			}
		}
	})
}

func TestWhatIsAddedToOrChangedInARequestOfAWSsIsRefused(t *testing.T) {
	get := awsApp{service: "guardduty", method: "GET", target: "/detector?a=1"}
	put := awsApp{service: "s3", method: "PUT", target: "/bucket/key", body: "data"}
	unsigned := awsApp{service: "s3", method: "PUT", target: "/bucket/key", body: "data", payload: "UNSIGNED-PAYLOAD"}
	tagged := put
	tagged.header = http.Header{"X-Amz-Tagging": {"class=secret"}}
	link := awsApp{service: "s3", method: "GET", target: "/bucket/key", presigned: true, expires: "60", payload: "UNSIGNED-PAYLOAD"}
	type sent struct {
		method, scheme, host, target, body string
		header                             http.Header
		at                                 time.Duration
	}
	tests := []struct {
		name   string
		app    awsApp
		change func(s *sent)
		want   string
	}{
		{"nothing", get, func(s *sent) {}, ""},
		{"no signature", get, func(s *sent) { s.header.Del("Authorization") }, "unsigned"},
		{"two signatures", get, func(s *sent) { s.header.Add("Authorization", s.header.Get("Authorization")) }, "unsigned"},
		{"another scheme beside it", get, func(s *sent) { s.header.Add("Authorization", "Basic YTpi") }, "unsigned"},
		{"one in the query as well", link, func(s *sent) { s.header.Set("Authorization", "AWS4-HMAC-SHA256 x") }, "unsigned"},
		{"a parameter of the signature twice", link, func(s *sent) { s.target += "&X-Amz-Expires=9" }, "unsigned"},
		{"one in another letter case", link, func(s *sent) { s.target += "&x-amz-expires=9" }, "unsigned"},
		{"a session token in the query", link, func(s *sent) { s.target += "&X-Amz-Security-Token=t" }, "signature"},
		{"half a signature", get, func(s *sent) { s.header.Set("Authorization", s.header.Get("Authorization")[:190]) }, "signature"},
		{"another method", get, func(s *sent) { s.method = "DELETE" }, "signature"},
		{"another host", get, func(s *sent) { s.host = "other.internal" }, "signature"},
		{"no port", get, func(s *sent) { s.host = "aws.internal" }, "signature"},
		{"another path", get, func(s *sent) { s.target = "/other?a=1" }, "signature"},
		{"another parameter", get, func(s *sent) { s.target += "&b=2" }, "signature"},
		{"a body", get, func(s *sent) { s.body = "x" }, "signature"},
		{"another body", put, func(s *sent) { s.body = "date" }, "body"},
		{"another body and its hash", put, func(s *sent) {
			sum := sha256.Sum256([]byte("date"))
			s.body = "date"
			s.header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
		}, "signature"},
		{"the word for no hash", put, func(s *sent) { s.header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, "signature"},
		{"two hashes", put, func(s *sent) { s.header.Add("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, "uncovered"},
		{"an unsigned body over TLS", unsigned, func(s *sent) {}, ""},
		{"an unsigned body in clear", unsigned, func(s *sent) { s.scheme = "http" }, "uncovered"},
		{"a header that AWS obeys", put, func(s *sent) { s.header.Set("X-Amz-Copy-Source", "/other/secret") }, "uncovered"},
		{"one that is nearly so", put, func(s *sent) { s.header["X_amz_copy_source"] = []string{"/other/secret"} }, "uncovered"},
		{"such a header with other separators", put, func(s *sent) { s.header.Set("X.Amz.Acl", "public-read") }, "uncovered"},
		{"such a header and a link", link, func(s *sent) { s.header.Set("X-Amz-Acl", "public-read") }, "uncovered"},
		{"a signed header that Connection takes away", tagged, func(s *sent) { s.header.Set("Connection", "close, x-amz-tagging") }, "signature"},
		{"one that is not signed", tagged, func(s *sent) { s.header.Set("Connection", "close, x-other") }, ""},
		{"a session token", get, func(s *sent) { s.header.Set("X-Amz-Security-Token", "t") }, "uncovered"},
		{"a signature without the host", get, func(s *sent) {
			s.header.Set("Authorization", strings.Replace(s.header.Get("Authorization"), "=host;", "=", 1))
		}, "uncovered"},
		{"a signature without the date", get, func(s *sent) {
			s.header.Set("Authorization", strings.Replace(s.header.Get("Authorization"), ";x-amz-date", "", 1))
		}, "uncovered"},
		{"no date", get, func(s *sent) { s.header.Del("X-Amz-Date") }, "date"},
		{"two dates", get, func(s *sent) { s.header.Add("X-Amz-Date", "20261128T083015Z") }, "date"},
		{"the date of another day", get, func(s *sent) { s.header.Set("X-Amz-Date", "20261129T083015Z") }, "date"},
		{"a later date", get, func(s *sent) { s.header.Set("X-Amz-Date", "20261128T083115Z") }, "signature"},
		{"a stale request", get, func(s *sent) { s.at = 301 * time.Second }, "clock"},
		{"a link before its end", link, func(s *sent) { s.at = 60 * time.Second }, ""},
		{"a link after its end", link, func(s *sent) { s.at = 61 * time.Second }, "clock"},
		{"a link that is made to live longer", link, func(s *sent) {
			s.target = strings.Replace(s.target, "X-Amz-Expires=60", "X-Amz-Expires=90", 1)
		}, "signature"},
		{"a link that lives longer than links may", link, func(s *sent) {
			s.target = strings.Replace(s.target, "X-Amz-Expires=60", "X-Amz-Expires=604801", 1)
		}, "date"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			judge := awsVerifier(t, d)
			s := sent{method: test.app.method, scheme: "https", host: "aws.internal:8443", body: test.app.body}
			s.target, s.header = test.app.sign(t)
			s.header = s.header.Clone()
			test.change(&s)
			_, refused, detail := judge(s.method, s.scheme, s.host, s.target, s.header, []byte(s.body), awsAt.Add(s.at))
			if refused != test.want {
				t.Errorf("%s: refused %q (%s), want %q", test.name, refused, detail, test.want)
			}
		}
	})
}

// The signer behind the verification refuses a signature in the query: once it is verified, it goes out of there.
func TestThePluginSignsAnAppsPresignedURLForAWS(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		handler, err := p.New(map[string]any{"aws": map[string]any{
			"mode": "re_sign", "accessKeyId": "AKIAREAL000000000000", "secretAccessKey": "canary/real/secret", "region": "eu-west-1", "service": "s3",
			"host": "s3.vendor.example", "insecureDownstream": "true",
			"apps": []any{map[string]any{"name": "etl", "keyId": "AKIALOCALETL00000000", "secret": "local/etl+secret"}},
		}}, recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		a := awsApp{service: "s3", method: "GET", target: "/b/k%20ey?versionId=7&response-content-type=a", payload: "UNSIGNED-PAYLOAD", presigned: true, expires: "60",
			at: time.Now().UTC()}
		target, header := a.sign(t)
		for _, tt := range []struct {
			name, target string
			want         int
		}{{"as signed", target, http.StatusTeapot}, {"of another object", strings.Replace(target, "/b/", "/c/", 1), http.StatusUnauthorized}} {
			r := httptest.NewRequest("GET", tt.target, nil)
			r.Host = "aws.internal:8443"
			for name, values := range header {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			got = received{}
			handler.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Fatalf("%s: %d %s", tt.name, w.Code, w.Body)
			}
			if tt.want != http.StatusTeapot {
				continue
			}
			if sent := got.RequestURI; sent != "/b/k%20ey?response-content-type=a&versionId=7" && sent != "/b/k%20ey?versionId=7&response-content-type=a" {
				t.Errorf("%s goes out", sent)
			}
			if proof := got.Header.Get("Authorization"); !strings.Contains(proof, "Credential=AKIAREAL000000000000/") {
				t.Errorf("Authorization is %s", proof)
			}
		}
	})
}
