package aws

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The request and the answer are the example of the API reference of AWS STS, AssumeRoleWithWebIdentity, without the parameters that
// are optional there.
const (
	exampleRole  = "arn:aws:iam::123456789012:role/FederatedWebIdentityRole"
	exampleToken = "Atza%7CIQEBLjAsAhRFiXuWpUXuRvQ9PZL3GMFcYevydwIUFAHZwXZXXXXXXXXJnrulxKDHwy87oGKPznh0D6bEQZTSCzyoCtL_8S07pLpr0zMbn6w1lfVZ" +
		"KNTBdDansFBmtGnIsIapjI6xKR02Yc_2bQ8LZbUXSGm6Ry6_BG7PrtLZtj_dfCTj92xNGed-CrKqjG7nPBjNIL016GGvuS5gSvPRUxWES3VYfm1wl7WTI7jn-Pcb6M" +
		"-buCgHhFOzTQxod27L9CqnOLio7N3gZAGpsp6n1-AJBOCJckcyXe2c6uD0srOJeZlKUm2eTDVMf8IehDVI0r1QOnTV6KzzAI3OY87Vd_cVMQ"
	exampleAnswer = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>amzn1.account.AF6RHO7KZU5XRVQJGXK6HB56KR2A</SubjectFromWebIdentityToken>
    <Audience>client.5498841531868486423.1548@apps.example.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/FederatedWebIdentityRole/app1</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:app1</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <Expiration>2014-10-24T23:00:23Z</Expiration>
      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
    <SourceIdentity>SourceIdentityValue</SourceIdentity>
    <Provider>www.amazon.com</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata>
    <RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId>
  </ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`
	// exampleContainer has the form of the developer guide of Amazon ECS, "Task IAM role".
	exampleContainer = `{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","Expiration":"2014-10-24T23:00:23Z",` +
		`"RoleArn":"arn:aws:iam::123456789012:role/task","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",` +
		`"Token":"AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE"}`
)

var exampleTime = time.Date(2014, 10, 24, 22, 0, 23, 0, time.UTC)

// values are those of a configuration, NAME=VALUE each, with the defaults that the register fills in.
func values(t testing.TB, settings ...string) signers.Values {
	t.Helper()
	v := make(signers.Values)
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		v[name] = append(v[name], value)
	}
	own, faults := signers.CheckValues(sourceOptions, v)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for name, list := range v { // those of the signer
		own[name] = list
	}
	return own
}

func webIdentity(more ...string) []string {
	return append([]string{"credentials=web_identity", "role_arn=" + exampleRole, "web_identity_token=" + exampleToken}, more...)
}

func container(more ...string) []string { return append([]string{"credentials=container"}, more...) }

func TestASourceAsksForCredentials(t *testing.T) {
	form := func(name, token string) string {
		return "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FFederatedWebIdentityRole&RoleSessionName=" +
			name + "&Version=2011-06-15&WebIdentityToken=" + token
	}
	asForm := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	escaped := strings.ReplaceAll(exampleToken, "%", "%25")
	for _, test := range []struct {
		name     string
		settings []string
		want     signers.TokenRequest
		machine  bool
	}{
		{
			"a web identity in a region", webIdentity("region=eu-west-1", "role_session_name=app1"),
			signers.TokenRequest{Method: "POST", URL: "https://sts.eu-west-1.amazonaws.com/", Header: asForm, Body: form("app1", escaped)}, false,
		},
		{
			"a web identity in China, with the default name", webIdentity("region=cn-north-1"),
			signers.TokenRequest{
				Method: "POST", URL: "https://sts.cn-north-1.amazonaws.com.cn/", Header: asForm, Body: form("vendorsign", escaped),
			}, false,
		},
		{
			"a web identity at a host", webIdentity("sts_host=sts-fips.us-east-1.amazonaws.com", "region=us-east-1", "region=us-east-2"),
			signers.TokenRequest{
				Method: "POST", URL: "https://sts-fips.us-east-1.amazonaws.com/", Header: asForm, Body: form("vendorsign", escaped),
			}, false,
		},
		{
			"a web identity at a simulated STS", webIdentity("sts_host=http://127.0.0.1:9000"),
			signers.TokenRequest{Method: "POST", URL: "http://127.0.0.1:9000/", Header: asForm, Body: form("vendorsign", escaped)}, false,
		},
		{
			"ECS by the path", container("container_path=/v2/credentials/f1bd"),
			signers.TokenRequest{
				Method: "GET", URL: "http://169.254.170.2/v2/credentials/f1bd", Header: http.Header{"Accept": {"application/json"}},
			}, true,
		},
		{
			"EKS Pod Identity", container("container_url=http://169.254.170.23/v1/credentials", "container_token=eyJ.a.b"),
			signers.TokenRequest{
				Method: "GET", URL: "http://169.254.170.23/v1/credentials",
				Header: http.Header{"Accept": {"application/json"}, "Authorization": {"eyJ.a.b"}},
			}, true,
		},
		{
			"EKS Pod Identity over IPv6", container("container_url=http://[fd00:ec2::23]/v1/credentials"),
			signers.TokenRequest{
				Method: "GET", URL: "http://[fd00:ec2::23]/v1/credentials", Header: http.Header{"Accept": {"application/json"}},
			}, true,
		},
		{
			"an agent on this machine", container("container_url=http://localhost:1234/get"),
			signers.TokenRequest{Method: "GET", URL: "http://localhost:1234/get", Header: http.Header{"Accept": {"application/json"}}}, false,
		},
		{
			"an agent elsewhere", container("container_url=https://agent.example/get?role=1", "container_token=Basic YTpi"),
			signers.TokenRequest{
				Method: "GET", URL: "https://agent.example/get?role=1",
				Header: http.Header{"Accept": {"application/json"}, "Authorization": {"Basic YTpi"}},
			}, false,
		},
	} {
		source, faults := newSource(values(t, test.settings...))
		if len(faults) > 0 {
			t.Errorf("%s: %v", test.name, faults)
			continue
		}
		step := &signers.TokenStep{Host: "guardduty.eu-west-1.amazonaws.com", Time: exampleTime}
		got, more, err := source.Next(step)
		if err != nil || !more || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: the request is\n%v %v %v\nwant\n%v", test.name, got, more, err, test.want)
		}
		step.Answers = make([]signers.TokenAnswer, 1)
		if _, more, _ := source.Next(step); more {
			t.Errorf("%s: there is a second request", test.name)
		}
		if list := source.Addresses("any"); len(list) != 1 || list[0] != test.want.URL || source.Machine != test.machine {
			t.Errorf("%s: the addresses are %v, of this machine: %v", test.name, list, source.Machine)
		}
		kind := strings.TrimPrefix(test.settings[0], "credentials=")
		if source.Grant != kind || source.Unshared != (kind == "container") || source.Replaces || source.Endless {
			t.Errorf("%s: the source is %s, unshared %v, replaces %v, endless %v", test.name, source.Grant, source.Unshared, source.Replaces,
				source.Endless)
		}
	}
	if source, faults := newSource(values(t)); source != nil || len(faults) > 0 {
		t.Errorf("static has a source or faults: %v", faults)
	}
}

func TestOptionsOfASourceAreChecked(t *testing.T) {
	for _, test := range []struct {
		settings []string
		option   string
		want     string
	}{
		{[]string{"role_arn=" + exampleRole}, "role_arn", "role_arn needs credentials web_identity or chain"},
		{[]string{"container_token=x"}, "container_token", "container_token needs credentials container"},
		{webIdentity("region=us-east-1", "access_key_id=AKID"), "access_key_id", "access_key_id needs credentials static"},
		{container("container_path=/x", "sts_host=x"), "sts_host", "sts_host needs credentials web_identity"},
		{[]string{"credentials=web_identity", "region=us-east-1", "web_identity_token=x"}, "role_arn", "role_arn is required"},
		{[]string{"credentials=web_identity", "region=us-east-1", "role_arn=" + exampleRole}, "web_identity_token", "is required"},
		{[]string{"credentials=web_identity", "region=us-east-1", "web_identity_token=x", "role_arn=gateway"}, "role_arn", "must be of"},
		{webIdentity("region=us-east-1", "role_session_name=a b"), "role_session_name", "2 to 64 letters"},
		{webIdentity("region=us-east-1", "role_session_name=a"), "role_session_name", "2 to 64 letters"},
		{
			[]string{"credentials=web_identity", "region=us-east-1", "role_arn=" + exampleRole, "web_identity_token=a b"},
			"web_identity_token", "is not a token",
		},
		{
			[]string{
				"credentials=web_identity", "region=us-east-1", "role_arn=" + exampleRole, "web_identity_token=" + strings.Repeat("a", 20001),
			},
			"web_identity_token", "is not a token",
		},
		{webIdentity(), "sts_host", "sts_host is required"},
		{webIdentity("region=us-east-1", "region=us-east-2"), "sts_host", "sts_host is required"},
		{webIdentity("region=us-east-1.evil.example/x"), "sts_host", "sts_host is required"},
		{webIdentity("region=*"), "sts_host", "sts_host is required"},
		{webIdentity("sts_host=http://sts.us-east-1.amazonaws.com"), "sts_host", "without https"},
		{webIdentity("sts_host=user@sts.us-east-1.amazonaws.com"), "sts_host", "must be a host"},
		{webIdentity("sts_host=sts.us-east-1.amazonaws.com/path"), "sts_host", "must be a host"},
		{webIdentity("sts_host=sts.us-east-1.amazonaws.com?x"), "sts_host", "must be a host"},
		{webIdentity("sts_host=:443"), "sts_host", "must be a host"},
		{container(), "container_url", "container_url or container_path is required"},
		{container("container_url=https://x/", "container_path=/x"), "container_path", "cannot be used together"},
		{container("container_path=v2"), "container_path", "begins with /"},
		{container("container_path=/v2?x"), "container_path", "begins with /"},
		{container("container_url=https://agent.example/#x"), "container_url", "must be a URL"},
		{container("container_url=https://:443/x"), "container_url", "must be a URL"},
		{container("container_url=http://169.254.169.254/latest"), "container_url", "must begin with https://"},
		{container("container_url=http://169.254.170.2:51678/x"), "container_url", "must begin with https://"},
		{container("container_url=http://169.254.170.2.evil.example/x"), "container_url", "must begin with https://"},
		{container("container_url=http://169.254.170.2@evil.example/x"), "container_url", "must be a URL"},
		{container("container_url=http://[fd00:ec2::23%25eth0]/x"), "container_url", "must begin with https://"},
		{container("container_url=ftp://127.0.0.1/x"), "container_url", "must begin with https://"},
		{container("container_url=/v1/credentials"), "container_url", "must be a URL"},
		{container("container_url=https://x/", "container_token="+strings.Repeat("a", 16385)), "container_token", "is not a token"},
	} {
		source, faults := newSource(values(t, test.settings...))
		if source != nil || len(faults) != 1 || faults[0].Option != test.option || !strings.Contains(faults[0].Text, test.want) {
			t.Errorf("%.200v: the faults are %v, want %s: %s", test.settings, faults, test.option, test.want)
		}
	}
}

func TestSamplesOfOptionsAreAccepted(t *testing.T) {
	sample := func(name string) string {
		o, _ := signers.Find(sourceOptions, name)
		return name + "=" + o.Example()
	}
	for _, settings := range [][]string{
		{"credentials=web_identity", sample("role_arn"), sample("role_session_name"), sample("web_identity_token"), sample("sts_host")},
		{"credentials=container", sample("container_url"), sample("container_token")},
		{"credentials=container", sample("container_path")},
	} {
		if _, faults := newSource(values(t, settings...)); len(faults) > 0 {
			t.Errorf("%v: %v", settings, faults)
		}
	}
}
