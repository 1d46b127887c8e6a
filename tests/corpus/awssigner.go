package corpus

import (
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
