//go:build go1.21

package aws

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// The forms and bounds are those of the API reference of AWS STS, AssumeRoleWithWebIdentity.
// singleRegion is a word that can be in a host: what a label says must not end the host early.
var (
	roleARN      = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+$`)
	sessionName  = regexp.MustCompile(`^[0-9A-Za-z_+=,.@-]{2,64}$`)
	singleRegion = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)
)

// maxRole and maxIdentity are in characters.
const (
	maxRole     = 2048
	maxIdentity = 20000
)

// newWebIdentity is the source that trades a web identity token for the credentials of a role: one
// unsigned request to AWS STS (AssumeRoleWithWebIdentity). EKS projects such a token into pods
// whose service account has a role.
//
//	POST https://sts.eu-west-1.amazonaws.com/
//	Action=AssumeRoleWithWebIdentity&RoleArn=...&RoleSessionName=vendorsign&Version=2011-06-15&WebIdentityToken=...
func newWebIdentity(v signers.Values) (*signers.TokenSource, []signers.Fault) {
	var faults []signers.Fault
	role, name, identity := v.Text("role_arn"), v.Text("role_session_name"), v.Text("web_identity_token")
	if name == "" {
		name = "vendorsign"
	}
	switch {
	case role == "":
		faults = append(faults, fault("role_arn", "role_arn is required with credentials web_identity"))
	case len(role) > maxRole || !roleARN.MatchString(role):
		faults = append(faults, fault("role_arn", "role_arn must be of the form arn:aws:iam::ACCOUNT:role/NAME"))
	}
	if !sessionName.MatchString(name) {
		faults = append(faults, fault("role_session_name", "role_session_name must be 2 to 64 letters, digits and characters of _+=,.@-"))
	}
	switch {
	case identity == "":
		faults = append(faults, fault("web_identity_token", "web_identity_token is required with credentials web_identity"))
	case len(identity) > maxIdentity || !printable.MatchString(identity):
		faults = append(faults, fault("web_identity_token", "web_identity_token is not a token: it is too long, or contains blanks or other "+
			"characters that tokens do not have"))
	}
	address, text := stsAddress(v)
	if text != "" {
		faults = append(faults, fault("sts_host", text))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"},
		"RoleArn": {role}, "RoleSessionName": {name}, "WebIdentityToken": {identity},
	}
	// The request is not signed: the identity token in it is the proof (AWS STS API Reference, AssumeRoleWithWebIdentity).
	request := signers.TokenRequest{
		Method: "POST", URL: address, Body: form.Encode(),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
	source := sourceOf(fromWebIdentity, address)
	source.Options = []string{"web_identity_token", "role_arn"}
	source.Next = func(s *signers.TokenStep) (signers.TokenRequest, bool, error) {
		return request, len(s.Answers) == 0, nil
	}
	source.Parse = parseWebIdentity
	source.Denied = deniesIdentity
	return source, nil
}

// stsAddress is where STS is, or says what is wrong. The regional endpoint is the default, as in
// AWS's SDKs today: a token of the global one is not valid in regions that an account has to
// enable. Plain http is for a simulated STS on this machine.
//
//	region eu-west-1                       https://sts.eu-west-1.amazonaws.com/
//	sts_host sts.example.com               https://sts.example.com/
//	sts_host http://sts.example.com        a fault
func stsAddress(v signers.Values) (address, fault string) {
	host := v.Text("sts_host")
	if host == "" {
		regions := v["region"]
		if len(regions) != 1 || !singleRegion.MatchString(regions[0]) {
			return "", "sts_host is required: no single region determines it"
		}
		host = "sts." + regions[0] + ".amazonaws.com"
		if strings.HasPrefix(regions[0], "cn-") {
			host += ".cn"
		}
	}
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(host, "?# ") {
		return "", "sts_host must be a host such as sts.eu-west-1.amazonaws.com"
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && signers.Loopback(u.Hostname())) {
		return "", "sts_host must not be an address without https"
	}
	return u.Scheme + "://" + u.Host + "/", ""
}

// parseWebIdentity reads the answer of STS, which is XML. An answer of another kind with 200, such
// as a proxy's page, is an error.
func parseWebIdentity(s *signers.TokenStep) (signers.Token, error) {
	a := &s.Answers[len(s.Answers)-1]
	if a.Status != http.StatusOK {
		return signers.Token{}, errors.New("aws: STS answered " + statusAndCode(a))
	}
	texts, whole := readXML(a.Body)
	const credentials = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials"
	if _, found := texts[credentials]; !whole || !found {
		return signers.Token{}, errors.New("aws: STS answered 200 with something else than credentials: is sts_host right?")
	}
	return session(texts[credentials+"/AccessKeyId"], texts[credentials+"/SecretAccessKey"], texts[credentials+"/SessionToken"],
		texts[credentials+"/Expiration"], a, s.Time)
}

// deniesIdentity reports whether STS refuses the token or the role, in addition to the statuses 401 and 403. InvalidIdentityToken is not
// among the codes: STS also says it when it cannot fetch the provider's keys at that moment.
func deniesIdentity(s *signers.TokenStep) bool {
	if len(s.Answers) == 0 {
		return false
	}
	a := &s.Answers[len(s.Answers)-1]
	if a.Status != http.StatusBadRequest {
		return false
	}
	code := serviceCode(a.Header, a.Body)
	return code == "ExpiredTokenException" || code == "ValidationError"
}

// statusAndCode is what an answer's error may show: its status, and its code if that is a known one.
func statusAndCode(a *signers.TokenAnswer) string {
	text := strconv.Itoa(a.Status)
	if len(a.Body) > maxAnswer {
		return text
	}
	if code := serviceCode(a.Header, a.Body); knownCodes[code] {
		text += " (" + code + ")"
	}
	return text
}
