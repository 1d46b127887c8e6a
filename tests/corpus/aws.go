package corpus

import (
	"strings"
	"time"
)

func awsCases() []*Case {
	all := append(awsGood(), awsScopeCases()...)
	all = append(all, awsTextCases()...)
	all = append(all, awsPayloadCases()...)
	all = append(all, awsDateCases()...)
	all = append(all, awsKeyCases()...)
	return append(all, awsHeaderCases()...)
}

// with changes a request.
func (s *sigv4) with(change func(*sigv4)) *sigv4 { change(s); return s }

func awsGood() []*Case {
	ok := func(s *sigv4, name string) *Case { return s.build("right, "+name, "none") }
	accepted := &Response{Status: 200, Body: "{}"}
	all := []*Case{
		ok(guardduty(), "without a query"),
		ok(guardduty().with(func(s *sigv4) { s.query = "maxResults=50&nextToken=a%2Bb%3D" }), "with a query"),
		ok(guardduty().with(func(s *sigv4) { s.query = "b=2&a=1&a=0&c" }), "with a query that is not in order"),
		ok(putFindings(), "with a body"),
		ok(putFindings().with(func(s *sigv4) { s.hashed = true }), "with the hash of the body in a header"),
		ok(temporary(putFindings()), "with a session token"),
		ok(guardduty().with(func(s *sigv4) { s.path = "/tags/arn%3Aaws%3Aguardduty%3Aeu-west-1%3A111122223333%3Adetector%2F12" }), "with escapes in the path"),
		ok(guardduty().with(func(s *sigv4) { s.path = "/detector/../malware-scans/./x/" }), "with dots in the path"),
		ok(guardduty().with(func(s *sigv4) {
			s.headers = [][2]string{{"X-Amz-User-Agent", "aws-sdk-js/3.1   ua/2.0"}, {"Accept", "*/*"}}
		}), "with more headers"),
		ok(s3("/photos/a%20b%2Bc.jpg"), "an object's key with escapes"),
		ok(s3("/a//b/../c"), "an object's key with dots and doubled slashes"),
		ok(s3("/").with(func(s *sigv4) { s.query = "list-type=2&prefix=a%2Fb%20c&delimiter=%2F" }), "a list of objects"),
		ok(temporary(s3("/key")), "S3 with a session token"),
		ok(s3("/key").with(func(s *sigv4) {
			s.method, s.body = "PUT", "content"
			s.headers = [][2]string{{"Content-Type", "text/plain"}, {"Content-Length", "7"}, {"X-Amz-Acl", "private"}}
		}), "an upload"),
		ok(presigned(s3("/test.txt")), "presigned"),
		ok(presigned(temporary(s3("/a%20b.txt"))), "presigned with a session token"),
		ok(presigned(s3("/test.txt")).with(func(s *sigv4) { s.now = now.Add(14 * time.Minute) }), "presigned, fourteen minutes later"),
		ok(presigned(&sigv4{id: awsID, secret: awsSecret, region: "eu-west-1", service: "sts", host: "sts.eu-west-1.amazonaws.com", method: "GET", path: "/",
			query: "Action=GetCallerIdentity&Version=2011-06-15", headers: [][2]string{{"X-K8s-Aws-Id", "cluster"}}, at: now}), "the token of EKS"),
		ok(guardduty().with(func(s *sigv4) { s.path, s.answer = "/invitation", accepted }), "and accepted"),
		ok(guardduty().with(func(s *sigv4) { s.now = now.Add(4 * time.Minute) }), "four minutes later"),
		ok(s3("/key").with(func(s *sigv4) { s.now = now.Add(14 * time.Minute) }), "S3 fourteen minutes later"),
		ok(&sigv4{id: awsID, secret: awsSecret, region: "us-east-1", service: "iam", host: "iam.amazonaws.com", method: "POST", path: "/",
			headers: [][2]string{{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}, body: "Action=ListUsers&Version=2010-05-08", at: now}, "IAM"),
		ok(&sigv4{id: awsID, secret: awsSecret, region: "us-west-2", service: "bedrock", host: "bedrock-runtime.us-west-2.amazonaws.com", method: "POST",
			path: "/model/anthropic.claude-v2%3A1/invoke", headers: [][2]string{{"Content-Type", "application/json"}}, body: `{"a":1}`, at: now}, "Bedrock"),
		ok(&sigv4{id: awsID, secret: awsSecret, region: "eu-west-1", service: "ses", host: "email.eu-west-1.amazonaws.com", method: "GET", path: "/v2/email/identities",
			at: now}, "SES, whose host has another name"),
		ok(&sigv4{id: "minio", secret: awsSecret, region: "us-east-1", service: "s3", host: "minio.example:9000", method: "GET", path: "/bucket/key", at: now,
			hashed: true}, "MinIO with a port"),
	}
	unsigned := s3("/key")
	unsigned.method, unsigned.body, unsigned.hashed = "PUT", "content", false
	unsigned.headers = [][2]string{{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}}
	unsigned.signed = func(t *signing) { t.payload = "UNSIGNED-PAYLOAD" }
	traced := guardduty()
	traced.sent = func(c *Case) {
		c.Headers = append(c.Headers, [2]string{"X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678"}, [2]string{"User-Agent", "curl/8"})
	}
	return append(all, ok(unsigned, "an unsigned payload"), ok(traced, "with headers of a load balancer"))
}

func awsScopeCases() []*Case {
	region := func(answer *Response) *sigv4 {
		s := guardduty()
		s.region, s.config, s.answer = "us-east-1", map[string]any{"region": "eu-west-1"}, answer
		return s
	}
	service := guardduty()
	service.service, service.config = "execute-api", map[string]any{"service": "guardduty"}
	es := &sigv4{id: awsID, secret: awsSecret, region: "us-west-2", service: "es", host: "batch.us-west-2.amazonaws.com", method: "POST",
		path: "/v1/describecomputeenvironments", at: now, config: map[string]any{"service": "batch"},
		answer: awsJSON("InvalidSignatureException", "Credential should be scoped to correct service: 'batch'. ")}
	custom := &sigv4{id: awsID, secret: awsSecret, region: "us-east-1", service: "execute-api", host: "api.example.com", method: "GET", path: "/prod/pets",
		at: now, config: map[string]any{"region": "eu-west-1"},
		answer: awsJSON("InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-1'. ")}
	iam := &sigv4{id: awsID, secret: awsSecret, region: "us-east-2", service: "iam", host: "iam.amazonaws.com", method: "GET", path: "/",
		query: "Action=ListUsers&Version=2010-05-08", at: now,
		answer: awsXML("SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'us-east-2'.")}
	bucket := s3("/key")
	bucket.host, bucket.answer = "examplebucket.s3.amazonaws.com", awsXML("AuthorizationHeaderMalformed",
		"The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'", "Region", "eu-central-1")
	derived := guardduty()
	derived.signed, derived.answer = func(t *signing) { t.region = "us-east-1" }, awsMismatchJSON()
	derivedService := guardduty()
	derivedService.signed, derivedService.answer = func(t *signing) { t.service = "execute-api" }, awsMismatchJSON()
	swapped := guardduty()
	swapped.region, swapped.service, swapped.config = "guardduty", "eu-west-1", map[string]any{"region": "eu-west-1", "service": "guardduty"}
	link := presigned(s3("/key"))
	link.region, link.config, link.host = "us-east-1", map[string]any{"region": "eu-central-1"}, "examplebucket.s3.eu-central-1.amazonaws.com"
	return []*Case{
		region(nil).build("another region than the host's", "F", "wrong_region"),
		region(awsJSON("InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-1'. ")).build("another region, and AWS says so",
			"F", "wrong_region"),
		region(nil).build("another region", "F", "wrong_region").withoutSecret(),
		service.build("another service than the host's", "F", "wrong_service"),
		es.build("a signing proxy that is fixed to es", "F", "wrong_service"),
		custom.build("a domain of one's own, and the default region", "F", "wrong_region"),
		iam.build("another region for a global service", "F", "wrong_region"),
		bucket.build("a bucket of another region", "F", "wrong_region").unproved(),
		derived.build("a key for another region than the scope says", "F", "wrong_region"),
		derivedService.build("a key for another service than the scope says", "F", "wrong_service"),
		swapped.build("region and service exchanged", "F", "wrong_region", "wrong_service"),
		link.build("a presigned URL of another region", "F", "wrong_region"),
		hosted(s3("/key"), "examplebucket.s3.us-east-1.amazonaws.com:443").build("the host signed with its port", "G", "host_with_port"),
		hosted(&sigv4{id: awsID, secret: awsSecret, region: "us-east-1", service: "es", host: "localhost:9200", method: "GET", path: "/_cluster/health", at: now},
			"localhost").build("the host signed without its port", "G", "host_without_port"),
		hosted(guardduty(), "gateway.internal").with(func(s *sigv4) {
			s.sent = func(c *Case) { c.Headers = append(c.Headers, [2]string{"X-Forwarded-Host", "gateway.internal"}) }
		}).build("the name of a proxy signed", "G", "host_differs"),
		hosted(guardduty(), "localhost").build("the tunnel's name signed", "G", "host_differs"),
		hosted(guardduty(), "Guardduty.eu-west-1.amazonaws.com").build("the host in another letter case", "G", "host_case").also("host_differs"),
		hosted(guardduty(), "https://guardduty.eu-west-1.amazonaws.com").build("the URL for the host", "G", "host_with_scheme"),
		hosted(guardduty(), "guardduty.us-east-1.amazonaws.com").build("the host of another region signed", "G", "host_differs"),
		hosted(presigned(s3("/key")), "examplebucket.s3.amazonaws.com").build("a presigned URL with the host of another endpoint", "G", "host_differs"),
	}
}

// hosted signs another host than is sent.
func hosted(s *sigv4, host string) *sigv4 {
	s.answer = awsMismatchJSON()
	s.signed = func(t *signing) { t.values["host"] = host }
	return s
}

func awsTextCases() []*Case {
	text := func(s *sigv4, change func(*signing)) *sigv4 {
		s.signed, s.answer = change, awsMismatchJSON()
		if s.service == "s3" {
			s.answer = awsMismatchXML()
		}
		return s
	}
	path := func(path string) func(*signing) { return func(t *signing) { t.path = path } }
	query := func(query string) func(*signing) { return func(t *signing) { t.query = query } }
	tags := guardduty()
	tags.path = "/tags/arn%3Aaws%3Aguardduty%3A12"
	asked := func(sent string) *sigv4 { s := guardduty(); s.query = sent; return s }
	return []*Case{
		text(s3("/test%20file"), path("/test%2520file")).build("S3's path escaped twice", "A", "path_double_encoded"),
		text(s3("/test%20file"), path("/test file")).build("S3's path decoded", "A", "path_decoded"),
		text(s3("/public/10%2B2.jpg"), path("/public/10%202.jpg")).build("%2B in a key taken for a blank", "A", "path_encoding", "path_decoded", "space_encoding"),
		text(s3("/a+b"), path("/a+b")).build("a plus sign in a key signed as it is", "A", "reserved_encoding", "path_encoding"),
		text(s3("/a*b@c"), path("/a*b@c")).build("* and @ in a key signed bare", "A", "reserved_encoding", "path_encoding", "asterisk_encoding"),
		text(s3("/a//b"), path("/a/b")).build("doubled slashes of a key made one", "A", "path_slash", "path_dots"),
		text(s3("/a/../b"), path("/b")).build("dots of a key resolved", "A", "path_dots"),
		text(s3("/caf%c3%a9"), path("/caf%c3%a9")).build("escapes in small digits", "A", "escape_case"),
		text(tags, path("/tags/arn%3Aaws%3Aguardduty%3A12")).build("a path escaped once for a service other than S3", "A", "path_double_encoded"),
		text(guardduty(), path("/detector/")).build("a slash at the end", "A", "path_slash"),
		text(guardduty().with(func(s *sigv4) { s.path = "/a/./b" }), path("/a/./b")).build("dots of a path not resolved", "A", "path_dots"),
		text(asked("name=a%20b"), query("name=a+b")).build("a blank of the query signed as a plus sign", "A", "space_encoding"),
		text(asked("name=a+b"), query("name=a%2Bb")).build("a plus sign sent, and %2B signed", "A", "space_encoding", "reserved_encoding", "query_encoding"),
		text(asked("name=a%2Bb"), query("name=a%20b")).build("%2B sent, and a blank signed", "A", "space_encoding", "query_decoded", "query_encoding"),
		text(asked("arn=arn%3Aaws%3Aiam%3A%3A1"), query("arn=arn:aws:iam::1")).build("the query decoded", "A", "query_decoded", "reserved_encoding"),
		text(asked("arn=a%3Ab"), query("arn=a%253Ab")).build("the query escaped twice", "A", "query_double_encoded"),
		text(asked("tag=a~b"), query("tag=a%7Eb")).build("a tilde escaped", "A", "tilde_encoding"),
		text(asked("logs&x=1"), query("logs&x=1")).build("a parameter without a value signed bare", "A", "bare_parameter"),
		text(asked("b=2&a=1"), query("b=2&a=1")).build("the query not sorted", "C", "params_unsorted"),
		text(asked("B=2&a=1"), query("a=1&B=2")).build("the query sorted without regard to letter case", "C", "params_sorted_wrongly", "params_unsorted"),
		text(asked("maxResults=50"), query("")).build("the query not signed", "H", "query_sent_not_signed"),
		text(asked("maxResults=50&trace=1"), query("maxResults=50")).build("a parameter added after signing", "H", "query_sent_not_signed"),
		text(guardduty(), path("/prod/detector")).build("a path that a proxy cut", "H", "path_prefix_not_sent"),
		text(guardduty().with(func(s *sigv4) { s.path = "/gateway/detector" }), path("/detector")).build("a path that a proxy extended", "H", "path_prefix_not_signed"),
		text(guardduty(), path("https://guardduty.eu-west-1.amazonaws.com/detector")).build("the URL for the path", "H", "url_for_path"),
		text(guardduty(), func(t *signing) { t.method = "get" }).build("the method in small letters", "A", "method_case"),
		text(s3("/key"), func(t *signing) { t.method = "HEAD" }).build("another method", "D", "method_changed"),
		text(presigned(s3("/key")), func(t *signing) { t.method = "PUT" }).build("a presigned PUT that is fetched", "D", "method_changed"),
		text(presigned(s3("/a%20b")), path("/a%2520b")).build("a presigned path escaped twice", "A", "path_double_encoded"),
		text(guardduty(), func(t *signing) {
			t.canonical = func(c string) string { return strings.Replace(c, "\n\nhost;", "\nhost;", 1) }
		}).build("no empty line after the headers", "A", "text_layout"),
		text(guardduty(), func(t *signing) { t.canonical = func(c string) string { return c + "\n" } }).build("a line end after the canonical request", "A", "text_layout"),
	}
}
