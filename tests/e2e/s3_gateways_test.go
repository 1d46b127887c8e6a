package e2e

import (
	"bufio"
	"bytes"
	"context"

	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// route is the way to the server, with more options.
func (s *s3Server) route(name string, more options) *route {
	return &route{name: name, signer: "aws", secrets: awsKeys, vendor: &vendor{addr: strings.TrimPrefix(s.address, "http://")},
		options: options{"access_key_id": s.accessKey, "secret_access_key": s.secret, "region": s.region, "service": "s3",
			"host": "127.0.0.1", "insecure_upstream": true}.with(more)}
}

// startS3 starts a gateway that leaves paths as they are, as S3 needs it: Traefik does so if it is told to.
func startS3(t *testing.T, f form, routes ...*route) *gateway {
	t.Helper()
	return setup{form: f, home: newHome(t), routes: routes, change: func(_ int, static, _ object) {
		at(static, "entryPoints", "web", "http")["sanitizePath"] = false
	}}.start(t)
}

// client is one whose requests all go to the gateway. What it takes for https goes there as http, as behind a load balancer that
// ends TLS.
func (g *gateway) client(seen func(r *http.Request)) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", g.addr)
	}
	return &http.Client{Transport: endsTLS{&http.Transport{DialContext: dial}, seen}}
}

type endsTLS struct {
	*http.Transport
	seen func(r *http.Request) // may be nil
}

func (e endsTLS) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	if e.seen != nil {
		e.seen(r)
	}
	return e.Transport.RoundTrip(r)
}

// sdk is AWS's own client of S3 with placeholder keys, over what it takes for the scheme.
func (g *gateway) sdk(scheme, route, region string, seen func(r *http.Request)) *awss3.Client {
	return awss3.New(awss3.Options{Region: region, BaseEndpoint: aws.String(scheme + "://" + route + ".test"), UsePathStyle: true, HTTPClient: g.client(seen),
		RetryMaxAttempts: 1, RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "placeholder", SecretAccessKey: "placeholder", SessionToken: "placeholder-token"}, nil
		})})
}

// ask sends a request without any signature, and wants a status. The answer's body is returned.
func (g *gateway) ask(t testing.TB, host, method, target string, body []byte, status int, header ...string) string {
	t.Helper()
	got := send(t, g.addr, host+".test", request{method: method, target: target, header: header, body: body, length: method == "PUT" || method == "POST"})
	if got.status != status {
		t.Fatalf("%s %s with %d bytes: %d, want %d\n%.1500s", method, target, len(body), got.status, status, got.body)
	}
	return string(got.body)
}

func s3Content(n int) []byte {
	return bytes.Repeat([]byte("0123456789abcde\n"), n/16+1)[:n]
}

// A client that knows no signature stores and reads what it likes, with bodies that are signed and that are not.
func TestAPlainClientUsesAnS3ServerThroughTheGateway(t *testing.T) {
	s := newS3Server(t)
	eachForm(t, func(t *testing.T, f form) {
		bodies := map[string]options{
			"signed": {}, "unsigned": {"payload": "unsigned"}, "auto": {"payload": "auto", "max_body": "1MiB"}, "query": {"placement": "query"},
			"query-unsigned": {"placement": "query", "payload": "unsigned"},
		}
		var routes []*route
		for name, more := range bodies {
			routes = append(routes, s.route(name, more.with(options{"copy_source": "allow"})), s.route(name+"-deny", more))
		}
		g := startS3(t, f, routes...)
		for name := range bodies {
			t.Run(name, func(t *testing.T) {
				bucket := "/" + name + "-" + strings.ReplaceAll(string(f), " ", "-")
				g.ask(t, name, "PUT", bucket, nil, 200)
				for _, n := range []int{0, 1, 5 << 20} {
					key := fmt.Sprintf("%s/size-%d", bucket, n)
					g.ask(t, name, "PUT", key, s3Content(n), 200, asBinary)
					if got := g.ask(t, name, "GET", key, nil, 200); got != string(s3Content(n)) {
						t.Errorf("%s has %d bytes", key, len(got))
					}
					got := g.send(t, &route{name: name}, request{method: "HEAD", target: key})
					if got.status != 200 || got.header.Get("Content-Length") != fmt.Sprint(n) {
						t.Errorf("HEAD %s: %d %v", key, got.status, got.header)
					}
				}
				if got := g.ask(t, name, "GET", bucket+"/size-5242880", nil, 206, "Range: bytes=16-20"); got != "01234" {
					t.Errorf("the range is %q", got)
				}
				g.ask(t, name, "PUT", bucket+"/meta", []byte("x"), 200, "X-Amz-Meta-A:   two   words ", "x-amz-meta-b: 1", asJSON, "Content-Encoding: gzip")
				if got := g.send(t, &route{name: name}, request{method: "HEAD", target: bucket + "/meta"}); got.header.Get("X-Amz-Meta-B") != "1" ||
					got.header.Get("Content-Type") != "application/json" || got.header.Get("Content-Encoding") != "gzip" {
					t.Errorf("the properties are %v", got.header)
				}

				var begun struct{ UploadId string }
				if err := xml.Unmarshal([]byte(g.ask(t, name, "POST", bucket+"/parts?uploads", nil, 200)), &begun); err != nil {
					t.Fatal(err)
				}
				complete := "<CompleteMultipartUpload>"
				for i, n := range []int{5 << 20, 1} {
					target := fmt.Sprintf("%s/parts?partNumber=%d&uploadId=%s", bucket, i+1, begun.UploadId)
					got := g.send(t, &route{name: name}, request{method: "PUT", target: target, body: s3Content(n)})
					if got.status != 200 {
						t.Fatalf("PUT %s: %d %s", target, got.status, got.body)
					}
					complete += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, got.header.Get("Etag"))
				}
				g.ask(t, name, "POST", bucket+"/parts?uploadId="+begun.UploadId, []byte(complete+"</CompleteMultipartUpload>"), 200)
				if got := g.ask(t, name, "GET", bucket+"/parts", nil, 200); len(got) != 5<<20+1 {
					t.Errorf("the parts are %d bytes", len(got))
				}

				source := "X-Amz-Copy-Source: " + bucket + "/size-1"
				g.ask(t, name, "PUT", bucket+"/copy", nil, 200, source)
				if got := g.ask(t, name, "GET", bucket+"/copy", nil, 200); got != "0" {
					t.Errorf("the copy is %q", got)
				}
				for _, header := range []string{source, strings.ToLower(source), strings.ToUpper(source)} {
					got := g.send(t, &route{name: name}, request{method: "GET", target: bucket + "/refused"})
					if got.status != 404 {
						t.Fatalf("it is there already: %d", got.status)
					}
					g.send(t, &route{name: name + "-deny"}, request{method: "PUT", target: bucket + "/refused", header: []string{header}, length: true}).
						isProblem(t, http.StatusForbidden, "not-allowed")
				}

				list := g.ask(t, name, "GET", bucket+"?list-type=2&prefix=size-&max-keys=2&fetch-owner=true", nil, 200)
				if !strings.Contains(list, "<Key>size-1</Key>") || strings.Contains(list, "<Key>meta</Key>") || !strings.Contains(list, "<IsTruncated>true<") {
					t.Errorf("the list is %s", list)
				}
				g.ask(t, name, "DELETE", bucket+"/size-1", nil, 204)
				g.ask(t, name, "GET", bucket+"/size-1", nil, 404)
				g.ask(t, name, "POST", bucket+"?delete", []byte("<Delete><Object><Key>copy</Key></Object></Delete>"), 200,
					"Content-MD5: "+base64Of(md5Of("<Delete><Object><Key>copy</Key></Object></Delete>")))
				g.ask(t, name, "GET", bucket+"/copy", nil, 404)
			})
		}
	})
}

// oddKeys are as a client writes them into its request line.
var oddKeys = []string{
	"/a+b", "/a%2Bb", "/a%20b", "/%C3%A4", "/%c3%a4", "/\xc3\xa4", "/a//b", "/a%2Fb", "/a%252Fb", "/a/./b", "/a/../b", "/..", "/.", "/a/..", "/a%2F..%2Fb", "/%2e%2e/x",
	"/a;b", "/a%3Bb", "/a&b=c", "/a=b", "/a:b@c", "/(a)'!*~", "/a%25b", "/a%3Fb", "/a%23b", "/%E6%BC%A2", "/a%5Cb", "/a$b,c", "/a/", "/%61%2d%7E", "/a'b", "/a%22b",
	"/a?response-content-type=text%2Fplain&x=a+b&y=%2B&x=%20&z", "?list-type=2&prefix=a%20b&delimiter=%2F", "?prefix=a+b&marker=%C3%A4", "?list-type=2&prefix=a%2Bb",
}

// What an S3 server answers to an odd key is what it answers without a gateway, to AWS's own signer: if a gateway changed the key, or
// signed another one, that would differ.
func TestOddKeysReachAnS3ServerAsTheyAre(t *testing.T) {
	s := newS3Server(t)
	eachForm(t, func(t *testing.T, f form) {
		routes := []*route{s.route("header", nil), s.route("query", options{"placement": "query"}), s.route("unsigned", options{"payload": "unsigned"}),
			s.route("re-sign", options{"mode": "re_sign"})}
		g := startS3(t, f, routes...)
		fine := 0
		for n, r := range routes {
			for i, key := range oddKeys {
				for _, method := range []string{"PUT", "GET", "DELETE"} {
					if strings.HasPrefix(key, "?") && method != "GET" {
						continue
					}
					var answers []string
					for _, kind := range []string{"direct", "gateway"} {
						bucket := fmt.Sprintf("/b%d-%d-%s-%s", n, i, kind, strings.ReplaceAll(string(f), " ", "-"))
						if method == "PUT" || strings.HasPrefix(key, "?") {
							s.do(t, s.sign(t, s.secret, s.region, "PUT", bucket, ""))
						}
						in := request{method: method, target: bucket + key}
						if method == "PUT" {
							in.body = []byte("of " + key)
						}
						var got *reply
						if kind == "direct" {
							got = s.direct(t, in)
						} else {
							if r.name == "re-sign" {
								in.header = []string{placeholderFor("any", s.region, "s3")}
							}
							got = g.send(t, r, in)
						}
						_, list := s.do(t, s.sign(t, s.secret, s.region, "GET", bucket+"?list-type=2", ""))
						answers = append(answers, strings.ReplaceAll(fmt.Sprintf("%d %s, of %s", got.status, withoutIDs(string(got.body)), withoutIDs(list)), kind, "KIND"))
					}
					if answers[0] != answers[1] {
						t.Errorf("%s: %s %s: through the gateway\n%s\nwithout it\n%s", r.name, method, key, answers[1], answers[0])
					}
					if strings.HasPrefix(answers[0], "2") {
						fine++
					}
				}
			}
		}
		if fine < 150 {
			t.Errorf("only %d requests succeeded", fine)
		}
	})
}

// direct sends the bytes of a request with a signature that AWS's own signer makes.
func (s *s3Server) direct(t testing.TB, in request) *reply {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(in.head("127.0.0.1"))))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(in.body)
	payload := hex.EncodeToString(sum[:])
	r.Header = http.Header{"X-Amz-Content-Sha256": {payload}}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	r.URL.Host, r.URL.RawQuery = "127.0.0.1", strings.ReplaceAll(r.URL.RawQuery, "+", "%20")
	path, query, found := strings.Cut(in.target, "?")
	r.URL.Opaque = "//127.0.0.1" + onceEscaped(path)
	if err := signer.SignHTTP(context.Background(), aws.Credentials{AccessKeyID: s.accessKey, SecretAccessKey: s.secret}, r, payload, "s3", s.region, time.Now()); err != nil {
		t.Fatal(err)
	}
	in.target = path
	if found {
		in.target += "?" + strings.ReplaceAll(query, "+", "%20")
	}
	for name, values := range r.Header {
		in.header = append(in.header, name+": "+values[0])
	}
	return send(t, strings.TrimPrefix(s.address, "http://"), "127.0.0.1", in)
}

// onceEscaped is a path as S3 signs it: the signer takes what the SDK has written, and that is in this form.
func onceEscaped(path string) string {
	names := strings.Split(path, "/")
	for i, name := range names {
		decoded, _ := url.PathUnescape(name)
		names[i] = strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20")
	}
	return strings.Join(names, "/")
}

var ids = regexp.MustCompile(`<(RequestId|HostId|LastModified|ETag|StringToSign\w*|CanonicalRequest\w*|SignatureProvided)>[^<]*<`)

func withoutIDs(answer string) string { return ids.ReplaceAllString(answer, "<$1><") }

// AWS's own client signs with placeholder keys, in its own ways, and the gateway signs anew.
func TestAWSsOwnClientUsesAnS3ServerThroughReSign(t *testing.T) {
	s := newS3Server(t)
	ctx := context.Background()
	eachForm(t, func(t *testing.T, f form) {
		g := startS3(t, f, s.route("resign", options{"mode": "re_sign", "copy_source": "allow", "region": []string{s.region, "eu-west-1"}}),
			s.route("deny", options{"mode": "re_sign"}))
		for _, scheme := range []string{"http", "https"} {
			t.Run(scheme, func(t *testing.T) {
				forms := map[string]int{}
				c := g.sdk(scheme, "resign", s.region, func(r *http.Request) {
					forms[r.Header.Get("X-Amz-Content-Sha256")+" "+r.Header.Get("Content-Encoding")+" "+r.Header.Get("X-Amz-Trailer")]++
				})
				bucket := aws.String(scheme + "-" + strings.ReplaceAll(string(f), " ", "-"))
				must := func(err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
				}
				_, err := c.CreateBucket(ctx, &awss3.CreateBucketInput{Bucket: bucket})
				must(err)
				read := func(key string, what *string) string {
					t.Helper()
					o, err := c.GetObject(ctx, &awss3.GetObjectInput{Bucket: bucket, Key: &key, Range: what})
					must(err)
					defer o.Body.Close()
					body, err := io.ReadAll(o.Body)
					must(err)
					return string(body)
				}
				for _, n := range []int{0, 1, 5 << 20, 12 << 20} { // the last one is beyond max_body
					key := fmt.Sprintf("size %d+ä", n)
					_, err := c.PutObject(ctx, &awss3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(s3Content(n)), Metadata: map[string]string{"a": "two  words"}})
					must(err)
					if read(key, nil) != string(s3Content(n)) {
						t.Errorf("%s differs", key)
					}
					if scheme == "https" { // a body whose checksum is known at its end only goes in chunks with a trailer
						key += " from a pipe"
						_, err := c.PutObject(ctx, &awss3.PutObjectInput{Bucket: bucket, Key: &key, ContentLength: aws.Int64(int64(n)), Body: io.LimitReader(bytes.NewReader(s3Content(n)), int64(n))})
						must(err)
						if read(key, nil) != string(s3Content(n)) {
							t.Errorf("%s differs", key)
						}
					}
				}
				if got := read("size 5242880+ä", aws.String("bytes=16-20")); got != "01234" {
					t.Errorf("the range is %q", got)
				}
				for _, key := range []string{"a+b", "a b", "ä", "a/b c/d+e", "a;b", "a&b=c", "(a)'!*~", "a%2Fb", "漢", "a=b:c@d,e$f"} {
					_, err := c.PutObject(ctx, &awss3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(key)})
					must(err)
					if got := read(key, nil); got != key {
						t.Errorf("%q holds %q", key, got)
					}
					list, err := c.ListObjectsV2(ctx, &awss3.ListObjectsV2Input{Bucket: bucket, Prefix: &key})
					must(err)
					if len(list.Contents) != 1 || *list.Contents[0].Key != key {
						t.Errorf("of %q there are %d", key, len(list.Contents))
					}
				}
				for _, key := range []string{"a//b", "..", "a/../b"} { // which this server stores otherwise, or not at all
					_, err := c.PutObject(ctx, &awss3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(key)})
					if err != nil && (strings.Contains(err.Error(), "Signature") || strings.Contains(err.Error(), "problem")) {
						t.Errorf("%q: %v", key, err)
					}
				}
				up, err := c.CreateMultipartUpload(ctx, &awss3.CreateMultipartUploadInput{Bucket: bucket, Key: aws.String("parts"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
				must(err)
				var parts []types.CompletedPart
				for i, n := range []int{5 << 20, 1} {
					part, err := c.UploadPart(ctx, &awss3.UploadPartInput{Bucket: bucket, Key: aws.String("parts"), UploadId: up.UploadId, PartNumber: aws.Int32(int32(i + 1)),
						Body: bytes.NewReader(s3Content(n))})
					must(err)
					parts = append(parts, types.CompletedPart{ETag: part.ETag, PartNumber: aws.Int32(int32(i + 1)), ChecksumCRC32: part.ChecksumCRC32})
				}
				_, err = c.CompleteMultipartUpload(ctx, &awss3.CompleteMultipartUploadInput{Bucket: bucket, Key: aws.String("parts"), UploadId: up.UploadId,
					MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
				must(err)
				if n := len(read("parts", nil)); n != 5<<20+1 {
					t.Errorf("the parts are %d bytes", n)
				}
				_, err = c.CopyObject(ctx, &awss3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String(*bucket + "/a+b")})
				must(err)
				if _, err = g.sdk(scheme, "deny", s.region, nil).CopyObject(ctx, &awss3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy2"),
					CopySource: aws.String(*bucket + "/a+b")}); err == nil || !strings.Contains(err.Error(), "403") {
					t.Errorf("a copy that is denied: %v", err)
				}
				_, err = c.DeleteObjects(ctx, &awss3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("a+b")}, {Key: aws.String("ä")}}}})
				must(err)
				_, err = c.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: bucket, Key: aws.String("copy")})
				must(err)
				if _, err = c.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: bucket, Key: aws.String("copy")}); err == nil || !strings.Contains(err.Error(), "404") {
					t.Errorf("a deleted object: %v", err)
				}

				if scheme == "https" && forms["STREAMING-UNSIGNED-PAYLOAD-TRAILER aws-chunked x-amz-checksum-crc32"] < 5 {
					t.Errorf("the client sent its bodies in other forms: %v", forms)
				}
				for region, want := range map[string]string{"eu-west-1": "AuthorizationHeaderMalformed", "mars-1": "403"} {
					_, err := g.sdk(scheme, "resign", region, nil).ListBuckets(ctx, &awss3.ListBucketsInput{})
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("region %s: %v", region, err)
					}
				}
				link, err := awss3.NewPresignClient(c).PresignGetObject(ctx, &awss3.GetObjectInput{Bucket: bucket, Key: aws.String("a b")})
				must(err)
				response, err := g.client(nil).Get(link.URL)
				must(err)
				response.Body.Close()
				if response.StatusCode != http.StatusBadRequest {
					t.Errorf("a presigned URL is answered %d", response.StatusCode)
				}
			})
		}
	})
}

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return string(sum[:])
}

// Traefik cleans paths before any middleware, so that another key arrives, and is signed. It stops that when it is told to.
func TestTraefikChangesOddKeysUnlessItIsToldNotTo(t *testing.T) {
	store := find("aws-s3").route(t, traefik)
	g := start(t, traefik, store)
	for _, c := range []struct{ sent, cleaned string }{
		{"/bucket/a//b", "/bucket/a/b"}, {"/bucket/a/../b", "/bucket/b"}, {"/bucket/./a", "/bucket/a"}, {"/bucket/a+b", "/bucket/a+b"},
		{"/bucket/a%20b", "/bucket/a%20b"}, {"/bucket/%c3%a4", "/bucket/%C3%A4"}, {"/bucket/%7ea", "/bucket/~a"},
	} {
		if a, _ := g.accepted(t, store, request{method: "GET", target: c.sent}); a.target != c.cleaned {
			t.Errorf("%s arrives as %s, want %s", c.sent, a.target, c.cleaned)
		}
	}
	eachForm(t, func(t *testing.T, f form) {
		r := find("aws-s3").route(t, f)
		g := startS3(t, f, r)
		for _, target := range []string{"/bucket/a//b", "/bucket/a/../b", "/bucket/./a", "/bucket/..", "/bucket/a+b", "/bucket/a%20b", "/bucket/a%2Fb"} {
			if a, _ := g.accepted(t, r, request{method: "GET", target: target}); a.target != target {
				t.Errorf("%s arrives as %s", target, a.target)
			}
		}
	})
}

// A gigabyte goes through without being held: what is beyond max_body streams.
func TestAGigabyteStreamsToAnS3Server(t *testing.T) {
	if !long {
		t.Skip("it moves some gigabytes")
	}
	const size = 1 << 30
	s := newS3Server(t)
	eachFormAlone(t, func(t *testing.T, f form) {
		g := startS3(t, f, s.route("auto", options{"payload": "auto"}))
		bucket := "/big-" + strings.ReplaceAll(string(f), " ", "-")
		g.ask(t, "auto", "PUT", bucket, nil, 200)
		put, err := http.NewRequest("PUT", "http://auto.test"+bucket+"/key", io.LimitReader(zeros{}, size))
		if err != nil {
			t.Fatal(err)
		}
		put.ContentLength = size
		response, err := g.client(nil).Do(put)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Fatalf("PUT: %d", response.StatusCode)
		}
		if response, err = g.client(nil).Get("http://auto.test" + bucket + "/key"); err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if n, err := io.Copy(io.Discard, response.Body); n != size || err != nil {
			t.Errorf("%d bytes came back: %v", n, err)
		}
	})
}
