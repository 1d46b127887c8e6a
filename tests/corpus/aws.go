package corpus

import (
	"encoding/hex"
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	awsID     = "AKIAIOSFODNN7EXAMPLE"
	awsTempID = "ASIAIOSFODNN7EXAMPLE"
	awsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	awsToken  = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ=="
)

// sigv4 is a request to AWS: what is sent, and what of it is signed (signed), where that is another thing.
type sigv4 struct {
	id, secret, token string
	region, service   string // of the scope
	host, method      string
	path, query       string // as they are sent
	headers           [][2]string
	body              string
	at                time.Time
	presigned         bool
	expires           string
	hashed            bool // X-Amz-Content-Sha256 is sent

	signed func(*signing) // changes what is signed
	sent   func(*Case)    // changes what is sent afterwards
	config map[string]any // options that differ from what is sent
	answer *Response
	now    time.Time
}

// signing are the inputs of a signature.
type signing struct {
	method, path, query, payload string
	date, day, region, service   string
	secret, prefix, terminal     string
	digest                       string
	values                       map[string]string // of the signed headers
	announced                    string            // SignedHeaders
	canonical, toSign            func(string) string
	final                        func(string) string
}

func guardduty() *sigv4 {
	return &sigv4{id: awsID, secret: awsSecret, region: "eu-west-1", service: "guardduty", host: "guardduty.eu-west-1.amazonaws.com",
		method: "GET", path: "/detector", at: now}
}

func putFindings() *sigv4 {
	s := guardduty()
	s.method, s.path = "POST", "/detector/12abc34d567e8fa901bc2d34e56789f0/findings"
	s.headers = [][2]string{{"Content-Type", "application/json"}}
	s.body = `{"maxResults": 50, "sortCriteria": {"attributeName": "severity", "orderBy": "DESC"}}`
	return s
}

func s3(path string) *sigv4 {
	return &sigv4{id: awsID, secret: awsSecret, region: "us-east-1", service: "s3", host: "examplebucket.s3.us-east-1.amazonaws.com",
		method: "GET", path: path, at: now, hashed: true}
}

func presigned(s *sigv4) *sigv4 {
	s.presigned, s.hashed, s.expires = true, false, "900"
	return s
}

func temporary(s *sigv4) *sigv4 {
	s.id, s.token = awsTempID, awsToken
	return s
}

// awsPath is the path as the service reads it: S3 escapes it once, others once more.
func awsPath(service, path string) string {
	segments := strings.Split(path, "/")
	var kept []string
	for i, one := range segments {
		switch {
		case service == "s3":
			kept = append(kept, rfc(awsUnescape(one)))
		case one == "." || one == "" && i > 0 && i < len(segments)-1:
		case one == ".." && len(kept) > 1:
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, rfc(one))
		}
	}
	return strings.Join(kept, "/")
}

func awsUnescape(text string) string {
	var b []byte
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			b = append(b, must(unhex(text[i+1 : i+3]))[0])
			i += 2
			continue
		}
		b = append(b, text[i])
	}
	return string(b)
}

// awsQuery is the query decoded, escaped anew and sorted; a plus sign is a blank.
func awsQuery(query string) string {
	var pairs [][2]string
	for _, one := range strings.Split(query, "&") {
		if one == "" {
			continue
		}
		k, v, _ := strings.Cut(strings.ReplaceAll(one, "+", "%20"), "=")
		pairs = append(pairs, [2]string{awsUnescape(k), awsUnescape(v)})
	}
	return params(pairs, true, rfc)
}

// build signs the request and makes the case.
func (s *sigv4) build(name, class string, causes ...string) *Case {
	stamp := s.at.UTC().Format("20060102T150405Z")
	t := &signing{method: s.method, path: awsPath(s.service, s.path), payload: sum("sha256", s.body), date: stamp, day: stamp[:8],
		region: s.region, service: s.service, secret: s.secret, prefix: "AWS4", terminal: "aws4_request", digest: "sha256",
		values: map[string]string{"host": s.host}}
	c := &Case{Name: "aws: " + name, Signer: "aws", Class: class, Causes: causes, Proved: true, Method: s.method, Body: []byte(s.body), Response: s.answer,
		Now: s.at, Config: map[string]any{"access_key_id": s.id, "secret_access_key": awsSecret, "region": s.region, "service": s.service}}
	if !s.now.IsZero() {
		c.Now = s.now
	}
	if s.token != "" {
		c.Config["session_token"] = s.token
	}
	maps.Copy(c.Config, s.config)
	add := func(name, value string) {
		c.Headers = append(c.Headers, [2]string{name, value})
		t.values[strings.ToLower(name)] = strings.Join(strings.Fields(value), " ")
	}
	for _, h := range s.headers {
		add(h[0], h[1])
	}
	if s.hashed {
		add("X-Amz-Content-Sha256", t.payload)
	}
	query := s.query
	if s.presigned {
		if s.service == "s3" {
			t.payload = "UNSIGNED-PAYLOAD"
		}
		if query != "" {
			query += "&"
		}
		query += "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + rfc(s.id+"/"+t.day+"/"+s.region+"/"+s.service+"/aws4_request") +
			"&X-Amz-Date=" + stamp + "&X-Amz-Expires=" + s.expires
		if s.token != "" {
			query += "&X-Amz-Security-Token=" + rfc(s.token)
		}
		query += "&X-Amz-SignedHeaders=" + rfc(strings.Join(slices.Sorted(maps.Keys(t.values)), ";"))
	} else {
		add("X-Amz-Date", stamp)
		if s.token != "" {
			add("X-Amz-Security-Token", s.token)
		}
	}
	t.query, t.announced = awsQuery(query), strings.Join(slices.Sorted(maps.Keys(t.values)), ";")
	if s.signed != nil {
		s.signed(t)
	}
	lines := t.method + "\n" + t.path + "\n" + t.query + "\n"
	for key, value := range inOrder(t.values) {
		lines += key + ":" + value + "\n"
	}
	canonical := lines + "\n" + t.announced + "\n" + t.payload
	if t.canonical != nil {
		canonical = t.canonical(canonical)
	}
	toSign := "AWS4-HMAC-SHA256\n" + t.date + "\n" + t.day + "/" + t.region + "/" + t.service + "/aws4_request\n" + sum("sha256", canonical)
	if t.toSign != nil {
		toSign = t.toSign(canonical)
	}
	key := t.prefix + t.secret
	for _, part := range []string{t.day, t.region, t.service, t.terminal} {
		if part != "" {
			key = string(mac(t.digest, key, part))
		}
	}
	signature := hexMAC(t.digest, key, toSign)
	if t.final != nil {
		signature = t.final(signature)
	}
	if s.presigned {
		query += "&X-Amz-Signature=" + signature
	} else {
		c.Headers = append(c.Headers, [2]string{"Authorization", "AWS4-HMAC-SHA256 Credential=" + s.id + "/" + stamp[:8] + "/" + s.region + "/" +
			s.service + "/aws4_request, SignedHeaders=" + t.announced + ", Signature=" + signature})
	}
	c.URL = "https://" + s.host + s.path
	if query != "" {
		c.URL += "?" + query
	}
	if s.sent != nil {
		s.sent(c)
	}
	return c
}

// header changes a header that is sent; an empty value takes it away.
func (c *Case) header(name string, change func(string) string) {
	var kept [][2]string
	for _, h := range c.Headers {
		if strings.EqualFold(h[0], name) {
			if h[1] = change(h[1]); h[1] == "" {
				continue
			}
		}
		kept = append(kept, h)
	}
	c.Headers = kept
}

func (c *Case) also(causes ...string) *Case {
	c.Also = causes
	return c
}

func (c *Case) unproved() *Case {
	c.Proved = false
	return c
}

func (c *Case) withoutSecret() *Case {
	c.Name += ", without the secret"
	delete(c.Config, "secret_access_key")
	delete(c.Config, "session_token")
	return c.unproved()
}

// What AWS answers, as it is quoted in public.
func awsJSON(code, message string) *Response {
	return &Response{403, map[string]string{"Content-Type": "application/json", "X-Amzn-Errortype": code}, `{"message":` + quotedJSON(message) + `}`}
}

func quotedJSON(text string) string { return strings.ReplaceAll(strconv.Quote(text), `\'`, `'`) }

func awsXML(code, message string, more ...string) *Response {
	body := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>" + code + "</Code><Message>" + html.EscapeString(message) + "</Message>"
	for i := 0; i+1 < len(more); i += 2 {
		body += "<" + more[i] + ">" + html.EscapeString(more[i+1]) + "</" + more[i] + ">"
	}
	return &Response{403, map[string]string{"Content-Type": "application/xml"}, body + "<RequestId>A1</RequestId></Error>"}
}

const awsMismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and " +
	"signing method. Consult the service documentation for details."

func awsMismatchJSON() *Response { return awsJSON("InvalidSignatureException", awsMismatch) }

func awsMismatchXML() *Response {
	return awsXML("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
}

// awsQuoted is a refusal with the canonical request that AWS made.
func awsQuoted(canonical string) *Response {
	return awsJSON("InvalidSignatureException", awsMismatch+"\n\nThe Canonical String for this request should have been\n'"+canonical+
		"'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260304T150607Z\n20260304/eu-west-1/guardduty/aws4_request\n"+
		sum("sha256", canonical)+"'\n")
}

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
			"localhost").build("the host signed without its port", "G", "host_with_port"),
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

func awsPayloadCases() []*Case {
	body := func(signed string) *sigv4 {
		s := putFindings()
		s.signed, s.answer = func(t *signing) { t.payload = sum("sha256", signed) }, awsMismatchJSON()
		return s
	}
	word := func(payload string) *sigv4 {
		s := putFindings()
		s.signed, s.answer = func(t *signing) { t.payload = payload }, awsMismatchJSON()
		return s
	}
	sent := putFindings().body
	upload := s3("/key")
	upload.method, upload.body, upload.hashed = "PUT", "content of a file", false
	upload.headers = [][2]string{{"X-Amz-Content-Sha256", sum("sha256", "")}}
	upload.signed = func(t *signing) { t.payload = sum("sha256", "") }
	upload.answer = &Response{400, nil, awsXML("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.").Body}
	lines := s3("/key")
	lines.method, lines.body, lines.hashed = "PUT", "a\nb\n", false
	lines.headers = [][2]string{{"X-Amz-Content-Sha256", sum("sha256", "a\nb")}}
	lines.signed = func(t *signing) { t.payload = sum("sha256", "a\nb") }
	unhashed := s3("/key")
	unhashed.hashed = false
	unhashed.answer = &Response{400, nil, awsXML("InvalidRequest", "Missing required header for this request: x-amz-content-sha256").Body}
	streaming := s3("/key")
	streaming.method, streaming.body, streaming.hashed = "PUT", "content", false
	streaming.headers = [][2]string{{"X-Amz-Content-Sha256", "STREAMING-HMAC-SHA256-PAYLOAD"}}
	streaming.signed = func(t *signing) { t.payload = "STREAMING-HMAC-SHA256-PAYLOAD" }
	streaming.answer = &Response{400, nil, awsXML("InvalidArgument",
		"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.").Body}
	unsigned := putFindings()
	unsigned.headers = append(unsigned.headers, [2]string{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"})
	unsigned.signed, unsigned.answer = func(t *signing) { t.payload = "UNSIGNED-PAYLOAD" }, awsMismatchJSON()
	return []*Case{
		body("").build("the hash of an empty body", "B", "body_not_signed"),
		body(sent+"\n").build("a line end at the end of the body signed", "B", "body_line_end"),
		body(strings.ReplaceAll(strings.ReplaceAll(sent, ": ", ":"), ", ", ",")).build("JSON written anew after signing", "B", "body_reserialised"),
		body(sent).with(func(s *sigv4) {
			s.body = `{"sortCriteria":{"orderBy":"DESC","attributeName":"severity"},"maxResults":50}`
		}).build("JSON in another order", "B", "body_reserialised"),
		word("UNSIGNED-PAYLOAD").build("UNSIGNED-PAYLOAD in the signature alone", "B", "payload_unsigned"),
		unsigned.build("UNSIGNED-PAYLOAD for a service that wants a hash", "B", "payload_unsigned"),
		word(strings.ToUpper(sum("sha256", sent))).build("the hash in capitals", "B", "payload_form"),
		word("").build("no hash of the payload", "B", "payload_form"),
		word(sum("md5", sent)).build("MD5 of the payload", "F", "wrong_digest"),
		upload.build("an upload with the hash of nothing", "B", "body_not_signed").also("body_signed_not_sent"),
		lines.build("a file whose last line end the hash does not have", "B", "body_line_end"),
		unhashed.build("S3 without the hash", "D", "header_not_sent"),
		streaming.build("a form of payload that does not exist", "B", "payload_form"),
		guardduty().with(func(s *sigv4) {
			s.signed, s.answer = func(t *signing) { t.payload = sum("sha256", "{}") }, awsMismatchJSON()
		}).build("{} signed, and nothing sent", "B", "body_signed_not_sent"),
	}
}

func awsDateCases() []*Case {
	at := func(s *sigv4, off time.Duration, answer *Response) *sigv4 {
		s.now, s.answer = s.at.Add(-off), answer
		return s
	}
	signed := func(change func(*signing)) *sigv4 {
		s := guardduty()
		s.signed, s.answer = change, awsMismatchJSON()
		return s
	}
	expired := awsJSON("InvalidSignatureException", "Signature expired: 20260304T150607Z is now earlier than 20260304T155607Z (20260304T160107Z - 5 min.)")
	early := awsJSON("InvalidSignatureException", "Signature not yet current: 20260304T150607Z is still later than 20260304T141107Z (20260304T140607Z + 5 min.)")
	day := guardduty()
	day.at = time.Date(2026, 3, 5, 0, 30, 0, 0, time.UTC)
	day.sent = func(c *Case) {
		c.header("Authorization", func(v string) string { return strings.Replace(v, "/20260305/", "/20260304/", 1) })
	}
	day.signed = func(t *signing) { t.day = "20260304" }
	day.answer = awsJSON("InvalidSignatureException",
		"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260304' != '20260305', from '20260305T003000Z'.")
	extended := guardduty()
	extended.signed = func(t *signing) { t.date, t.values["x-amz-date"] = "2026-03-04T15:06:07Z", "2026-03-04T15:06:07Z" }
	extended.sent = func(c *Case) { c.header("X-Amz-Date", func(string) string { return "2026-03-04T15:06:07Z" }) }
	extended.answer = awsJSON("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '2026-03-04T15:06:07Z'.")
	none := guardduty()
	none.sent = func(c *Case) { c.header("X-Amz-Date", func(string) string { return "" }) }
	none.answer = awsJSON("IncompleteSignatureException", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	long := presigned(s3("/key"))
	long.expires = "1209600"
	return []*Case{
		at(guardduty(), -55*time.Minute, expired).build("a clock that is behind", "E", "clock_off"),
		at(guardduty(), 55*time.Minute, early).build("a clock that is ahead", "E", "clock_off"),
		at(guardduty(), -6*time.Minute, nil).build("six minutes late", "E", "clock_off"),
		at(guardduty(), 2*time.Hour, early).build("local time for UTC", "E", "local_time"),
		at(s3("/key"), -20*time.Minute, awsXML("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")).build(
			"S3, twenty minutes late", "E", "clock_off"),
		at(presigned(s3("/key")), -16*time.Minute, awsXML("AccessDenied", "Request has expired")).build("a presigned URL that is over", "E", "clock_off"),
		at(guardduty(), -55*time.Minute, expired).build("a clock that is behind", "E", "clock_off").withoutSecret(),
		long.build("a presigned URL for two weeks", "E", "expiry_out_of_range"),
		day.build("yesterday's day in the scope", "E", "scope_date"),
		day.build("yesterday's day in the scope", "E", "scope_date").withoutSecret(),
		signed(func(t *signing) { t.day = "20260305" }).build("a key for tomorrow", "E", "scope_date"),
		extended.build("the date in the extended form", "E", "date_format"),
		none.build("no date", "D", "date_not_sent"),
		signed(func(t *signing) { t.date = "20260304T150605Z" }).build("the date made twice, two seconds apart", "D", "date_changed"),
		signed(func(t *signing) { t.date, t.values["x-amz-date"] = "20260304T150608Z", "20260304T150608Z" }).build("a date that was changed", "D", "date_changed"),
	}
}

func awsKeyCases() []*Case {
	key := func(secret string) *sigv4 {
		s := guardduty()
		s.signed, s.answer = func(t *signing) { t.secret = secret }, awsMismatchJSON()
		return s
	}
	signed := func(change func(*signing)) *sigv4 {
		s := guardduty()
		s.signed, s.answer = change, awsMismatchJSON()
		return s
	}
	tokenless := temporary(guardduty())
	tokenless.token, tokenless.config = "", map[string]any{"session_token": awsToken}
	tokenless.answer = awsJSON("UnrecognizedClientException", "The security token included in the request is invalid.")
	link := presigned(temporary(s3("/key")))
	link.token, link.config = "", map[string]any{"session_token": awsToken}
	link.answer = awsXML("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	stripped := temporary(guardduty())
	stripped.sent = func(c *Case) { c.header("X-Amz-Security-Token", func(string) string { return "" }) }
	stale := temporary(guardduty())
	stale.token, stale.config = "IQoJANOTHERTOKENOFANOTHERSESSIONEXAMPLE==", map[string]any{"session_token": awsToken}
	stale.answer = awsJSON("UnrecognizedClientException", "The security token included in the request is invalid.")
	left := guardduty()
	left.token, left.config = awsToken, map[string]any{"session_token": ""}
	over := temporary(guardduty())
	over.answer = awsJSON("ExpiredTokenException", "The security token included in the request is expired")
	appended := presigned(temporary(s3("/key")))
	appended.signed = func(t *signing) { t.query = strings.Replace(t.query, "&X-Amz-Security-Token="+rfc(awsToken), "", 1) }
	appended.answer = awsMismatchXML()
	swapped := guardduty()
	swapped.id, swapped.secret = awsSecret, awsID
	swapped.config = map[string]any{"access_key_id": awsID}
	other := guardduty()
	other.id, other.config = "AKIAI44QH8DHBEXAMPLE", map[string]any{"access_key_id": awsID}
	other.answer = awsJSON("UnrecognizedClientException", "The security token included in the request is invalid.")
	form := func(change func(string) string) *sigv4 {
		s := guardduty()
		s.sent = func(c *Case) { c.header("Authorization", change) }
		s.answer = awsJSON("IncompleteSignatureException", "Authorization header requires 'Signature' parameter.")
		return s
	}
	rights := guardduty()
	rights.answer = awsJSON("AccessDeniedException", "User: arn:aws:iam::111122223333:user/x is not authorized to perform: guardduty:ListDetectors")
	return []*Case{
		key(awsSecret+"\n").build("a line end after the secret", "F", "secret_whitespace"),
		key(`"`+awsSecret+`"`).build("quotes around the secret", "F", "secret_quoted"),
		key(awsID).build("the ID as the secret", "F", "ids_swapped"),
		key(awsToken).with(func(s *sigv4) { *s = *temporary(s) }).build("the session token as the secret", "F", "ids_swapped"),
		key("").build("no secret", "F", "secret_empty"),
		key(awsSecret[:39]).build("a secret without its last character", "F", "secret_cut"),
		key(strings.ReplaceAll(awsSecret, "+", " ")).build("a + of the secret made a blank", "F", "secret_altered"),
		key("je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY").build("another secret", "J", "unexplained").unproved(),
		signed(func(t *signing) { t.prefix = "" }).build("no AWS4 before the secret", "F", "wrong_construction"),
		signed(func(t *signing) { t.terminal = "aws4" }).build("another end of the derivation", "F", "wrong_construction").also("unexplained"),
		signed(func(t *signing) { t.digest = "sha1" }).build("SHA-1", "F", "wrong_digest"),
		signed(func(t *signing) {
			t.toSign = func(c string) string {
				return "AWS4-HMAC-SHA256\n" + t.date + "\n" + t.day + "/eu-west-1/guardduty/aws4_request\n" + c
			}
		}).build("the canonical request not hashed", "F", "wrong_construction"),
		signed(func(t *signing) { t.final = strings.ToUpper }).build("the signature in capitals", "F", "upper_hex"),
		signed(func(t *signing) { t.final = func(v string) string { return b64(must(hex.DecodeString(v))) } }).build("the signature in Base64", "F", "base64_for_hex"),
		tokenless.build("no session token", "F", "session_token_missing"),
		tokenless.build("no session token", "F", "session_token_missing").withoutSecret(),
		link.build("a presigned URL without its session token", "F", "session_token_missing"),
		stripped.build("a session token that was taken out on the way", "D", "header_not_sent").also("session_token_missing"),
		stale.build("the session token of another session", "F", "session_token_wrong"),
		left.build("a session token with a long-lived key", "F", "session_token_wrong"),
		over.build("a session token that has expired", "K", "key_expired").unproved(),
		appended.build("a session token appended to a presigned URL", "H", "query_sent_not_signed"),
		swapped.build("ID and secret exchanged", "F", "ids_swapped"),
		other.build("the ID of another key", "F", "wrong_id"),
		form(func(v string) string { return strings.TrimPrefix(v, "AWS4-HMAC-SHA256 ") }).build("no AWS4-HMAC-SHA256", "F", "prefix_missing"),
		form(func(v string) string { return strings.ReplaceAll(v, ", ", " ") }).build("no commas", "F", "token_separator"),
		form(func(v string) string { return v[:strings.Index(v, ", Signature")] }).build("no signature", "F", "token_separator"),
		form(func(v string) string { return strings.Replace(v, "/aws4_request", "", 1) }).build("a scope without its end", "F", "token_separator"),
		form(func(string) string { return "AWS " + awsID + ":frJIUN8DYpKDtOLCwo//yllqDzg=" }).build("version 2", "F", "wrong_scheme"),
		form(func(string) string { return "Bearer abc" }).build("a bearer token", "F", "wrong_scheme"),
		form(func(string) string { return "" }).with(func(s *sigv4) {
			s.answer = awsJSON("MissingAuthenticationTokenException", "Missing Authentication Token")
		}).build("no Authorization", "D", "header_not_sent"),
		rights.build("no right", "K", "not_permitted").unproved(),
	}
}

func awsHeaderCases() []*Case {
	header := func(s *sigv4, name, value string) *sigv4 {
		s.signed, s.answer = func(t *signing) { t.values[name] = value }, awsMismatchJSON()
		return s
	}
	added := func(name, value string) *sigv4 {
		s := guardduty()
		s.sent = func(c *Case) { c.Headers = append(c.Headers, [2]string{name, value}) }
		return s
	}
	copied := s3("/key")
	copied.sent = func(c *Case) { c.Headers = append(c.Headers, [2]string{"X-Amz-Meta-Gateway", "1"}) }
	copied.answer = awsXML("AccessDenied", "There were headers present in the request which were not signed", "HeadersNotSigned", "x-amz-meta-gateway")
	agent := guardduty()
	agent.headers = [][2]string{{"User-Agent", "aws-sdk-cpp/1.0"}}
	agent.sent = func(c *Case) { c.header("User-Agent", func(v string) string { return v + " proxy/1" }) }
	seen := func(canonical string) *sigv4 { s := guardduty(); s.answer = awsQuoted(canonical); return s }
	right := func(host, path, more string) string {
		return "GET\n" + path + "\n\nhost:" + host + "\n" + more + "x-amz-date:20260304T150607Z\n\nhost;x-amz-date\n" + sum("sha256", "")
	}
	both := guardduty()
	both.query = "X-Amz-Signature=00&X-Amz-Algorithm=AWS4-HMAC-SHA256"
	both.answer = awsJSON("IncompleteSignatureException", "Only one auth mechanism allowed")
	dropped := putFindings()
	dropped.sent = func(c *Case) { c.header("Content-Type", func(string) string { return "" }) }
	dropped.answer = awsMismatchJSON()
	hostless := guardduty()
	hostless.signed = func(t *signing) { delete(t.values, "host"); t.announced = "x-amz-date" }
	return []*Case{
		added("X-Amz-Meta-Trace", "1").build("an x-amz- header added after signing", "D", "header_not_signed"),
		added("X-Amz-Meta-Trace", "1").build("an x-amz- header added after signing", "D", "header_not_signed").withoutSecret(),
		copied.build("an x-amz- header added, and S3 names it", "D", "header_not_signed"),
		header(putFindings(), "content-type", "application/json; charset=utf-8").build("another Content-Type signed", "D", "header_signed_otherwise"),
		header(guardduty().with(func(s *sigv4) { s.headers = [][2]string{{"X-Amz-Meta-Note", "a   b"}} }), "x-amz-meta-note", "a   b").build(
			"blanks in a value not made one", "D", "header_signed_otherwise"),
		header(guardduty().with(func(s *sigv4) { s.headers = [][2]string{{"X-Amz-Target", "Service.Op"}} }), "x-amz-target", "").build(
			"a signed header that was empty", "D", "header_not_signed", "header_signed_otherwise").also("unexplained"),
		header(putFindings().with(func(s *sigv4) { s.headers = append(s.headers, [2]string{"Content-Length", "84"}) }), "content-length", "0").build(
			"another Content-Length signed", "D", "header_signed_otherwise"),
		agent.with(func(s *sigv4) {
			s.answer = awsQuoted("GET\n/detector\n\nhost:" + s.host + "\nuser-agent:aws-sdk-cpp/1.0 proxy/1\nx-amz-date:20260304T150607Z\n\n" +
				"host;user-agent;x-amz-date\n" + sum("sha256", ""))
		}).build("a User-Agent that a proxy changed", "J", "unexplained").unproved().also("header_signed_otherwise"),
		seen(right("internal.example", "/detector", "")).build("AWS received another host", "G", "host_differs"),
		seen(right("internal.example", "/detector", "")).build("AWS received another host", "G", "host_differs").withoutSecret(),
		seen(right("guardduty.eu-west-1.amazonaws.com", "/v1/detector", "")).build("AWS received another path", "A", "path_encoding"),
		seen(right("guardduty.eu-west-1.amazonaws.com", "/detector", "")).with(func(s *sigv4) {
			s.signed = func(t *signing) { t.path = "/prod/detector" }
		}).build("a path that was cut, and AWS shows what it received", "H", "path_prefix_not_sent"),
		both.build("a signature in the header and one in the query", "I", "header_twice"),
		dropped.build("a signed Content-Type that was taken out", "D", "header_not_sent"),
		hostless.build("the host not signed", "G", "host_missing"),
	}
}
