package cli

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// forSTS turns the options of any service of AWS into those for a call of STS with the same credential. GetCallerIdentity needs no
// permission, and changes nothing (AWS STS API reference).
func forSTS(v signers.Values) error {
	if len(v["region"]) == 0 {
		return usagef("--sts needs --region")
	}
	region, host := v["region"][0], v.Text("sts_host")
	if host == "" {
		host = "sts." + region + ".amazonaws.com"
		if strings.HasPrefix(region, "cn-") {
			host += ".cn"
		}
	}
	host = strings.TrimPrefix(host, "https://")
	if strings.Contains(host, "/") {
		return usagef("--sts needs an sts_host without a path, over https")
	}
	// Options that are about another service, or about requests of clients, mean nothing here or would be refused.
	for _, option := range []string{"mode", "placeholder_key", "placement", "expires_in", "payload", "signed_headers", "allow_actions",
		"normalize_path", "path_encoding", "content_sha256"} {
		delete(v, option)
	}
	v["region"], v["service"], v["host"] = []string{region}, []string{"sts"}, []string{host}
	v["allow_credential_endpoints"] = []string{"true"}
	return nil
}

// maxCaller is more than an answer of GetCallerIdentity has.
const maxCaller = 64 << 10

// readPrincipal reads who the caller is from an answer of GetCallerIdentity, as an ARN.
func readPrincipal(body io.Reader) (string, error) {
	var answer struct {
		ARN string `xml:"GetCallerIdentityResult>Arn"`
	}
	if err := xml.NewDecoder(io.LimitReader(body, maxCaller)).Decode(&answer); err != nil || answer.ARN == "" {
		return "", failf("the answer is not one of AWS STS")
	}
	return answer.ARN, nil
}
