package aws

import (
	"errors"
	"net/http"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

const canonicalGET = "GET\n/detector\n\nhost:h.example\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\n" + emptyHash

func TestAWSAnswersSayWhatIsRefused(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1", "service=guardduty")
	for _, test := range []struct {
		name   string
		status int
		kind   string // X-Amzn-Errortype
		body   string
		want   signers.Refusal
	}{
		{"a signature", 403, "", `{"__type":"InvalidSignatureException","message":"The request signature we calculated"}`, signers.RefusedSignature},
		{"a signature in S3", 403, "", `<Error><Code>SignatureDoesNotMatch</Code></Error>`, signers.RefusedSignature},
		{"a late signature", 403, "", `{"__type":"InvalidSignatureException","message":"Signature expired: 20260102T030405Z is now earlier"}`, signers.RefusedClock},
		{"a late signature of the query protocol", 403, "", `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: x</Message>`, signers.RefusedClock},
		{"the client's words are not AWS'", 403, "", `{"__type":"InvalidSignatureException","message":"The Canonical String ... 'GET\n/signature expired'"}`, signers.RefusedSignature},
		{"a skewed clock", 403, "", `<Error><Code>RequestTimeTooSkewed</Code></Error>`, signers.RefusedClock},
		{"a key, by the header", 400, "UnrecognizedClientException:http://x/", "", signers.RefusedKey},
		{"a session", 400, "", `{"__type":"com.amazon#ExpiredTokenException"}`, signers.RefusedKey},
		{"rights", 400, "", `{"__type":"AccessDeniedException"}`, signers.RefusedRights},
		{"a rate", 503, "", `<Error><Code>SlowDown</Code></Error>`, signers.RefusedRate},
		{"another error", 404, "", `<Error><Code>NoSuchKey</Code></Error>`, signers.Unrefused},
		{"an answer that holds a code", 200, "", `{"code":"AccessDenied"}`, signers.Unrefused},
	} {
		h := http.Header{}
		if test.kind != "" {
			h.Set("X-Amzn-Errortype", test.kind)
		}
		if got := s.Refusal(signers.Answer{Status: test.status, Header: h, Body: []byte(test.body)}); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// "The secret is another one" is said if the vendor's text is the same, so nothing may be said of a text that is not known whole.
func TestNothingIsSaidOfABodyThatStreamed(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1", "service=guardduty")
	m := &signers.Message{Method: "GET", Host: "h.example", Target: "/detector", Header: http.Header{
		"Authorization": {"AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/guardduty/aws4_request, SignedHeaders=host;x-amz-date, Signature=0"},
		"X-Amz-Date":    {"20260102T030405Z"}}}
	if got := signers.Differing(s.asSent(m), canonicalGET); len(got) > 0 {
		t.Errorf("without a body %q differ", got)
	}
	m.Length = 5
	if got := s.asSent(m); got != nil {
		t.Errorf("of a body that is not known: %q", signers.Join(got))
	}
}

// A service takes one way to prove who asks. A client cannot bring another one along, of whatever version.
func TestASecondCredentialInAQueryIsRefused(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1", "service=s3")
	at := &signers.Moment{Time: exampleTime, Date: s.Date(exampleTime)}
	for query, refused := range map[string]bool{
		"X-Amz-Signature=0": true, "a=1&x-amz-credential=b": true, "a;X%2DAmz-Date=c": true, "AWSAccessKeyId=A&Signature=b&Expires=1": true,
		"%41wsaccesskeyid=A": true, "AWSAccessKeyId=A": true, "AWSACCESSKEYI%44=A": true, "X-Amz-Region-Set=*": true, "X-Amz-S3session-Token=t": true,
		"signature=mine": false, "x-id=GetObject": false, "key=AWSAccessKeyId": false,
	} {
		m := &signers.Message{Method: "GET", Host: "h.example", Target: "/b/k?" + query, Header: http.Header{}}
		if err := s.Sign(m, at); (err != nil) != refused {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestABodyThatIsSearchedForActionsCounts(t *testing.T) {
	settings := []string{"access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1", "service=sqs"}
	m := &signers.Message{Target: "/", Body: make([]byte, 1<<20)}
	if got := newTestSigner(t, settings...).Traits().Working(m); got > 1<<10 {
		t.Errorf("without allow_actions: %d bytes", got)
	}
	if got := newTestSigner(t, append(settings, "allow_actions=Get*")...).Traits().Working(m); got < 2<<20 {
		t.Errorf("under allow_actions: %d bytes", got)
	}
}

// The gate refuses such a body as well, but whoever signs without one, such as the command sign, asks the signer alone.
func TestAnEncodedBodyHidesNoActionFromAllowActions(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1", "service=ec2",
		"allow_actions=Describe*")
	at := &signers.Moment{Time: exampleTime, Date: s.Date(exampleTime)}
	for encoding, refused := range map[string]bool{"": false, "identity": false, "Identity": false, "gzip": true, "identity, gzip": true} {
		m := &signers.Message{Method: "POST", Host: "h.example", Target: "/?Action=DescribeInstances", Body: []byte("Version=1"),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
		if encoding != "" {
			m.Header["Content-Encoding"] = []string{encoding}
		}
		if err := s.Sign(m, at); errors.Is(err, signers.ErrRights) != refused {
			t.Errorf("%q: %v", encoding, err)
		}
	}
}
