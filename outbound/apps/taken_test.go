package apps_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// signatureOf is that of AWS' documentation, for eu-west-1 and S3.
func signatureOf(secret, date, canonical string) string {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	key := []byte("AWS4" + secret)
	for _, part := range []string{date[:8], "eu-west-1", "s3", "aws4_request"} {
		key = mac(key, part)
	}
	sum := sha256.Sum256([]byte(canonical))
	return hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+date+"\n"+date[:8]+"/eu-west-1/s3/aws4_request\n"+hex.EncodeToString(sum[:])))
}

// A server keeps Content-Length apart, and who reads the body takes Expect out of the header. An app may have signed both.
func TestHeadersThatAreTakenOutOfARequestCanBeSigned(t *testing.T) {
	const id, secret, body = "AKIDAPP0123456789012", "0123456789012345678901234567890123456789", "data"
	now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	date := now.Format("20060102T150405Z")
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	lines := map[string]string{"content-length": "4", "expect": "100-continue", "host": "b.example", "x-amz-content-sha256": hash, "x-amz-date": date,
		"x foo": ""}
	for _, test := range []struct {
		names  string
		passes bool
	}{
		{"host;x-amz-content-sha256;x-amz-date", true},
		{"expect;host;x-amz-content-sha256;x-amz-date", true},
		{"content-length;host;x-amz-content-sha256;x-amz-date", true},
		{"content-length;expect;host;x-amz-content-sha256;x-amz-date", true},
		{"host;x-amz-content-sha256;x-amz-date;x foo", false},
	} {
		v, faults := apps.New(apps.Options{Vendor: "aws"})
		if len(faults) == 0 {
			faults = apps.SetApps(v, []apps.App{{Name: "app", KeyID: id, Secret: secret}})
		}
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		headers := ""
		for _, name := range strings.Split(test.names, ";") {
			headers += name + ":" + lines[name] + "\n"
		}
		signature := signatureOf(secret, date, strings.Join([]string{"PUT", "/b/k", "", headers, test.names, hash}, "\n"))
		r := &http.Request{Method: "PUT", Host: "b.example", URL: &url.URL{Path: "/b/k"}, RequestURI: "/b/k", ContentLength: 4,
			Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{"Expect": {"100-continue"}, "X-Amz-Date": {date},
				"X-Amz-Content-Sha256": {hash}, "Authorization": {"AWS4-HMAC-SHA256 Credential=" + id + "/" + date[:8] +
					"/eu-west-1/s3/aws4_request, SignedHeaders=" + test.names + ", Signature=" + signature}}}
		m := &signers.Message{Method: "PUT", Host: r.Host, Target: r.RequestURI, Scheme: "https"}
		if c := apps.Check(v, r, m, 1<<20, now); (c.Problem == nil) != test.passes {
			t.Errorf("%s: %q %s", test.names, c.Verdict.Reason, c.Verdict.Detail)
		}
	}
}
