//go:build go1.21

package aws

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

func init() {
	signers.Register(signers.Scheme{
		Name:    "aws",
		Title:   "AWS",
		Page:    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html",
		Domains: []string{"amazonaws.com", "amazonaws.com.cn", "api.aws"},
		Answers: awsAnswers,
		Options: options(),
		New:     newSigner,
	})
}

func options() []signers.Option {
	return append([]signers.Option{
		{Name: "access_key_id", Kind: signers.ID, Apart: "/,=", Sample: "1", Also: []string{"aws_access_key_id", "access_key"},
			Doc: "The ID of the access key."},
		{Name: "secret_access_key", Secret: true, Variable: "AWS_SECRET_ACCESS_KEY", Sample: "1",
			Also: []string{"aws_secret_access_key", "secret_key"}, Doc: "The secret of the access key."},
		{Name: "session_token", Secret: true, Variable: "AWS_SESSION_TOKEN", Sample: "1", Also: []string{"aws_session_token", "security_token"},
			Doc: "The session token of temporary credentials."},
		{Name: "region", Kind: signers.List, Required: true, Sample: "us-east-1", Also: []string{"aws_region", "default_region"},
			Doc: "The region to sign for, as in eu-west-1; with mode re_sign those that clients may choose."},
		{Name: "service", Kind: signers.List, Required: true, Sample: "guardduty", Also: []string{"aws_service"},
			Doc: "The service to sign for, as in s3 or guardduty; with mode re_sign those that clients may choose."},
		{Name: "mode", Values: []string{"sign", "re_sign", "resign"},
			Doc: "sign (the default), or re_sign: region and service come from a signature that the client made with a placeholder key."},
		{Name: "placeholder_key", Kind: signers.ID, Apart: "/,=",
			Doc: "With mode re_sign: the only access key ID that clients may sign with."},
		{Name: "payload", Values: []string{"signed", "auto", "unsigned"},
			Doc: "signed (the default) covers bodies; unsigned streams them; auto streams those beyond max_body. The last two are for S3 alone."},
		{Name: "placement", Values: []string{"header", "query"},
			Doc: "Where the signature goes: into headers (the default), or into the query, as in a presigned URL."},
		{Name: "expires_in", Kind: signers.Duration, Also: []string{"x-amz-expires"},
			Doc: "With placement query: how long the URL is valid, as in 5m, at most 7 days; 5 minutes if it is not set."},
		{Name: "signed_headers", Kind: signers.List,
			Doc: "More headers to sign. Host, Content-Type and all that begin with X-Amz- always are."},
		{Name: "normalize_path", Values: []string{"auto", "true", "false"},
			Doc: "Whether the service reads /a/../b as /b: false for S3 and true for all others, unless it is set."},
		{Name: "path_encoding", Values: []string{"auto", "twice", "once"},
			Doc: "How often the signed path is escaped: once for S3 and twice for all others, unless it is set."},
		{Name: "query_plus", Values: []string{"blank", "literal", "refuse"},
			Doc: "What a + in a query means: blank (the default) sends %20, literal sends %2B, and refuse answers 400."},
		{Name: "content_sha256", Values: []string{"auto", "on", "off"},
			Doc: "Whether X-Amz-Content-Sha256 is sent: on for S3 and off for all others, unless it is set."},
		{Name: "sign_session_token", Values: []string{"true", "false"},
			Doc: "false for the few services that want the session token added after signing."},
		{Name: "allow_actions", Kind: signers.List,
			Doc: "The actions that may be signed, as in Describe* or GetFindings: of X-Amz-Target, or Action in a query or form. " +
				"Requests without an action are refused."},
		{Name: "copy_source", Values: []string{"deny", "allow"},
			Doc: "deny (the default) refuses X-Amz-Copy-Source, which reads another object past allow."},
	}, sourceOptions...)
}

// newSigner refuses combinations that could not sign what they are for.
func newSigner(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &signer{
		id: v.Text("access_key_id"), secret: v.Text("secret_access_key"), token: v.Text("session_token"),
		regions: v["region"], services: v["service"],
		reSign: v.Text("mode") != "sign", placeholder: v.Text("placeholder_key"),
		payload: v.Text("payload"), inQuery: v.Text("placement") == "query", plus: v.Text("query_plus"),
		tokenSigned: v.Text("sign_session_token") == "true", copies: v.Text("copy_source") == "allow",
		normalize: v.Text("normalize_path"), encoding: v.Text("path_encoding"), contentHash: v.Text("content_sha256"),
		keys: newKeys(), scopes: new(sync.Map),
	}
	source, faults := newSource(v)
	s.source, s.sourced = source, source != nil
	add := func(option, text string) { faults = append(faults, signers.Fault{Option: option, Text: text}) }
	static := !s.sourced && len(faults) == 0
	for _, option := range []string{"access_key_id", "secret_access_key"} {
		if static && v.Text(option) == "" {
			add(option, option+" is required, unless credentials says where to get one")
		}
	}
	for _, option := range []string{"region", "service"} {
		for _, value := range v[option] {
			if !scopeWord.MatchString(value) {
				add(option, option+" must be lower-case letters, digits and dashes, as in eu-west-1")
			}
		}
		if !s.reSign && len(v[option]) > 1 {
			add(option, option+" takes one value in mode sign; several are for mode re_sign")
		}
	}
	if !s.reSign && s.placeholder != "" {
		add("placeholder_key", "placeholder_key needs mode re_sign")
	}
	if s.payload != "signed" && !s.reSign && !storesObjects(s.services[0]) {
		add("payload", "payload "+s.payload+" is for S3 alone: other services require a signed body")
	}
	if s.payload != "signed" && s.reSign {
		add("payload", "payload follows the client's X-Amz-Content-Sha256 in mode re_sign; leave it out")
	}
	if s.inQuery && s.reSign {
		add("placement", "placement query needs mode sign")
	}
	if v.Text("expires_in") != "" && !s.inQuery {
		add("expires_in", "expires_in needs placement query")
	}
	s.expires = defaultExpires
	if text := v.Text("expires_in"); text != "" {
		lives, ok := tokens.Duration(text)
		if !ok || lives < time.Second || lives > maxExpires {
			add("expires_in", "expires_in must be a time such as 5m, from 1 second to 7 days")
		}
		s.expires = strconv.Itoa(int(lives / time.Second))
	}
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
		if text := keyFault(s.secret); text != "" && !s.sourced {
			add("secret_access_key", text)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	if !s.reSign {
		s.fixed = newScope(s, s.regions[0], s.services[0])
	}
	return s, nil
}

// The lifetime of a presigned URL.
const (
	maxExpires     = 7 * 24 * time.Hour
	defaultExpires = "300"
)
