package vendorsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

func init() {
	key := func(service string, more ...string) map[string]string {
		m := map[string]string{"access_key_id": "AKIADEMODEMODEMODEMO", "secret_access_key": "demo/secret+access/key/not-a-secret",
			"region": "us-east-1", "service": service}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	vendors["aws"] = entry{
		make: newAWS,
		demo: map[string]map[string]string{
			"": key("guardduty"), "s3": key("s3"), "sts": key("sts"),
			"session": key("guardduty", "session_token", "demo/session+token/not-a-token=="),
		},
	}
}

// aws verifies AWS Signature Version 4, as headers and as a presigned query: "Create a signed AWS API request" in the IAM User
// Guide, and for S3 "Authenticating Requests (AWS Signature Version 4)" in its API Reference. The errors are those of
// "Troubleshoot signed requests for AWS APIs" and of S3's "Error responses".
//
// Services differ in three things, and S3's family (s3, s3-outposts, s3-object-lambda) is the one that differs: its path is
// neither normalised nor encoded a second time, X-Amz-Content-Sha256 is mandatory and may say that the body is not signed, and a
// clock may be 15 minutes off, not 5. path_encoding (once, twice) and normalize_path (true, false) override the first for
// services that resemble S3 behind another name.
//
// What AWS does not publish is read strictly. Content-Type must be signed in a presigned request too. An X-Amz- parameter of the
// signature may be neither repeated nor spelt in another case, and none may arrive next to an Authorization header. The chunk
// signatures of STREAMING-AWS4-HMAC-SHA256-PAYLOAD and Signature Version 4A are not verified but refused.
type aws struct {
	id, secret, token string
	expires           time.Time // of the session token
	regions, services []string
	once, plainPath   string // path_encoding and normalize_path
	tokenUnsigned     bool   // the token is added to the query after it was signed
}

// newAWS reads the credential. Options of a gateway are ignored by name, so that a misspelt one is an error here too.
func newAWS(o *options, _ *Config) vendor {
	// These steer how a gateway signs. What it makes of them is judged here.
	o.ignore("mode", "payload", "placement", "expires_in", "signed_headers", "query_plus", "content_sha256", "placeholder_key",
		"allow_actions", "copy_source", "allow_credential_endpoints", "credentials", "credentials_file", "role_arn",
		"role_session_name", "profile", "web_identity_token", "sts_host", "container_url", "container_path", "container_token")
	v := &aws{
		id:            o.required("access_key_id", "/, ="),
		secret:        o.required("secret_access_key", ""),
		token:         o.optional("session_token", " "),
		regions:       o.list("region"),
		services:      o.list("service"),
		once:          o.choice("path_encoding", "", "once", "twice"),
		plainPath:     o.choice("normalize_path", "", "true", "false"),
		tokenUnsigned: o.choice("sign_session_token", "true", "false") == "false",
	}
	if v.token != "" {
		v.expires = tokenExpires(o)
	}
	return v
}

// isS3 reports whether a service follows S3's rules.
func isS3(service string) bool {
	return service == "s3" || service == "s3-outposts" || service == "s3-object-lambda"
}

// owns are the headers of the header form. The parameters of a presigned request are checked by claim.
func (v *aws) owns() []string {
	return []string{"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
}

// refuse answers a header that arrived twice or in a look-alike spelling. AWS publishes no answer for that; this is
// the one for an Authorization header that it cannot take apart.
func (v *aws) refuse(reason string) *Answer {
	return v.answer("", awsRefusal{kind: awsIncomplete, text: "The request signature does not conform to AWS standards.", reason: reason})
}

// judge reads the claim and checks it. The refusal has the form of the service that the claim names, if it could be read.
func (v *aws) judge(r *Request, now time.Time) *Answer {
	claim, refusal := v.claim(r)
	if refusal.kind == "" {
		refusal = v.check(claim, r, now)
	}
	if refusal.kind != "" {
		return v.answer(claim.service, refusal)
	}
	verified := "AWS4-HMAC-SHA256 for " + claim.service + " in " + claim.region
	if claim.presigned {
		verified += ", presigned"
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo("aws", verified, r)})
}

// check compares a readable claim with what the vendor knows, in the order of what AWS answers first: an unknown key
// is said before a wrong scope, a date before a wrong signature. With a wrong secret and a wrong clock a client hears
// of the clock first, as at AWS.
func (v *aws) check(c *awsClaim, r *Request, now time.Time) awsRefusal {
	if !same(c.id, v.id) {
		return awsRefusal{kind: awsUnknownKey, reason: "the access key id is unknown", fields: []string{"AWSAccessKeyId", c.id}}
	}
	for _, find := range []func() awsRefusal{
		func() awsRefusal { return v.checkScope(c) },
		func() awsRefusal { return v.checkToken(c, now) },
		func() awsRefusal { return checkAWSTime(c, now) },
		func() awsRefusal { return v.checkCover(c, r) },
		func() awsRefusal { return v.checkSignature(c, r) },
	} {
		if refusal := find(); refusal.kind != "" {
			return refusal
		}
	}
	return awsRefusal{}
}

// checkSignature makes the signature again. A payload that is another than X-Amz-Content-Sha256 says is found after that,
// since the signature covers what the header says. The string to sign is, for the example of canonical:
//
//	AWS4-HMAC-SHA256
//	20231114T221320Z
//	20231114/us-east-1/guardduty/aws4_request
//	hex(SHA-256(canonical request))
func (v *aws) checkSignature(c *awsClaim, r *Request) awsRefusal {
	// An empty payload means that nothing can be verified; then refusal says why.
	payload, refusal := awsPayload(c, r)
	if payload == "" {
		return refusal
	}
	canonical := v.canonical(c, r, payload)
	sum := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{awsAlgorithm, c.date, c.scope(), hex.EncodeToString(sum[:])}, "\n")
	if !same(c.signature, hex.EncodeToString(hmacSHA256(v.key(c), toSign))) {
		return awsRefusal{kind: awsMismatch, canonical: canonical, toSign: toSign, id: c.id, signature: c.signature,
			reason: "the signature fits not the canonical request of what arrived: method, path, query, signed headers and payload"}
	}
	return refusal
}

// key derives the key of a day, region and service: HMAC-SHA256 chained from "AWS4" + secret over the parts of the
// scope ("Derive a signing key" of the same page). A leaked derived key is good for one day, region and service only.
func (v *aws) key(c *awsClaim) []byte {
	key := []byte("AWS4" + v.secret)
	for _, part := range []string{c.day, c.region, c.service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	return key
}

// hmacSHA256 is a step of the chain of key, and the signature itself.
func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
