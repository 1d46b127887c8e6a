//go:build go1.21

package aws

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// aws is one scheme for all services; type scope has what differs from one to the next. Families
// are hosts that have a customer's name in front, such as buckets. The hosts of execute-api answer
// as customers wish, so a configuration must list them. The claims of applications are verified as
// in mode re_sign, since a client's signature names region and service; those of Fixed only fill
// required options.
func init() {
	signers.Register(signers.Scheme{
		Name:    "aws",
		Title:   "AWS",
		Domains: []string{"amazonaws.com", "amazonaws.com.cn", "api.aws"},
		// Source: "Virtual hosting of buckets" of the S3 user guide, "S3 dual-stack endpoints", and "Invoke REST APIs in API Gateway".
		Families: []string{"s3.REGION.amazonaws.com", "s3.REGION.amazonaws.com.cn", "s3.REGION.api.aws", "execute-api.REGION.amazonaws.com"},
		Shared:   []string{"execute-api.REGION.amazonaws.com"},
		Answers:  awsAnswers,
		Options:  options(),
		New:      newSigner,
		Claims: &signers.Claims{
			Key: "access_key_id", Secret: "secret_access_key", Method: true, Read: readClaim, Prove: prove,
			Fixed: signers.Values{"mode": {"re_sign"}, "region": {"us-east-1"}, "service": {"s3"}, "copy_source": {"allow"}},
		},
	})
}

// options are those of the scheme in the order of its page. auto is what the service is known to
// do; the other values are for services and stores that do something else.
func options() []signers.Option {
	return append([]signers.Option{
		// The ID ends at a slash, a comma or an equals sign in the header, so it cannot have one.
		{Name: "access_key_id", Kind: signers.ID, Apart: "/,=", Sample: "1", Also: []string{"aws_access_key_id", "access_key"},
			Shape: "AKIA{base32:16}", Doc: "The ID of the access key."},
		{Name: "secret_access_key", Secret: true, Variable: "AWS_SECRET_ACCESS_KEY", Sample: "1", Shape: "{base64:30}",
			Also: []string{"aws_secret_access_key", "secret_key"}, Doc: "The secret of the access key."},
		{Name: "session_token", Secret: true, Variable: "AWS_SESSION_TOKEN", Sample: "1", Also: []string{"aws_session_token", "security_token"},
			Doc: "The session token of temporary credentials."},
		// Region and service are required even where the host tells them: with a wrong guess AWS
		// would refuse each request.
		{Name: "region", Kind: signers.List, Required: true, Sample: "us-east-1", Also: []string{"aws_region", "default_region"},
			Doc: "The region to sign for, as in eu-west-1. With mode re_sign: the regions that clients may choose."},
		{Name: "service", Kind: signers.List, Required: true, Sample: "guardduty", Also: []string{"aws_service"},
			Doc: "The service to sign for, as in s3 or guardduty. With mode re_sign: the services that clients may choose."},
		{Name: "mode", Values: []string{"sign", "re_sign", "resign"},
			Doc: "sign (the default), or re_sign, which replaces a signature that the client made with a placeholder key: region and service " +
				"come from it."},
		{Name: "placeholder_key", Kind: signers.ID, Apart: "/,=",
			Doc: "With mode re_sign: the only access key ID that clients may sign with."},
		// Streaming without a signature is for S3 alone, and for operators who know that TLS
		// protects their bodies.
		{Name: "payload", Values: []string{"signed", "auto", "unsigned"},
			Doc: "signed (the default) signs bodies. For S3 only: unsigned streams all bodies without signing them, auto those whose " +
				"Content-Length exceeds max_body."},
		{Name: "placement", Values: []string{"header", "query"},
			Doc: "Where the signature goes: header (the default), or query, as in a presigned URL; for S3 the body is then not signed."},
		{Name: "expires_in", Kind: signers.Duration, Also: []string{"x-amz-expires"},
			Doc: "With placement query: how long the URL is valid, as in 5m (the default); at most 7 days."},
		{Name: "signed_headers", Kind: signers.List,
			Doc: "More headers to sign. Host, Content-Type and those that begin with X-Amz- are always signed."},
		// normalize_path, path_encoding and content_sha256 are for stores and services that differ
		// from what is known of AWS; auto is right for AWS itself.
		{Name: "normalize_path", Values: []string{"auto", "true", "false"},
			Doc: "Whether the service reads /a/../b as /b: by default (auto) false for S3, true for all others."},
		{Name: "path_encoding", Values: []string{"auto", "twice", "once"},
			Doc: "How often the signed path is escaped: by default (auto) once for S3, twice for all others."},
		{Name: "query_plus", Values: []string{"blank", "literal", "refuse"},
			Doc: "What a + in a query means: blank (the default) sends %20, literal sends %2B, and refuse answers 400."},
		{Name: "content_sha256", Values: []string{"auto", "on", "off"},
			Doc: "Whether X-Amz-Content-Sha256 is sent: by default (auto) on for S3, off for all others."},
		{Name: "sign_session_token", Values: []string{"true", "false"},
			Doc: "Whether the session token is signed (the default). A few services want it added after signing: false."},
		// Both restrict what clients may ask for. Neither changes a signature.
		{Name: "allow_actions", Kind: signers.List, Restricts: true,
			Doc: "The actions that clients may request, as in Describe* or GetFindings. X-Amz-Target names the action, or Action in a query " +
				"or form; requests that name none are refused."},
		{Name: "copy_source", Values: []string{"deny", "allow"},
			Doc: "deny (the default) refuses X-Amz-Copy-Source, which reads another object, past the option allow; allow signs it."},
	}, sourceOptions...)
}

// newSigner makes the signer of a configuration. It refuses combinations that could not sign what
// they are for. All faults are returned at once.
func newSigner(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &signer{
		id: v.Text("access_key_id"), secret: v.Text("secret_access_key"), token: v.Text("session_token"),
		regions: v["region"], services: v["service"],
		reSign: v.Text("mode") != "sign", placeholder: v.Text("placeholder_key"),
		payload: v.Text("payload"), inQuery: v.Text("placement") == "query", plus: v.Text("query_plus"),
		tokenSigned: v.Text("sign_session_token") == "true", copies: v.Text("copy_source") == "allow",
		normalize: v.Text("normalize_path"), encoding: v.Text("path_encoding"), contentHash: v.Text("content_sha256"),
		keys: newKeys(), scopes: new(sync.Map), scope: new(atomic.Value), hinted: new(atomic.Value),
	}
	// Credentials are those of the options, or come from a source while the gateway runs.
	source, faults := newSource(v)
	s.source, s.sourced = source, source != nil
	add := func(option, text string) { faults = append(faults, signers.Fault{Option: option, Text: text}) }
	// Where the source has a fault, the missing key is only its consequence.
	static := !s.sourced && len(faults) == 0
	for _, option := range []string{"access_key_id", "secret_access_key"} {
		if static && v.Text(option) == "" {
			add(option, option+" is required, unless credentials says where to get one")
		}
	}
	faults = append(faults, scopeFaults(s)...)
	faults = append(faults, placeSignature(s, v)...)
	// A header that a proxy changes later would make each request fail at the vendor, so it is refused when the configuration is loaded.
	for _, name := range v["signed_headers"] {
		name = strings.ToLower(name)
		if fault := unsignable(name); fault != "" {
			add("signed_headers", fault)
			continue
		}
		s.extra = append(s.extra, name)
	}
	var bad string
	if s.actions, bad = newActions(v["allow_actions"]); bad != "" {
		add("allow_actions", bad)
	}
	if len(faults) == 0 {
		// Now and not with the first request: in FIPS mode Go panics when such a key is made.
		if text := keyFault(s.secret); text != "" && !s.sourced {
			add("secret_access_key", text)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	if !s.reSign {
		// In mode re_sign the scope is that of each client's signature.
		s.fixed = newScope(s, s.regions[0], s.services[0])
	}
	s.start = canonical{id: s.id, secret: s.secret, token: s.token, scope: s.fixed, inQuery: s.inQuery, expires: s.expires}
	// Bodies are hashed here, unless a client's word or the option says otherwise.
	s.signsBody = !s.reSign && s.payload != "unsigned"
	s.varies = s.sourced || s.fixed == nil
	s.hinted.Store(noHint)
	return s, nil
}

// scopeFaults are the faults of what the scope of a signature is made of.
func scopeFaults(s *signer) []signers.Fault {
	var faults []signers.Fault
	add := func(option, text string) { faults = append(faults, signers.Fault{Option: option, Text: text}) }
	scope := signers.Values{"region": s.regions, "service": s.services}
	for _, option := range []string{"region", "service"} {
		for _, value := range scope[option] {
			if !scopeWord.MatchString(value) {
				add(option, option+" must be lower-case letters, digits and dashes, as in eu-west-1 and s3")
			}
		}
		// In mode sign nothing in a request says which one is meant.
		if !s.reSign && len(scope[option]) > 1 {
			add(option, option+" takes one value in mode sign; several are for mode re_sign")
		}
	}
	if !s.reSign && s.placeholder != "" {
		add("placeholder_key", "placeholder_key needs mode re_sign")
	}
	return faults
}

// placeSignature sets how the body is signed and where the signature goes, and returns the faults of the options that say so.
func placeSignature(s *signer, v signers.Values) []signers.Fault {
	var faults []signers.Fault
	add := func(option, text string) { faults = append(faults, signers.Fault{Option: option, Text: text}) }
	// UNSIGNED-PAYLOAD is known to S3 alone; other services compare the hash with the body.
	if s.payload != "signed" && !s.reSign && !storesObjects(s.services[0]) {
		add("payload", "payload "+s.payload+" is for S3 alone: other services require a signed body")
	}
	if s.payload != "signed" && s.reSign {
		add("payload", "payload follows the client's X-Amz-Content-Sha256 in mode re_sign; leave it out")
	}
	if s.inQuery && !s.reSign && storesObjects(s.services[0]) {
		// S3's presigned form signs the words UNSIGNED-PAYLOAD in place of a hash, and servers expect nothing else ("Authenticating
		// Requests: Using Query Parameters", S3 API Reference).
		s.payload = "unsigned"
	}
	if s.inQuery && s.reSign {
		add("placement", "placement query needs mode sign")
	}
	if v.Text("expires_in") != "" && !s.inQuery {
		add("expires_in", "expires_in needs placement query")
	}
	// It is also there without placement query, where nothing reads it.
	s.expires = defaultExpires
	if text := v.Text("expires_in"); text != "" {
		lives, ok := tokens.Duration(text)
		if !ok || lives < time.Second || lives > maxExpires {
			add("expires_in", "expires_in must be a time such as 5m, from 1 second to 7 days")
		}
		s.expires = strconv.Itoa(int(lives / time.Second))
	}
	return faults
}

// The lifetime of a presigned URL: seven days are the most that AWS takes. The default is in
// seconds.
const (
	maxExpires     = 7 * 24 * time.Hour
	defaultExpires = "300"
)
