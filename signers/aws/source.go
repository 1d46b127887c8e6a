//go:build go1.21

package aws

import (
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The values of the option credentials. Labels may use web_identity and container only where the
// operator permits it, since these take the identity of the gateway itself.
const (
	fromOptions     = "static"
	fromWebIdentity = "web_identity"
	fromContainer   = "container"
	fromChain       = "chain"
)

// sourceOptions say where the access key comes from. Also has the names of AWS's environment
// variables and profiles, so that an operator who writes one gets a hint.
var sourceOptions = []signers.Option{
	{
		Name: "credentials", Values: []string{fromOptions, fromWebIdentity, fromContainer, fromChain},
		Doc: "Where the access key comes from: static (the default) is the options access_key_id and secret_access_key; web_identity a role " +
			"that AWS STS gives for a token, as in EKS with IAM roles for service accounts; container the agent of ECS or EKS Pod Identity; " +
			"chain, in Caddy only, the default chain of AWS's SDK (environment, profiles, SSO, processes, EC2). In Traefik the operator " +
			"must list web_identity and container in VENDORSIGN_AWS_CREDENTIALS.",
	},
	{
		Name: "role_arn", Sample: "arn:aws:iam::123456789012:role/gateway", Variable: "AWS_ROLE_ARN",
		Doc:  "The role to assume: with web_identity by its token, with chain by the credentials that the chain finds.",
		Also: []string{"role", "assume_role"},
	},
	{
		Name: "role_session_name", Default: "vendorsign", Variable: "AWS_ROLE_SESSION_NAME",
		Doc:  "The name of the session, which CloudTrail shows: 2 to 64 letters, digits and characters of _+=,.@-",
		Also: []string{"session_name"},
	},
	{
		Name: "profile", Sample: "default", Variable: "AWS_PROFILE",
		Doc: "With chain: the profile in the files of AWS's SDK.",
	},
	{
		Name: "web_identity_token", Secret: true, Sample: "token",
		Doc:  "With web_identity: a reference to the file that AWS_WEB_IDENTITY_TOKEN_FILE names. It is read again when it changes.",
		Also: []string{"web_identity_token_file", "token_file"},
	},
	{
		Name: "sts_host", Address: true, Sample: "sts.eu-west-1.amazonaws.com",
		Doc:  "With web_identity: the host of AWS STS; by default sts.REGION.amazonaws.com (in China amazonaws.com.cn).",
		Also: []string{"sts_endpoint", "sts_url"},
	},
	{
		Name: "container_url", Address: true, Sample: "http://169.254.170.23/v1/credentials", Variable: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		Doc: "With container: the address of the agent: http://169.254.170.2 (ECS), http://169.254.170.23 or http://[fd00:ec2::23] " +
			"(EKS Pod Identity), this machine, or any address over https.",
		Also: []string{"container_credentials_full_uri", "full_uri"},
	},
	{
		Name: "container_path", Sample: "/v2/credentials/1", Variable: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		Doc:  "With container, in place of container_url: the path of the credentials at the agent of ECS.",
		Also: []string{"container_credentials_relative_uri", "relative_uri"},
	},
	{
		Name: "container_token", Secret: true, Sample: "token", Variable: "AWS_CONTAINER_AUTHORIZATION_TOKEN",
		Doc: "With container: what the agent expects as Authorization. For EKS Pod Identity a reference to the file that " +
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names; it is read again when it changes.",
		Also: []string{"container_authorization_token"},
	},
}

// belongs says which value of the option credentials another option is for. role_arn is for two of
// them, and role_session_name has a default, so neither is here.
var belongs = [][2]string{
	{"access_key_id", fromOptions}, {"secret_access_key", fromOptions}, {"session_token", fromOptions},
	{"profile", fromChain}, {"web_identity_token", fromWebIdentity}, {"sts_host", fromWebIdentity},
	{"container_url", fromContainer}, {"container_path", fromContainer}, {"container_token", fromContainer},
}

// newSource makes the source of session credentials; nil where they are static. Its token is the
// session token, with the access key in Token.More: sessionOf takes them apart. Faults name the
// option, also where another value of credentials would make it right.
func newSource(v signers.Values) (*signers.TokenSource, []signers.Fault) {
	kind := v.Text("credentials")
	if kind == "" {
		kind = fromOptions
	}
	var faults []signers.Fault
	// An option that means nothing is a mistake: whoever set an access key expects it to be used.
	for _, pair := range belongs {
		if option, of := pair[0], pair[1]; of != kind && v.Has(option) {
			faults = append(faults, fault(option, option+" needs credentials "+of))
		}
	}
	if v.Has("role_arn") && kind != fromWebIdentity && kind != fromChain {
		faults = append(faults, fault("role_arn", "role_arn needs credentials web_identity or chain"))
	}
	var source *signers.TokenSource
	var more []signers.Fault
	switch kind {
	case fromWebIdentity:
		source, more = newWebIdentity(v)
	case fromContainer:
		source, more = newContainer(v)
	case fromChain:
		source, more = newChain(v)
	}
	faults = append(faults, more...)
	if len(faults) > 0 {
		return nil, faults
	}
	return source, nil
}

// fault is what is wrong with an option, without its value.
func fault(option, text string) signers.Fault { return signers.Fault{Option: option, Text: text} }

// The names of the values that come with a session token. They are keys of Token.More and
// Moment.More.
const (
	moreID     = "access_key_id"
	moreSecret = "secret_access_key"
)

// sourceOf has what all sources share: the permission that a gateway's operator must give, the
// values that come with a session token, and how services refuse one. address is where the
// credentials are fetched.
func sourceOf(kind, address string) *signers.TokenSource {
	return &signers.TokenSource{
		Grant: kind, More: []string{moreID, moreSecret}, Refused: refusesSession,
		Addresses: func(host string) []string { return []string{address} },
	}
}

// sessionOf returns what a moment signs with; without a token all three are empty. Moment.Token is
// the ID of a key that has no session token, since a token has a text.
func sessionOf(at *signers.Moment) (id, secret, session string) {
	id, secret, session = at.More[moreID], at.More[moreSecret], at.Token
	if session == id {
		session = ""
	}
	return id, secret, session
}

// Bounds of what an answer may hold, in bytes, far above what AWS sends, and how far ahead it may
// expire. What comes from the network goes into headers and memory, so each is checked.
const (
	maxAnswer  = 64 << 10
	maxSecret  = 512
	maxSession = 16 << 10
	maxLife    = 366 * 24 * time.Hour
)

// keyID is what a key ID may be: it ends at the first slash of the signature's scope. printable
// excludes blanks and line ends, which would end a header.
var (
	keyID     = regexp.MustCompile(`^[0-9A-Za-z_]{1,128}$`)
	printable = regexp.MustCompile(`^[!-~]+$`)
)

// session makes a token of the parts of an answer. The expiry is by the service's clock, which its
// answer tells: a gateway whose clock is wrong would otherwise use a session that is over. The
// errors quote nothing of the answer. A part that is missing, malformed or too long is an error,
// and the gateway asks again later.
func session(id, secret, token, expiration string, a *signers.TokenAnswer, now time.Time) (signers.Token, error) {
	var none signers.Token
	switch {
	case id == "" || secret == "" || token == "" || expiration == "":
		return none, errors.New("aws: a part of the credentials is missing in the answer")
	case !keyID.MatchString(id):
		return none, errors.New("aws: the answer's access key ID is malformed")
	case len(secret) > maxSecret || !printable.MatchString(secret):
		return none, errors.New("aws: the answer's secret access key is malformed")
	// A MAC with such a key would panic with the first request, see wire.MACFault.
	case keyFault(secret) != "":
		return none, errors.New("aws: the answer's secret access key is too short for this system's cryptography (FIPS mode?)")
	case len(token) > maxSession || !printable.MatchString(token):
		return none, errors.New("aws: the answer's session token is malformed")
	}
	expires, err := time.Parse(time.RFC3339, expiration)
	if err != nil {
		return none, errors.New("aws: the answer's expiration is not a time") // the error of Parse quotes it
	}
	// Only the time until then is kept, and counted by the gateway's clock.
	life := expires.Sub(now)
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		life = expires.Sub(date.Add(time.Second)) // it is up to a second older than it says
	}
	if life <= 0 {
		return none, errors.New("aws: the answer's credentials have expired")
	}
	if life > maxLife {
		return none, errors.New("aws: the answer's expiration is more than a year away")
	}
	more := map[string]string{moreID: id, moreSecret: secret}
	return signers.Token{Text: token, Expires: now.Add(life), More: more}, nil
}

// sessionCodes are the error codes of AWS services that say that a session, or its access key, is
// no longer valid. A wrong signature is not among them: a client's request can cause it, and would
// drop the session for all others.
var sessionCodes = map[string]bool{
	"ExpiredToken": true, "ExpiredTokenException": true, "InvalidClientTokenId": true, "UnrecognizedClientException": true,
	"InvalidAccessKeyId": true, // S3
}

// refusesSession reports whether an answer of a service says that the session is no longer valid. The status does not: it is 400 or
// 403 for these and for many other errors.
func refusesSession(a signers.Answer) bool {
	if a.Status < 400 || a.Status > 403 {
		return false
	}
	return sessionCodes[serviceCode(a.Header, a.Body)]
}
