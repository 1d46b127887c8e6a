package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/driver"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

const (
	awsSTS    = "AssumeRoleWithWebIdentity"
	awsID     = "ASIAIOSFODNN7EXAMPLE"
	awsToken  = "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE"
	awsSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"
	awsHost   = "guardduty.us-east-1.amazonaws.com"
)

// awsServices plays STS and the agent of a container, which both run on this machine.
func awsServices(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		expires := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		switch {
		case r.Method == "GET" && r.URL.Path == "/v1/credentials" && r.Header.Get("Authorization") == "eyJ.a.b":
			fmt.Fprintf(w, `{"AccessKeyId":%q,"SecretAccessKey":%q,"Token":%q,"Expiration":%q}`, awsID, awsSecret, awsToken, expires)
		case r.Method == "POST" && strings.HasPrefix(string(body), "Action="+awsSTS+"&") && strings.Contains(string(body), "Token=eyJ.a.b"):
			fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>`+
				`<AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>%[3]s</SecretAccessKey><SessionToken>%[4]s</SessionToken><Expiration>%[5]s</Expiration>`+
				`</Credentials></%[1]sResult></%[1]sResponse>`, awsSTS, awsID, awsSecret, awsToken, expires)
		default:
			http.Error(w, "unexpected", http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func TestALabelTakesTheGatewaysOwnIdentityOnlyIfTheOperatorPermitsIt(t *testing.T) {
	server := awsServices(t)
	local := strings.TrimPrefix(server.URL, "http://")
	identity := func(more ...string) []string {
		return append([]string{
			"credentials", "web_identity", "role_arn", "arn:aws:iam::123456789012:role/gateway", "web_identity_token", "eyJ.a.b",
		}, more...)
	}
	agent := func(more ...string) []string { return append([]string{"credentials", "container"}, more...) }
	const pod = "http://169.254.170.23/v1/credentials"
	const variable = "VENDORSIGN_AWS_CREDENTIALS"
	for _, test := range []struct {
		name           string
		config, policy []string
		env            []string
		want           string // in the error; empty: it loads
		signs          bool
	}{
		{"an identity, not permitted", identity(), nil, nil, "can permit it in " + variable, false},
		{"an agent, not permitted", agent("container_url", pod), nil, nil, "can permit it in " + variable, false},
		{"the chain", []string{"credentials", "chain"}, nil, []string{variable, "chain"}, "chain is not available in this gateway", false},
		{"an empty list", identity(), nil, []string{variable, ""}, "can permit it in " + variable, false},
		{"another one permitted", identity(), nil, []string{variable, "container, web_identity2"}, "can permit it in " + variable, false},
		{"an identity", identity(), nil, []string{variable, " container , web_identity"}, "", false},
		{"an agent", agent("container_url", pod), nil, []string{variable, "container"}, "", false},
		{"the agent of ECS", agent("container_path", "/v2/credentials/1"), nil, []string{variable, "container"}, "", false},
		{
			"an agent, with hosts", agent("container_url", pod), nil,
			[]string{variable, "container", "VENDORSIGN_ALLOWED_HOSTS", awsHost}, "", false,
		},
		{
			"an identity, with hosts but STS", identity(), nil,
			[]string{variable, "web_identity", "VENDORSIGN_ALLOWED_HOSTS", awsHost}, "not among the hosts of VENDORSIGN_ALLOWED_HOSTS", false,
		},
		{
			"an identity, with hosts", identity(), nil,
			[]string{variable, "web_identity", "VENDORSIGN_ALLOWED_HOSTS", awsHost + ",sts.us-east-1.amazonaws.com"}, "", false,
		},
		{
			"an STS of somebody", identity("sts_host", "sts.evil.example"), nil,
			[]string{variable, "web_identity", "VENDORSIGN_ALLOWED_HOSTS", awsHost}, "sts_host is not among the hosts", false,
		},
		{
			"an STS inside", identity("sts_host", "10.0.0.1"), nil, []string{variable, "web_identity"}, "sts_host is a loopback, link-local", false,
		},
		{
			"the operator's list as a value", agent("container_url", pod, "container_token", "env:"+variable), nil, []string{variable, "container"},
			"is the operator's, not a secret", false,
		},
		{
			"a local agent that is not permitted", agent("container_url", server.URL+"/v1/credentials"), nil, []string{variable, "container"},
			"container_url is a loopback, link-local", false,
		},
		{
			"an agent of somebody", agent("container_url", "https://evil.example/"), nil,
			[]string{variable, "container", "VENDORSIGN_ALLOWED_HOSTS", awsHost}, "container_url is not among the hosts", false,
		},
		{
			"an agent through a proxy", agent("container_url", pod), []string{"token_proxy", "http://proxy.example:3128"},
			[]string{variable, "container"}, "token_proxy is not for credentials of an agent", false,
		},
		{
			"an agent's credentials in a folder", agent("container_url", pod), []string{"token_cache", "/tokens"},
			[]string{variable, "container"}, "token_cache is not for credentials that are this gateway's own", false,
		},
		{
			"a local agent", agent("container_url", server.URL+"/v1/credentials", "container_token", "eyJ.a.b"), nil,
			[]string{variable, "container", "VENDORSIGN_ALLOWED_HOSTS", awsHost + "," + local}, "", true,
		},
		{
			"a local STS", identity("sts_host", server.URL), nil,
			[]string{variable, "web_identity", "VENDORSIGN_ALLOWED_HOSTS", awsHost + "," + local}, "", true,
		},
	} {
		config, policy := map[string]string{"region": "us-east-1", "service": "guardduty"}, map[string]string{"host": awsHost}
		env := make(map[string]string)
		for into, pairs := range map[*map[string]string][]string{&config: test.config, &policy: test.policy, &env: test.env} {
			for i := 0; i < len(pairs); i += 2 {
				(*into)[pairs[i]] = pairs[i+1]
			}
		}
		bothConfined(t, func(t *testing.T, confine confineFunc, _ allowsFunc) {
			own, _ := json.Marshal(config)
			common, _ := json.Marshal(policy)
			_, sign, err := confine("aws", own, common, env, func(string) {})
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: the error is %v, want %s", test.name, err, test.want)
				}
				return
			}
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				return
			}
			if !test.signs {
				return
			}
			r := httptest.NewRequest("GET", "https://"+awsHost+"/detector", nil)
			if problem := sign(r); problem != nil {
				body, _ := io.ReadAll(problem.Body)
				t.Fatalf("%s: %s", test.name, body)
			}
			if !strings.Contains(r.Header.Get("Authorization"), awsID) || r.Header.Get("X-Amz-Security-Token") != awsToken {
				t.Errorf("%s: signed with %s", test.name, r.Header.Get("Authorization"))
			}
		})
	}
}

func TestAnAgentIsReachedWithoutAProxy(t *testing.T) {
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer agent.Close()
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was used") }))
	defer proxy.Close()
	direct := map[string]func(address, proxy string) (int, error){
		"compiled":    driver.Direct,
		"interpreted": interpret.Symbol[func(address, proxy string) (int, error)](t, interpret.Import(t, "tests/driver"), "driver.Direct"),
	}
	for runtime, ask := range direct {
		if status, err := ask(agent.URL, proxy.URL); err != nil || status != http.StatusTeapot {
			t.Errorf("%s: %d, %v", runtime, status, err)
		}
	}
}
