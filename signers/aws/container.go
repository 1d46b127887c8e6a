//go:build go1.21

package aws

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// agents are the addresses of the agents of ECS and EKS Pod Identity, which speak plain http: packets to them do not leave the
// machine. These are the ones that AWS' SDKs permit (AWS SDKs and Tools Reference Guide, "Container credential provider").
var agents = map[string]bool{"169.254.170.2": true, "169.254.170.23": true, "fd00:ec2::23": true}

// agentOfECS is what the option container_path is at, as the SDKs have it for
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.
const agentOfECS = "http://169.254.170.2"

// newContainer is the source that asks the agent of ECS or EKS Pod Identity for the credentials of
// the container's role. One request fetches them:
//
//	GET http://169.254.170.23/v1/credentials
//	Authorization: <container_token>
func newContainer(v signers.Values) (*signers.TokenSource, []signers.Fault) {
	address, path := v.Text("container_url"), v.Text("container_path")
	switch {
	case address != "" && path != "":
		return nil, []signers.Fault{fault("container_path", "container_url and container_path cannot be used together")}
	case address == "" && path == "":
		return nil, []signers.Fault{fault("container_url", "container_url or container_path is required with credentials container")}
	case path != "" && (!strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# \\")):
		return nil, []signers.Fault{fault("container_path", "container_path must be a path that begins with /")}
	case path != "":
		address = agentOfECS + path
	}
	fixed, text := checkAgent(address)
	if text != "" {
		return nil, []signers.Fault{fault("container_url", text)}
	}
	// Source: AWS SDKs and Tools Reference Guide, "Container credential provider". The token goes
	// out as it is, without a word such as Bearer.
	request := signers.TokenRequest{Method: "GET", URL: address, Header: http.Header{"Accept": {"application/json"}}}
	if token := v.Text("container_token"); token != "" {
		if len(token) > maxSession {
			return nil, []signers.Fault{fault("container_token", "container_token is not a token: it is too long")}
		}
		request.Header["Authorization"] = []string{token}
	}
	source := sourceOf(fromContainer, address)
	source.Options = []string{"container_url", "container_token"}
	source.Machine = fixed
	source.Unshared = true // they are the container's own, and the address alone is no secret to encrypt them with
	source.Next = func(s *signers.TokenStep) (signers.TokenRequest, bool, error) {
		return request, len(s.Answers) == 0, nil
	}
	source.Parse = parseContainer
	return source, nil
}

// checkAgent says what is wrong with an agent's address, or reports whether it is one of the fixed
// ones. AWS's SDKs permit the same addresses: over plain http any other host could read the
// credentials of the role.
//
//	http://169.254.170.23/v1/credentials     fixed
//	https://agent.example/x                  permitted
//	http://127.0.0.1:9000/x                  permitted: this machine
//	http://agent.example/x                   a fault
func checkAgent(address string) (fixed bool, fault string) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || strings.Contains(address, " ") {
		return false, "container_url must be a URL such as http://169.254.170.23/v1/credentials"
	}
	if u.Scheme == "https" {
		return false, ""
	}
	host := u.Hostname()
	if u.Scheme == "http" && signers.Loopback(host) {
		return false, ""
	}
	if ip := net.ParseIP(host); u.Scheme == "http" && ip != nil && agents[ip.String()] && (u.Port() == "" || u.Port() == "80") {
		return true, ""
	}
	return false, "container_url must begin with https://, unless it is http://169.254.170.2, http://169.254.170.23, " +
		"http://[fd00:ec2::23] or on this machine"
}

// agentAnswer is what an agent answers, and the gateway where it searches the chain itself.
type agentAnswer struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string `json:"SecretAccessKey"`
	Token           string `json:"Token"`
	Expiration      string `json:"Expiration"`
}

// parseContainer reads the answer of the agent: JSON with AccessKeyId, SecretAccessKey, Token and
// Expiration. Its errors show the status and known codes.
func parseContainer(s *signers.TokenStep) (signers.Token, error) {
	a := &s.Answers[len(s.Answers)-1]
	if a.Status != http.StatusOK {
		return signers.Token{}, errors.New("aws: the container's agent answered " + statusAndCode(a))
	}
	var answer agentAnswer
	if len(a.Body) > maxAnswer || json.Unmarshal(a.Body, &answer) != nil {
		return signers.Token{}, errors.New("aws: the container's agent answered 200 with something else than credentials: " +
			"is container_url right?")
	}
	return session(answer.AccessKeyID, answer.SecretAccessKey, answer.Token, answer.Expiration, a, s.Time)
}
