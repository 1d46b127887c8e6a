package vendorsim

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

// awsCase is a request that is refused, how, and why.
type awsCase struct {
	name, vector string
	change       func(*Request)
	server       map[string]string
	late         time.Duration
	status       int
	code, reason string
	body         string // a part of it
}

func TestAWSRefusesAsItsServicesDo(t *testing.T) {
	const (
		post  = "aws/post-json-target"
		token = "v4/get-vanilla-with-session-token/header"
		link  = "v4/post-vanilla-query/query"
	)
	set := func(name, value string) func(*Request) { return func(r *Request) { r.Header.Set(name, value) } }
	del := func(name string) func(*Request) { return func(r *Request) { r.Header.Del(name) } }
	replace := func(old, new string) func(*Request) {
		return func(r *Request) {
			r.Target = strings.Replace(r.Target, old, new, 1)
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
			if r.Header.Get("Authorization") == "" {
				r.Header.Del("Authorization")
			}
		}
	}
	expires := func(seconds string) func(*Request) { return replace("X-Amz-Expires=3600", "X-Amz-Expires="+seconds) }
	check := func(c awsCase) {
		t.Run(c.name, func(t *testing.T) {
			v := vectorOf(t, c.vector)
			r := v.signed(t)
			if c.change != nil {
				c.change(r)
			}
			a := v.judge(t, c.server, c.late).Check(r)
			text := strings.ReplaceAll(string(a.Body), `\n`, "\n")
			if a.Accepted || a.Status != c.status || !strings.Contains(a.Reason, c.reason) || !strings.Contains(text, c.body) {
				t.Errorf("got %d, reason %q\n%s", a.Status, a.Reason, a.Body)
			}
			if got := codeOf(t, a); got != c.code {
				t.Errorf("code %q, want %q", got, c.code)
			}
		})
	}
	const mismatch, partial = "InvalidSignatureException", "IncompleteSignatureException"
	for _, c := range []awsCase{
		{"no signature", post, del("Authorization"), nil, 0, 403, "MissingAuthenticationTokenException", "neither",
			"Missing Authentication Token"},
		{"another scheme", post, set("Authorization", "Bearer x"), nil, 0, 403, partial, "does not begin", ""},
		{"no signed headers", post, replace("SignedHeaders=", "Signed="), nil, 0, 403, partial, "", "requires 'SignedHeaders'"},
		{"one part more", post, replace("Signature=", "X=1, Signature="), nil, 0, 403, partial, "more parts", ""},
		{"a part twice", post, replace("Signature=", "Signature=1, Signature="), nil, 0, 403, partial, "twice", ""},
		{"signed headers out of order", post, replace("content-type;host", "host;content-type"), nil, 0, 403, partial, "sorted", ""},
		{"a signed header that is not there", post, replace("host;x-amz-date", "host;range;x-amz-date"), nil, 0, 403,
			partial, "did not arrive", ""},
		{"no date", post, del("X-Amz-Date"), nil, 0, 403, partial, "", "either a 'X-Amz-Date' or a 'Date'"},
		{"another form of date", post, set("X-Amz-Date", "2026-11-28T08:30:15Z"), nil, 0, 403, partial, "", "ISO-8601"},
		{"an unknown key", post, nil, map[string]string{"access_key_id": "X"}, 0, 403, "UnrecognizedClientException",
			"unknown", "security token"},
		{"another region", post, nil, map[string]string{"region": "eu-west-1"}, 0, 403, mismatch, "region", "Expecting 'eu-west-1'"},
		{"another service", post, nil, map[string]string{"service": "guardduty"}, 0, 403, mismatch, "service",
			"correct service: 'guardduty'"},
		{"the day of yesterday", post, set("X-Amz-Date", "20261127T083015Z"), nil, 0, 403, mismatch, "day", "'20261128' != '20261127'"},
		{"five minutes late", post, nil, nil, 5 * time.Minute, 403, mismatch, "5 minutes old", "is now earlier than"},
		{"five minutes early", post, nil, nil, -5*time.Minute - 2*time.Second, 403, mismatch, "5 minutes ahead", "is still later than"},
		{"an unsigned x-amz header", post, set("X-Amz-More", "1"), nil, 0, 403, mismatch, "x-amz-more is not signed", ""},
		{"an unsigned content type", "aws/double-encoded-path", set("Content-Type", "a/b"), nil, 0, 403, mismatch,
			"content-type is not signed", ""},
		{"another body", post, func(r *Request) { r.Body = []byte("{}") }, nil, 0, 403, mismatch, "fits not",
			"String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20261128T083015Z\n"},
		{"another value", post, set("X-Amz-Target", "x.z"), nil, 0, 403, mismatch, "fits not",
			"The Canonical String for this request should have been\n'POST\n/findings\n"},
		{"a token where there is none", post, set("X-Amz-Security-Token", "t"), nil, 0, 403, "UnrecognizedClientException",
			"has none", ""},
		{"no token", token, del("X-Amz-Security-Token"), nil, 0, 403, "UnrecognizedClientException", "is missing", ""},
		{"another token", token, set("X-Amz-Security-Token", "t"), nil, 0, 403, "UnrecognizedClientException", "not the one", ""},
		{"an old token", token, nil, map[string]string{"token_expires": "1440938160"}, 0, 403, "ExpiredTokenException",
			"expired", "is expired"},
		{"both placements", post, func(r *Request) { r.Target += "?X-Amz-Signature=1" }, nil, 0, 403, partial, "next to", ""},
		{"a wrong hash of the body", "v4/post-x-www-form-urlencoded-parameters/header",
			func(r *Request) { r.Body = []byte("Param1=value2") }, nil, 0, 403, mismatch, "fits not", ""},
		{"a parameter twice", link, func(r *Request) { r.Target += "&X-Amz-Expires=1" }, nil, 0, 403, partial, "twice", ""},
		{"a parameter in lower case", link, replace("X-Amz-Expires", "x-amz-expires"), nil, 0, 403, partial, "spelling", ""},
		{"no parameter of a date", link, replace("X-Amz-Date=20150830T123600Z", "x=y"), nil, 0, 403, partial,
			"must include 'X-Amz-Date'", ""},
		{"no life", link, expires("0"), nil, 0, 403, partial, "1 to 604800", ""},
		{"more than a week", link, expires("604801"), nil, 0, 403, partial, "1 to 604800", ""},
		{"a life with a sign", link, expires("%2B5"), nil, 0, 403, partial, "1 to 604800", ""},
		{"a longer life", link, expires("3601"), nil, 0, 403, mismatch, "fits not", ""},
		{"another algorithm", link, replace("AWS4-HMAC", "AWS4-XMAC"), nil, 0, 403, partial, "only supports", ""},
		{"a link after its life", link, nil, nil, time.Hour + time.Second, 403, mismatch, "has expired", "Signature expired"},
		{"a body of a link", link, func(r *Request) { r.Body = []byte("x") }, nil, 0, 403, mismatch, "fits not", ""},
	} {
		check(c)
	}
	const get, put, trailer, shared = "s3/get-object-range", "s3/put-object", "aws/resign-s3-trailer", "aws/s3-presigned"
	for _, c := range []awsCase{
		{"S3: no signature", get, del("Authorization"), nil, 0, 403, "AccessDenied", "neither", ""},
		{"S3: another region", get, nil, map[string]string{"region": "eu-west-1"}, 0, 400, "AuthorizationHeaderMalformed",
			"region", "expecting &#39;eu-west-1&#39;</Message><Region>eu-west-1</Region>"},
		{"S3: an unknown key", get, nil, map[string]string{"access_key_id": "X"}, 0, 403, "InvalidAccessKeyId", "unknown",
			"<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE<"},
		{"S3: 15 minutes late", get, nil, nil, 15*time.Minute + time.Second, 403, "RequestTimeTooSkewed", "15 minutes old",
			"<MaxAllowedSkewMilliseconds>900000<"},
		{"S3: another range", get, set("Range", "bytes=0-8"), nil, 0, 403, "SignatureDoesNotMatch", "fits not",
			"<CanonicalRequest>GET&#xA;/test.txt&#xA;&#xA;host:"},
		{"S3: an unsigned x-amz header", get, set("X-Amz-Acl", "private"), nil, 0, 403, "AccessDenied", "not signed",
			"<HeadersNotSigned>x-amz-acl<"},
		{"S3: another body", put, func(r *Request) { r.Body = []byte("x") }, nil, 0, 400, "XAmzContentSHA256Mismatch",
			"not the hash", "<ClientComputedContentSHA256>44ce7dd67c95"},
		{"S3: another hash", put, set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), nil, 0, 403, "SignatureDoesNotMatch",
			"fits not", ""},
		{"S3: a token that is not asked for", get, set("X-Amz-Security-Token", "t"), nil, 0, 400, "InvalidToken", "has none", ""},
		{"S3: both placements", get, func(r *Request) { r.Target += "?X-Amz-Date=1" }, nil, 0, 400, "InvalidArgument",
			"next to", "Only one auth mechanism"},
		{"S3: signatures of chunks", put, set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), nil, 0, 400,
			"InvalidRequest", "chunks", ""},
		{"S3: no hash", put, func(r *Request) { del("X-Amz-Content-Sha256")(r); replace("x-amz-content-sha256;", "")(r) },
			nil, 0, 400, "InvalidRequest", "is missing", ""},
		{"S3: a shorter chunk", trailer, func(r *Request) { r.Body = []byte("5\r\nhell\r\n0\r\n") }, nil, 0, 400,
			"IncompleteBody", "a chunk", ""},
		{"S3: another chunk", trailer, func(r *Request) { r.Body[4] = 'E' }, nil, 0, 400, "IncompleteBody", "checksum", ""},
		{"S3: a cut trailer", trailer, func(r *Request) { r.Body = r.Body[:15] }, nil, 0, 400, "IncompleteBody", "trailer", ""},
		{"S3: a link after its day", shared, nil, nil, 24*time.Hour + time.Second, 403, "AccessDenied", "has expired",
			"<X-Amz-Expires>86400</X-Amz-Expires><Expires>2013-05-25T00:00:00Z<"},
		{"S3: another key of a link", shared, replace("/test.txt", "/tesT.txt"), nil, 0, 403, "SignatureDoesNotMatch", "fits not", ""},
	} {
		check(c)
	}
}

// codeOf is the code of a refusal, which must be well formed.
func codeOf(t *testing.T, a *Answer) string {
	t.Helper()
	if a.Header.Get("Content-Type") == "application/json" {
		var body struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal(a.Body, &body); err != nil || body.Message == "" {
			t.Errorf("%v: %s", err, a.Body)
		}
		return body.Type
	}
	var body struct {
		Code, Message string
		Error         struct{ Code, Message string }
	}
	if err := xml.Unmarshal(a.Body, &body); err != nil || body.Message+body.Error.Message == "" {
		t.Errorf("%v: %s", err, a.Body)
	}
	return body.Code + body.Error.Code
}
