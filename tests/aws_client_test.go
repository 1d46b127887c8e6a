package tests

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	awsKeyPair  = `"access_key_id":"AKIDEXAMPLE","secret_access_key":"canary","session_token":"canary-token"`
	awsSign     = `{` + awsKeyPair + `,"region":"eu-west-1","service":"guardduty"}`
	awsPresign  = `{` + awsKeyPair + `,"region":"eu-west-1","service":"guardduty","placement":"query"}`
	awsStore    = `{` + awsKeyPair + `,"region":"eu-west-1","service":"s3"}`
	awsReSign   = `{` + awsKeyPair + `,"mode":"re_sign","region":["eu-west-1","us-east-1"],"service":["guardduty","s3","ec2"],"placeholder_key":"PLACEHOLDER"}`
	awsAnyReSig = `{` + awsKeyPair + `,"mode":"re_sign","region":["eu-west-1"],"service":["guardduty","iam","sts"]}`
	awsBound    = `{"host":"vendor.example"}`
)

// clientScope is a client's own signature, as far as re_sign reads it.
func clientScope(key, region, service string) string {
	return "Authorization: AWS4-HMAC-SHA256 Credential=" + key + "/20200101/" + region + "/" + service +
		"/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64)
}

func awsGate(t *testing.T, d drive, config, policy string) gateFunc {
	t.Helper()
	gate, err := d.Gate("aws", []byte(config), []byte(policy), atNoon)
	if err != nil {
		t.Fatalf("%s: %v", config, err)
	}
	return gate
}

// withBody is an attempt with a body.
func (a attempt) withBody(text string) attempt {
	a.body, a.length = io.NopCloser(strings.NewReader(text)), int64(len(text))
	return a
}

var awsModesOfSigning = []struct {
	name, config string
	lines        []string // that a client must send
}{
	{"sign", awsSign, nil}, {"presign", awsPresign, nil}, {"s3", awsStore, nil},
	{"re_sign", awsReSign, []string{clientScope("PLACEHOLDER", "eu-west-1", "guardduty")}},
}

// Region, service, date, token and key are the gateway's, whatever a client sends under their names.
func TestAClientOfAWSCannotChooseWhatIsSignedWith(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, mode := range awsModesOfSigning {
			gate := awsGate(t, d, mode.config, awsBound)
			plain := tryGate(t, d, gate, attempt{target: "/detector?a=1", header: raw(t, mode.lines...)})
			if plain.verdict() != signedVerdict {
				t.Fatalf("%s: %s %s", mode.name, plain.verdict(), plain.detail)
			}
			said := plain.sent + fmt.Sprint(plain.r.Header)
			for _, part := range []string{"AKIDEXAMPLE", "20260102", "eu-west-1", "canary-token"} {
				if !strings.Contains(said, part) {
					t.Errorf("%s: it is not signed with %s: %s", mode.name, part, said)
				}
			}
			names := []string{"X-Amz-Date", "X-Amz-Security-Token", "Authorization", "X-Amz-Content-Sha256"}
			if mode.name == "re_sign" { // which reads the last two; what it makes of them is tested below
				names = names[:2]
			}
			for _, name := range names {
				for _, spelling := range append(lookAlikes(name), strings.ReplaceAll(name, "-", "")) {
					for _, value := range []string{"evil-71c4", "20200101T000000Z", "AWS4-HMAC-SHA256 Credential=evil-71c4/20200101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"} {
						lines := append(slices.Clone(mode.lines), spelling+": "+value, spelling+": "+value)
						o := tryGate(t, d, gate, attempt{target: "/detector?a=1", header: raw(t, lines...)})
						if got := o.sent + fmt.Sprint(o.r.Header); o.verdict() != signedVerdict || got != said {
							t.Errorf("%s: with %s: %s makes\n%s, want\n%s", mode.name, spelling, o.verdict(), got, said)
						}
					}
				}
			}
		}
	})
}

// A second signature in the query is refused in any spelling: AWS would have to choose.
func TestAClientsOwnSignatureInTheQueryIsRefused(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		tried := 0
		for _, mode := range awsModesOfSigning {
			gate := awsGate(t, d, mode.config, awsBound)
			for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
				"X-Amz-Security-Token"} {
				for _, spelling := range paramSpellings(name) {
					for _, form := range []string{"?%s=x", "?%s", "?a=1&%s=x&b=2", "?a=1;%s=x", "?a=1&&%s=", "?%s=x;b", "??%[1]s=1&%[1]s=x"} {
						tried++
						target := "/detector" + fmt.Sprintf(form, spelling)
						if o := tryGate(t, d, gate, attempt{target: target, header: raw(t, mode.lines...)}); o.verdict() != unsignable {
							t.Errorf("%s: %s: %s", mode.name, target, o.verdict())
						}
					}
				}
			}
		}
		if tried < 5000 {
			t.Errorf("only %d were tried", tried)
		}
	})
}

// In mode re_sign a client says region and service, and only those of the lists. What it says in another way is no answer.
func TestReSignTakesOnlyAScopeOfTheLists(t *testing.T) {
	long := clientScope("PLACEHOLDER", "eu-west-1", "guardduty")
	tests := []struct {
		name    string
		lines   []string
		verdict string
	}{
		{"the first of each list", []string{long}, signedVerdict},
		{"others of the lists", []string{clientScope("PLACEHOLDER", "us-east-1", "s3")}, signedVerdict},
		{"parts in another order", []string{"Authorization: AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0, Credential=PLACEHOLDER/20200101/eu-west-1/s3/aws4_request"}, signedVerdict},
		{"no blanks between parts", []string{strings.ReplaceAll(long, ", ", ",")}, signedVerdict},
		{"no signature", nil, unsignable},
		{"an empty one", []string{"Authorization:"}, unsignable},
		{"another scheme", []string{"Authorization: Bearer x"}, unsignable},
		{"another algorithm", []string{strings.Replace(long, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", 1)}, unsignable},
		{"a scheme in lower case", []string{strings.Replace(long, "AWS4-HMAC-SHA256", "aws4-hmac-sha256", 1)}, unsignable},
		{"Signature Version 2", []string{"Authorization: AWS PLACEHOLDER:0"}, unsignable},
		{"two signatures", []string{long, clientScope("PLACEHOLDER", "us-east-1", "s3")}, unsignable},
		{"the same twice", []string{long, long}, unsignable},
		{"two credentials", []string{long + ", Credential=PLACEHOLDER/20200101/us-east-1/iam/aws4_request"}, unsignable},
		{"a credential in another value", []string{"Authorization: AWS4-HMAC-SHA256 X=Credential=PLACEHOLDER/20200101/eu-west-1/s3/aws4_request"}, unsignable},
		{"a scope that goes on", []string{strings.Replace(long, "aws4_request", "aws4_request/x", 1)}, unsignable},
		{"a scope of three", []string{"Authorization: AWS4-HMAC-SHA256 Credential=PLACEHOLDER/eu-west-1/s3/aws4_request"}, unsignable},
		{"a day that is none", []string{strings.Replace(long, "20200101", "2020-1-1", 1)}, unsignable},
		{"another key", []string{clientScope("AKIDEXAMPLE", "eu-west-1", "guardduty")}, notAllowed},
		{"a key in lower case", []string{clientScope("placeholder", "eu-west-1", "guardduty")}, notAllowed},
		{"another region", []string{clientScope("PLACEHOLDER", "eu-west-2", "guardduty")}, notAllowed},
		{"another service", []string{clientScope("PLACEHOLDER", "eu-west-1", "iam")}, notAllowed},
		{"a region in capitals", []string{clientScope("PLACEHOLDER", "EU-WEST-1", "guardduty")}, notAllowed},
		{"a region that is escaped", []string{clientScope("PLACEHOLDER", "eu%2dwest-1", "guardduty")}, notAllowed},
		{"region and service swapped", []string{clientScope("PLACEHOLDER", "guardduty", "eu-west-1")}, notAllowed},
		{"an empty service", []string{clientScope("PLACEHOLDER", "eu-west-1", "")}, unsignable},
		{"a pattern", []string{clientScope("PLACEHOLDER", "eu-west-1", "*")}, notAllowed},
	}
	both(t, func(t *testing.T, d drive) {
		gate := awsGate(t, d, awsReSign, awsBound)
		for _, test := range tests {
			if o := tryGate(t, d, gate, attempt{header: raw(t, test.lines...)}); o.verdict() != test.verdict {
				t.Errorf("%s: %s %s, want %s", test.name, o.verdict(), o.detail, test.verdict)
			}
		}
		for _, test := range []struct {
			service, payload, verdict string
		}{
			{"s3", "UNSIGNED-PAYLOAD", signedVerdict}, {"s3", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", signedVerdict}, {"s3", strings.Repeat("0", 64), signedVerdict},
			{"guardduty", strings.Repeat("a", 64), signedVerdict}, {"guardduty", "UNSIGNED-PAYLOAD", unsignable}, {"guardduty", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", unsignable},
			{"s3", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", unsignable}, {"s3", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", unsignable}, {"s3", "unsigned-payload", unsignable},
			{"s3", strings.Repeat("A", 64), unsignable}, {"s3", "", unsignable}, {"s3", "x\tx-amz-acl:public", unsignable},
		} {
			lines := []string{clientScope("PLACEHOLDER", "eu-west-1", test.service), "X-Amz-Content-Sha256: " + test.payload}
			if o := tryGate(t, d, gate, attempt{method: "PUT", header: raw(t, lines...)}.withBody("x")); o.verdict() != test.verdict {
				t.Errorf("%s with %q: %s, want %s", test.service, test.payload, o.verdict(), test.verdict)
			}
		}
	})
}

// What AWS gives credentials by is closed without the operator's word, whether the service is configured or a client chooses it.
func TestServicesThatGiveCredentialsAreClosed(t *testing.T) {
	const open = `{"host":"vendor.example","allow_credential_endpoints":true}`
	both(t, func(t *testing.T, d drive) {
		for _, service := range []string{"iam", "sts", "sso", "sso-oauth", "sso-directory", "awsssoportal", "signin", "cognito-identity", "cognito-idp",
			"rolesanywhere", "s3express"} {
			config := strings.Replace(awsSign, "guardduty", service, 1)
			closed, opened := awsGate(t, d, config, awsBound), awsGate(t, d, config, open)
			for _, target := range []string{"/", "/?Action=GetCallerIdentity&Version=2011-06-15", "/x/y", "//"} {
				for _, method := range []string{"GET", "POST", "PUT"} {
					if o := tryGate(t, d, closed, attempt{method: method, target: target}); o.verdict() != credentialProbe {
						t.Errorf("%s: %s %s: %s", service, method, target, o.verdict())
					}
					if o := tryGate(t, d, opened, attempt{method: method, target: target}); o.verdict() != signedVerdict {
						t.Errorf("%s, opened: %s %s: %s", service, method, target, o.verdict())
					}
				}
			}
		}
		for _, test := range []struct{ service, policy, verdict string }{
			{"guardduty", awsBound, signedVerdict}, {"iam", awsBound, credentialProbe}, {"sts", awsBound, credentialProbe}, {"iam", open, signedVerdict},
		} {
			gate := awsGate(t, d, awsAnyReSig, test.policy)
			if o := tryGate(t, d, gate, attempt{header: raw(t, clientScope("any", "eu-west-1", test.service))}); o.verdict() != test.verdict {
				t.Errorf("re_sign of %s: %s, want %s", test.service, o.verdict(), test.verdict)
			}
		}
	})
}

// A copy reads another object than the path says.
func TestACopySourceIsRefusedUnlessItIsAllowed(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		denied := awsGate(t, d, awsStore, awsBound)
		allowed := awsGate(t, d, strings.Replace(awsStore, `"region"`, `"copy_source":"allow","region"`, 1), awsBound)
		for _, a := range []attempt{
			{header: raw(t, "X-Amz-Copy-Source: /b/k")}, {header: raw(t, "x-amz-copy-source: b/k?versionId=1")}, {header: raw(t, "X-AMZ-COPY-SOURCE:")},
			{header: raw(t, "X-Amz-Copy-Source: /b/k", "X-Amz-Copy-Source-Range: bytes=0-1"), target: "/b/k?partNumber=1&uploadId=x"},
			{target: "/b/k?x-amz-copy-source=%2Fb%2Fk"}, {target: "/b/k?a=1;X-Amz-Copy-Sourc%65=x"}, {target: "/b/k?a=1&x%2damz-copy-source"},
		} {
			a.method = "PUT"
			if o := tryGate(t, d, denied, a); o.verdict() != notAllowed {
				t.Errorf("%s %v: %s", a.target, a.header, o.verdict())
			}
			a.header = a.header.Clone()
			if o := tryGate(t, d, allowed, a); o.verdict() != signedVerdict {
				t.Errorf("allowed, %s %v: %s", a.target, a.header, o.verdict())
			}
		}
	})
}

// What a service may take for the action must be permitted, wherever a request says it.
func TestAllowActionsHoldsWhereverAnActionIsNamed(t *testing.T) {
	const asForm, asJSON = "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/x-amz-json-1.1"
	tests := []struct {
		target  string
		lines   []string
		body    string
		verdict string
	}{
		{"/?Action=DescribeInstances&Version=1", nil, "", signedVerdict},
		{"/?Action=GetFindings", nil, "", signedVerdict},
		{"/", []string{"X-Amz-Target: Svc_20200101.DescribeThings", asJSON}, `{"a":"b&c=%zz"}`, signedVerdict},
		{"/", []string{asForm + "; charset=utf-8"}, "Version=1&Action=DescribeInstances", signedVerdict},
		{"/service/Svc/operation/DescribeThings", nil, "", signedVerdict},
		{"/?Action=DescribeInstances", []string{"X-Amz-Target: Svc.DescribeThings"}, "", signedVerdict},
		{"/", nil, "", notAllowed},
		{"/", []string{asForm}, "a=1", notAllowed},
		{"/?Action=TerminateInstances", nil, "", notAllowed},
		{"/?Action=", nil, "", notAllowed},
		{"/?Action", nil, "", notAllowed},
		{"/?Action=describeInstances", nil, "", notAllowed},
		{"/?Action=GetFindingsStatistics", nil, "", notAllowed},
		{"/?Action=XDescribeInstances", nil, "", notAllowed},
		{"/?Action=Describe%0ATerminate", nil, "", notAllowed},
		{"/?Action=DescribeInstances%00", nil, "", notAllowed},
		{"/?Action=DescribeInstances&Action=TerminateInstances", nil, "", notAllowed},
		{"/?Action=TerminateInstances&Action=DescribeInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances;Action=TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&action=TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&%41ction=TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&A%63tio%6E=TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&+Action=TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&Action%20=TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&X-Amz-Target=Svc.TerminateInstances", nil, "", notAllowed},
		{"/?Action=DescribeInstances&a=%zz", nil, "", unsignable},
		{"/?Action=DescribeInstances", []string{"X-Amz-Target: Svc.TerminateInstances"}, "", notAllowed},
		{"/?Action=DescribeInstances", []string{"x-amz-target: Svc#TerminateInstances"}, "", notAllowed},
		{"/", []string{"X-Amz-Target: Svc.DescribeThings", "X-AMZ-TARGET: Svc.DeleteThings"}, "", notAllowed},
		{"/", []string{"X-Amz-Target: Svc.DescribeThings, Svc.DeleteThings"}, "", notAllowed},
		{"/", []string{"X-Amz-Target: Svc.DescribeThings "}, "", signedVerdict}, // the blank is not part of a header
		{"/", []string{"X-Amz-Target: DescribeThings.Delete"}, "", notAllowed},
		{"/", []string{"X_Amz_Target: Svc.DescribeThings"}, "", notAllowed},
		{"/?Action=DescribeInstances", []string{asForm}, "Action=TerminateInstances", notAllowed},
		{"/?Action=DescribeInstances", []string{strings.ToUpper(asForm)}, "a=1;%41ction=TerminateInstances", notAllowed},
		{"/?Action=DescribeInstances", []string{asForm, "Content-Type: text/plain"}, "Action=TerminateInstances", bodyRefused},
		{"/?Action=DescribeInstances", nil, "Action=TerminateInstances", notAllowed},
		{"/?Action=DescribeInstances", []string{asForm, "Content-Encoding: gzip"}, "\x1f\x8b", unsignable},
		{"/?Action=DescribeInstances", []string{asForm, "Content-Encoding: identity"}, "Version=1", signedVerdict},
		{"/?Action=DescribeInstances", []string{asForm, "Content-Encoding: identity"}, "Action=TerminateInstances", notAllowed},
		{"/?Action=DescribeInstances", []string{"Content-Type: text/plain"}, "Version=1&%41c%74ion=TerminateInstances", notAllowed},
		{"/", []string{"X-Amz-Target: Svc.DescribeThings", asJSON}, "Action=TerminateInstances", notAllowed},
		{"/service/Svc/operation/DeleteThings", nil, "", notAllowed},
		{"/service/Svc/operation/DeleteThings?Action=DescribeInstances", nil, "", notAllowed},
		{"/service/Svc/%6fperation/DeleteThings?Action=DescribeInstances", nil, "", notAllowed},
		{"//service/Svc/operation//DeleteThings?Action=DescribeInstances", nil, "", notAllowed},
		{"/service/Svc/Operation/DeleteThings?Action=DescribeInstances", nil, "", notAllowed},
		{"/?" + strings.Repeat("Action=DescribeInstances&", 101), nil, "", unsignable},
	}
	both(t, func(t *testing.T, d drive) {
		const permitted = `"allow_actions":["Describe*","GetFindings"],"region"`
		sign := awsGate(t, d, strings.Replace(strings.Replace(awsSign, `"region"`, permitted, 1), "guardduty", "ec2", 1), awsBound)
		again := awsGate(t, d, strings.Replace(awsReSign, `"region"`, permitted, 1), awsBound)
		for _, test := range tests {
			for _, lines := range [][]string{nil, {clientScope("PLACEHOLDER", "eu-west-1", "ec2")},
				{clientScope("PLACEHOLDER", "eu-west-1", "ec2"), "X-Amz-Content-Sha256: " + strings.Repeat("0", 64)}} {
				gate := sign
				if lines != nil {
					gate = again
				}
				a := attempt{method: "POST", target: test.target, header: raw(t, append(slices.Clone(lines), test.lines...)...)}
				if test.body != "" {
					a = a.withBody(test.body)
				}
				o := tryGate(t, d, gate, a)
				if got := o.verdict(); got != test.verdict && (test.verdict != bodyRefused || o.status < http.StatusBadRequest) {
					t.Errorf("%s %q %q, %d lines of re_sign: %s %s, want %s", test.target, test.lines, test.body, len(lines), got, o.detail, test.verdict)
				}
			}
		}
	})
}

// bodyRefused is any refusal.
const bodyRefused = "refused"

// AWS verifies a body as it arrives, and S3 keeps objects with their coding. What hides a form from allow_actions is refused.
func TestEncodedBodiesGoToAWSUnlessTheyHideAnAction(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		limited := strings.Replace(awsSign, `"region"`, `"allow_actions":["Describe*"],"region"`, 1)
		for _, encoding := range []string{"gzip", "aws-chunked", "aws-chunked, gzip"} {
			for config, verdict := range map[string]string{awsSign: signedVerdict, awsStore: signedVerdict, limited: unsignable} {
				o := tryGate(t, d, awsGate(t, d, config, awsBound), attempt{method: "PUT", target: "/?Action=DescribeThings",
					header: raw(t, "Content-Encoding: "+encoding)}.withBody("x"))
				if o.verdict() != verdict || strings.Join(o.r.Header["Content-Encoding"], "") != encoding {
					t.Errorf("%s with %s: %s %v, want %s", encoding, config, o.verdict(), o.r.Header["Content-Encoding"], verdict)
				}
			}
		}
	})
}
