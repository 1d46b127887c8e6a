package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whose credential it is, AWS says by a call that needs no permission. The rest of the configuration may be for any service.
func TestProbeAsksAWSWhoseCredentialItIs(t *testing.T) {
	t.Setenv("PROBE_SECRET", "a-secret-of-some-length")
	const caller = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
		<Arn>arn:aws:iam::123456789012:user/gateway</Arn><UserId>AIDA1</UserId><Account>123456789012</Account>
		</GetCallerIdentityResult></GetCallerIdentityResponse>`
	answer, status := caller, 200
	var came *http.Request
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came = r
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
	defer sts.Close()
	common := []string{"probe", "aws", "--sts", "--access-key-id", "AKIDEXAMPLE", "--secret-access-key", "env:PROBE_SECRET",
		"--insecure-upstream", "--upstream", sts.URL}
	for _, tt := range []struct {
		name, flags, host, scope string
	}{
		{"a service", "--region eu-west-1 --service guardduty --host guardduty.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com", "/eu-west-1/sts/"},
		{"uploads", "--region us-east-1 --service s3 --host b.s3.us-east-1.amazonaws.com --payload auto", "sts.us-east-1.amazonaws.com", "/us-east-1/sts/"},
		{"China", "--region cn-north-1 --service s3 --host x.example", "sts.cn-north-1.amazonaws.com.cn", "/cn-north-1/sts/"},
		{"clients that choose", "--mode re_sign --region eu-west-1 --region eu-west-2 --service s3 --host x.example --allow-actions List*",
			"sts.eu-west-1.amazonaws.com", "/eu-west-1/sts/"},
	} {
		code, out, errs := runArgs(append(common, strings.Fields(tt.flags)...)...)
		if code != 0 || !strings.HasPrefix(out, "accepted  200 OK") || !strings.Contains(out, "principal  arn:aws:iam::123456789012:user/gateway") {
			t.Errorf("%s: status %d\n%s%s", tt.name, code, out, errs)
			continue
		}
		if came.Method != "GET" || came.RequestURI != "/?Action=GetCallerIdentity&Version=2011-06-15" || came.Host != tt.host ||
			!strings.Contains(came.Header.Get("Authorization"), tt.scope) {
			t.Errorf("%s: %s %s%s with %s", tt.name, came.Method, came.Host, came.RequestURI, came.Header.Get("Authorization"))
		}
	}

	service := strings.Fields("--region eu-west-1 --service guardduty --host guardduty.eu-west-1.amazonaws.com")
	answer = "<html></html>"
	if code, out, errs := runArgs(append(common, service...)...); code != 1 || !strings.Contains(errs, "not one of AWS STS") {
		t.Errorf("another answer: status %d\n%s%s", code, out, errs)
	}
	answer, status = `<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>`, 403
	if code, out, errs := runArgs(append(common, service...)...); code != 1 || !strings.Contains(out, "class F key") {
		t.Errorf("an unknown key: status %d\n%s%s", code, out, errs)
	}
	if code, _, errs := runArgs(append(common, append(service, "--target", "/x")...)...); code != 2 || !strings.Contains(errs, "cannot be used together") {
		t.Errorf("with --target: status %d, %s", code, errs)
	}
	if code, _, errs := runArgs("probe", "duo", "--sts"); code != 2 || !strings.Contains(errs, "sts") {
		t.Errorf("another vendor: status %d, %s", code, errs)
	}
}
