//go:build go1.21

package aws

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// algorithm is the only one offered. Its asymmetric sibling SigV4A, AWS4-ECDSA-P256-SHA256, is not.
const algorithm = "AWS4-HMAC-SHA256"

// signer signs with the access key of a configuration, or with the session that a source yields. It never changes; keys and scopes are
// caches.
type signer struct {
	id, secret, token string // of the credential; token may be empty

	source *signers.TokenSource // nil: they are static
	// sourced says that the credential comes with each token of the source.
	sourced           bool
	regions, services []string // one of each in mode sign
	// fixed is the scope of mode sign; nil in mode re_sign.
	fixed  *scope
	reSign bool
	// varies: credentials or scope are not fixed, and come with the moment.
	varies bool
	// start is what the configuration says of every request: prepare copies it.
	start canonical
	// hinted is the last hint of mode re_sign.
	hinted *atomic.Value
	// placeholder is the only key ID that clients may sign with; empty: any.
	placeholder string

	// payload is signed, auto or unsigned.
	payload string
	// signsBody says that payload is signed or auto, and that the client's word for it does not
	// count.
	signsBody bool
	// inQuery says that the signature goes into the query; expires is then its lifetime in seconds.
	inQuery bool
	expires string // seconds, of a signature in the query
	// extra are further headers to sign, in lower case.
	extra []string
	// plus is blank, literal or refuse: what a + in a query means.
	plus        string
	tokenSigned bool
	// actions are those that clients may request; nil: all.
	actions *actions
	// copies says that X-Amz-Copy-Source may go out.
	copies bool

	normalize, encoding, contentHash string // auto, or what the service does

	keys   *keys
	scopes *sync.Map     // *scope by region and service, in mode re_sign
	scope  *atomic.Value // the last of them that was used
}

// owned are the headers of a signature. In mode re_sign X-Amz-Content-Sha256 is the client's: it says which form the body has.
var owned = []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"}

// ownedParams are those of a signature in the query, in lower case: of this version, and those that tell other versions (2, 4A and the
// sessions of S3 Express).
var ownedParams = []string{"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
	"x-amz-security-token", "awsaccesskeyid", "x-amz-region-set", "x-amz-s3session-token"}

// Traits depend on the mode. In mode sign X-Amz-Content-Sha256 is ours; in mode re_sign the client says with it what form the body has.
func (s *signer) Traits() signers.Traits {
	t := signers.Traits{
		Owns:   append([]string{"X-Amz-Content-Sha256"}, owned...),
		Params: ownedParams,
		Body:   signers.WholeBody,
		Second: true,
		// S3 keeps objects with their Content-Encoding, and SDKs send aws-chunked. Under allow_actions a form must be readable.
		Encoded: s.actions == nil,
		Proof: signers.Proof{Header: "Authorization", Value: algorithm + " Credential={access_key_id}/.../aws4_request, " +
			"SignedHeaders=..., Signature={signature}",
			How: "SHA-256, which is then signed with the derived key,",
		},
		Quotes:    quotedBy,
		AsSent:    s.asSent,
		DoubtHost: s.doubtHost,
		Working:   s.working,
	}
	t.Tokens = s.source
	if s.inQuery {
		t.Proof = signers.Proof{How: t.Proof.How}
	} else if s.reSign { // the scope is not known yet
		t.Proof = signers.Proof{How: t.Proof.How, Header: t.Proof.Header}
	} else {
		t.Proof.Curl = `--aws-sigv4 "aws:amz:{region}:{service}" --user "{access_key_id}:{secret_access_key}"`
	}
	// The client says by its signature which region and service it wants, and by X-Amz-Content-Sha256 what its body is.
	if s.reSign {
		t.Owns = owned
		t.Hint = s.hint
		if !s.inQuery {
			t.Sets = []string{"Authorization", "X-Amz-Date"}
		}
		t.Streams = s.streamsAsSent
		t.Unsigned = unsignedAsSent
		t.Closed = func(m *signers.Message, hint map[string]string) bool { return givesCredentials(hint[serviceOf]) }
		return t
	}
	t.Probe = probeOf(s.fixed.service)
	if s.inQuery && s.payload == "unsigned" {
		t.Unprotected = "placement"
	} else if s.payload != "signed" {
		t.Unprotected = "payload"
	}
	// With these payloads bodies need not be read: S3 alone permits that, and TLS protects them.
	switch {
	case s.payload == "unsigned":
		t.Streams = func(m *signers.Message, max int64) bool { return true }
	case s.payload == "auto":
		t.Streams = func(m *signers.Message, max int64) bool { return m.Length > max }
	}
	// A signer for a service of credentials signs nothing without allow_credential_endpoints.
	if givesCredentials(s.fixed.service) {
		t.Guards = []string{"* /**"}
	}
	return t
}

// Date is the form of ISO 8601 that AWS calls basic: 20260102T030405Z.
func (s *signer) Date(t time.Time) string { return t.UTC().Format(dateForm) }

// dateForm is that of the date of a signature, of which the first eight digits are the day.
const dateForm = "20060102T150405Z"

// Sign adds the headers of a signature to m, or its parameters to the target. On an error m is
// unchanged. It may be called concurrently.
func (s *signer) Sign(m *signers.Message, at *signers.Moment) error {
	c := new(canonical)
	if err := prepare(s, c, m, at); err != nil {
		return err
	}
	signature := signText(s.keys, c.secret, at.Date, c.scope, stringToSign(c, at.Date))
	m.Target = c.target
	if c.payloadSent {
		m.Header["X-Amz-Content-Sha256"] = []string{c.payload}
	}
	if c.inQuery {
		m.Target = signedTarget(s, c, signature)
		return nil
	}
	authorization := strings.Join([]string{algorithm + " Credential=", c.id, "/", at.Date[:8], c.scope.suffix, ", SignedHeaders=", c.names,
		", Signature=", signature}, "") // interpreted, each + makes a text
	// One slice for all headers; the capacity keeps an append to one from writing into the next.
	values := []string{authorization, at.Date, c.token}
	m.Header["Authorization"] = values[0:1:1]
	m.Header["X-Amz-Date"] = values[1:2:2]
	if c.token != "" {
		m.Header["X-Amz-Security-Token"] = values[2:3:3]
	}
	return nil
}

// signedTarget is the target with a signature in its query, at the end. A session token that is not
// signed follows it.
func signedTarget(s *signer, c *canonical, signature string) string {
	target := c.target + "&X-Amz-Signature=" + signature
	if c.token != "" && !s.tokenSigned {
		target += "&X-Amz-Security-Token=" + wire.PercentEncode(c.token)
	}
	return target
}

// Canonical returns the canonical request. The string to sign is made of its hash.
func (s *signer) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	var c canonical
	if err := prepare(s, &c, m, at); err != nil {
		return nil, err
	}
	return hideToken(partsOf(&c), &c), nil
}

// stringToSign has four lines: algorithm, date, credential scope, and the hash of the canonical
// request. The documentation of the package has one.
func stringToSign(c *canonical, date string) string {
	hash := wire.HexHash(strings.Join([]string{c.method, c.path, c.query, c.headers, c.names, c.payload}, "\n"))
	return strings.Join([]string{algorithm + "\n", date, "\n", date[:8], c.scope.suffix, "\n", hash}, "")
}

// StringToSign returns the text that is signed with the derived key, for people: it has the hash of the canonical request.
func (s *signer) StringToSign(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	var c canonical
	if err := prepare(s, &c, m, at); err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(stringToSign(&c, at.Date), "\n")
	return []signers.Part{{Label: "algorithm", Text: lines[0]}, {Label: "date", Text: lines[1]}, {Label: "scope", Text: lines[2]},
		{Label: "signed text", Text: lines[3]}}, nil
}

// probeOf is a harmless call of a service that anybody with read access may make. It has no method
// where a service has none, or only a POST.
func probeOf(service string) signers.Probe {
	target := map[string]string{
		"guardduty": "/detector", "securityhub": "/accounts", "s3": "/", "inspector2": "/status/ec2deepinspectionstatus/get",
		"lambda": "/2015-03-31/functions?MaxItems=1", "sts": "/?Action=GetCallerIdentity&Version=2011-06-15",
		"ec2": "/?Action=DescribeRegions&Version=2016-11-15",
	}[service]
	if target == "" || service == "inspector2" { // a POST there
		return signers.Probe{}
	}
	return signers.Probe{Method: "GET", Target: target}
}
