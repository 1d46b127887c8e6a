package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var awsCredential = []string{"--access-key-id", "ASIAIOSFODNN7EXAMPLE", "--secret-access-key", "env:AWS_SECRET_ACCESS_KEY", "--region", "us-east-1"}

func TestExplainAWS(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
	t.Setenv("AWS_SESSION_TOKEN", "fake/session+token==")
	args := append([]string{"explain", "aws", "--time", "2026-01-02T03:04:05Z"}, awsCredential...)
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"both texts and curl", []string{"--service", "guardduty", "--url", "https://guardduty.us-east-1.amazonaws.com/detector?b=2&a=1"}, []string{
			"\n  query           a=1&b=2␊\n", "\n  end of headers  ␊\n", "\nstring to sign:\n\n  algorithm    AWS4-HMAC-SHA256␊\n  date         20260102T030405Z␊\n" +
				"  scope        20260102/us-east-1/guardduty/aws4_request␊\n",
			"curl --path-as-is -X GET 'https://guardduty.us-east-1.amazonaws.com/detector?a=1&b=2' \\\n" +
				`  --aws-sigv4 "aws:amz:us-east-1:guardduty" --user "ASIAIOSFODNN7EXAMPLE:$AWS_SECRET_ACCESS_KEY"` + "\n"}},
		{"the session token in a pipe", []string{"--service", "s3", "--session-token", "env:AWS_SESSION_TOKEN", "--url", "https://b.s3.us-east-1.amazonaws.com/a%20b"},
			[]string{`printf '%s\n' "X-Amz-Security-Token: ${AWS_SESSION_TOKEN}" |` + "\n  curl ", "\n  -H @- \\\n  --aws-sigv4 ", "  path                  /a%20b␊"}},
		{"a presigned URL", []string{"--service", "s3", "--placement", "query", "--content-sha256", "off", "--url", "https://b.s3.us-east-1.amazonaws.com/a"},
			[]string{"X-Amz-SignedHeaders=host&X-Amz-Signature=", "\nstring to sign:\n"}},
		{"a placeholder signature made anew", []string{"--service", "s3", "--mode", "re_sign", "--url", "https://b.s3.us-east-1.amazonaws.com/a", "--header",
			"Authorization: AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20260102/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"},
			[]string{"  scope        20260102/us-east-1/s3/aws4_request␊\n", "Credential=ASIAIOSFODNN7EXAMPLE/20260102/us-"}},
	} {
		status, stdout, stderr := runCLI("", append(args, tt.args...)...)
		for _, part := range tt.want {
			if status != 0 || stderr != "" || !strings.Contains(stdout, part) {
				t.Errorf("%s: status %d, %s, %q is missing in\n%s", tt.name, status, stderr, part, stdout)
			}
		}
		if strings.Contains(stdout, "wJalr") || strings.Contains(stdout, "fake/session") || strings.Contains(stdout, "PLACEHOLDER") {
			t.Errorf("%s: a secret, or the client's own key, is shown:\n%s", tt.name, stdout)
		}
	}
}

func TestProbeAWSNeedsATargetWhereNoCallIsKnown(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	args := append([]string{"probe", "aws", "--dry-run", "--service", "bedrock", "--host", "bedrock.us-east-1.amazonaws.com"}, awsCredential...)
	if status, _, stderr := runCLI("", args...); status != 2 || !strings.Contains(stderr, "--target") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if status, stdout, _ := runCLI("", append(args, "--target", "/foundation-models")...); status != 0 || !strings.HasPrefix(stdout, "GET /foundation-models HTTP/1.1\n") {
		t.Errorf("status %d, %s", status, stdout)
	}
}

func TestCheckComparesAWSHostsWithTheScope(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ region, service, host, want string }{
		{"eu-west-1", "guardduty", "guardduty.eu-west-1.amazonaws.com", "no fault\n"},
		{"us-east-1", "guardduty", "guardduty.eu-west-1.amazonaws.com", "is in the region eu-west-1, and region is us-east-1"},
		{"eu-west-1", "guardduty", "securityhub.eu-west-1.amazonaws.com", "is that of the service securityhub, and service is guardduty"},
		{"eu-west-1", "ses", "email.eu-west-1.amazonaws.com", "no fault\n"},
		{"us-east-1", "iam", "iam.amazonaws.com", "no fault\n"},
		{"us-east-1", "s3", "minio.example", "no fault\n"},
		{"eu-central-1", "es", "search-x.eu-central-1.es.amazonaws.com", "no fault\n"},
	} {
		file := filepath.Join(dir, "t.yml")
		text := "http:\n  routers:\n    r: {rule: \"Host(`a.internal`)\", service: s, middlewares: [sign]}\n  middlewares:\n    sign:\n      plugin:\n        vendorsign:\n" +
			"          aws: {accessKeyId: AKIA, secretAccessKey: \"env:VENDORSIGN_AWS\", region: " + tt.region + ", service: " + tt.service + ", host: " + tt.host + "}\n" +
			"  services:\n    s: {loadBalancer: {servers: [{url: \"https://" + tt.host + "\"}]}}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := runCLI("", "check", file)
		if status != 0 || !strings.Contains(stdout, tt.want) || strings.HasSuffix(tt.want, "\n") && strings.Contains(stdout, "warning") {
			t.Errorf("%s, %s, %s: status %d, %s%s", tt.host, tt.region, tt.service, status, stdout, stderr)
		}
	}
}

func TestDiagnoseAWSNamesTheLine(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
	answer := `HTTP/1.1 403 Forbidden` + "\r\nContent-Type: application/json\r\n\r\n" + `{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'GET\n/detector\n\nhost:internal.example\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n\nThe String-to-Sign should have been\n'AWS4'\n"}`
	status, stdout, stderr := runCLI("", "diagnose", "aws", "--access-key-id", "AKIA", "--region", "us-east-1", "--service", "guardduty", "--curl",
		"curl https://guardduty.us-east-1.amazonaws.com/detector -H 'X-Amz-Date: 20260102T030405Z' -H 'Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/guardduty/aws4_request, SignedHeaders=host;x-amz-date, Signature="+
			strings.Repeat("0", 64)+"'", "--response", answer)
	if status != 0 || !strings.Contains(strings.Join(strings.Fields(stdout), " "), `AWS read the line host as "host:internal.example"`) {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

// A request that curl 7.88 signs: the query in the order in which it is sent.
func TestDiagnoseAWSNamesWhatWasSignedOtherwise(t *testing.T) {
	line := `{"signer":"aws","config":{"access_key_id":"AKIADEMODEMODEMODEMO","secret_access_key":"demo/secret+access/key/not-a-secret","region":"us-east-1","service":"guardduty"},` +
		`"request":{"method":"GET","url":"http://127.0.0.1:18999/detector?b=2&a=1","headers":{"X-Amz-Date":"20261128T205416Z","Authorization":"AWS4-HMAC-SHA256 Credential=AKIADEMODEMODEMODEMO/20261128/us-east-1/guardduty/aws4_request, SignedHeaders=host;x-amz-date, Signature=4a08edc79c8d690e2546d5b308486a78e8a9be3fed2641622af5a5766e840a2a"}},` +
		`"response":{"status":403,"body":"<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>GET\n/detector\na=1&amp;b=2\nhost:127.0.0.1:18999\nx-amz-date:20261128T205416Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855</CanonicalRequest></Error>"}}`
	status, stdout, stderr := runCLI(line, "diagnose")
	if status != 0 || !strings.Contains(stdout, `"class":"C","causes":["params_unsorted"]`) || !strings.Contains(stdout, "canonical request in: query.") ||
		!strings.HasSuffix(stdout, "\"proved\":true}\n") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

func TestAWSIsSimulatedForAKeyAndItsScope(t *testing.T) {
	t.Setenv("AWS_TEST_SECRET", "secret/access+key/of/some/length")
	r := simulate(t, "aws", "--access-key-id", "AKIDEXAMPLE", "--secret-access-key", "env:AWS_TEST_SECRET", "--region", "eu-west-1",
		"--region", "us-east-1", "--service", "guardduty", "--listen", "127.0.0.1:0")
	url := r.url("aws") + "/detector"
	for region, want := range map[string]int{"eu-west-1": 200, "us-east-1": 200, "ap-south-1": 403} {
		credential := map[string]string{"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret/access+key/of/some/length", "region": region,
			"service": "guardduty"}
		if got := ask(t, http.DefaultClient, "GET", url, "", signWith(t, "aws", credential, "GET", url, "")); got != want {
			t.Errorf("%s: answered %d, want %d", region, got, want)
		}
	}
	r.stop()
}
