package modules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/vendorsign/vendorsign/signers"
)

// chainTimeout is for a search of the whole chain, with a process or a service of EC2.
const chainTimeout = 30 * time.Second

// chainKey is what a source asks the chain for. Empty parts are the SDK's defaults.
type chainKey struct{ profile, role, session, region string }

// awsChain is the default chain of AWS' SDK for one profile and role. Its provider is shared by all signers that
// ask for these: the SDK caches credentials and fetches them once for all who wait. It outlives a reload.
type awsChain struct {
	key chainKey

	mu       sync.Mutex
	provider aws.CredentialsProvider // nil: not loaded
}

// awsChains are the chains by chainKey. There are as many as configurations have named, which an operator bounds.
var awsChains sync.Map // *awsChain by chainKey

// AnswerHosted answers token requests of sources that the gateway itself answers, for outbound.Sharing: those for
// AWS' chain. Only Caddy has the SDK; in Traefik a plugin has no packages but the standard library's.
//
//	chain:?profile=prod&role_arn=arn:aws:iam::123456789012:role/reader
//	-> {"AccessKeyId":"ASIA...","SecretAccessKey":"...","Token":"...","Expiration":"2026-11-30T12:00:00Z"}
//
// It may be called concurrently. Its errors show nothing that a process or service has said.
func AnswerHosted(r signers.TokenRequest) (signers.TokenAnswer, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "chain" {
		return signers.TokenAnswer{}, errors.New("the gateway has no such source of credentials")
	}
	wanted := u.Query()
	key := chainKey{wanted.Get("profile"), wanted.Get("role_arn"), wanted.Get("role_session_name"), wanted.Get("region")}
	found, _ := awsChains.LoadOrStore(key, &awsChain{key: key})
	ctx, cancel := context.WithTimeout(context.Background(), chainTimeout)
	defer cancel()
	got, err := found.(*awsChain).retrieve(ctx, wanted.Get("replaces"))
	if err != nil {
		return signers.TokenAnswer{}, chainError(err)
	}
	// The keys of the AWS container credential provider's answer, so that the token source of package aws reads both
	// the same way.
	answer := map[string]string{"AccessKeyId": got.AccessKeyID, "SecretAccessKey": got.SecretAccessKey, "Token": got.SessionToken}
	if got.CanExpire {
		answer["Expiration"] = got.Expires.UTC().Format(time.RFC3339)
	}
	body, err := json.Marshal(answer)
	return signers.TokenAnswer{Status: http.StatusOK, Body: body}, err
}

// retrieve returns the cached credentials, unless they are those to be replaced: then the chain is loaded anew, since
// the SDK reads the keys of a profile only once. The lock is not held while the chain is asked: a metadata service
// may take seconds.
func (c *awsChain) retrieve(ctx context.Context, replaces string) (aws.Credentials, error) {
	c.mu.Lock()
	provider := c.provider
	c.mu.Unlock()
	// The SDK's cache answers this without asking anybody, unless the credentials are about to expire.
	if provider != nil {
		if got, err := provider.Retrieve(ctx); err == nil && got.AccessKeyID != replaces {
			return got, nil
		}
	}
	provider, err := c.load(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	got, err := provider.Retrieve(ctx)
	if err == nil {
		c.mu.Lock()
		c.provider = provider
		c.mu.Unlock()
	}
	return got, err
}

// load makes the provider: environment variables, shared files with profile, SSO and process, container, then EC2's
// instance metadata, in the SDK's order. A role is assumed with what these find, through STS.
func (c *awsChain) load(ctx context.Context) (aws.CredentialsProvider, error) {
	var options []func(*awsconfig.LoadOptions) error
	// Without a profile the SDK takes that of AWS_PROFILE, or default.
	if c.key.profile != "" {
		options = append(options, awsconfig.WithSharedConfigProfile(c.key.profile))
	}
	if c.key.region != "" {
		options = append(options, awsconfig.WithRegion(c.key.region))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	if c.key.role == "" {
		// The SDK has put them into a cache.
		return config.Credentials, nil
	}
	return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), c.key.role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = c.key.session
	})), nil
}

// smithyCode is the shape of AWS' error codes, such as AccessDenied. Only a code of this shape is shown: the message
// that comes with it may quote the request.
var smithyCode = regexp.MustCompile(`^[A-Z][A-Za-z]{2,63}$`)

// chainError says what the chain failed of. The texts of the SDK are not shown: they can quote what a process or a service answered.
func chainError(err error) error {
	var refused smithy.APIError
	var missing awsconfig.SharedConfigProfileNotExistError
	switch {
	// STS, as for a role that may not be assumed.
	case errors.As(err, &refused) && smithyCode.MatchString(refused.ErrorCode()):
		return fmt.Errorf("aws: the chain was refused credentials (%s)", refused.ErrorCode())
	case errors.As(err, &missing):
		return errors.New("aws: the chain finds no such profile")
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("aws: the chain found no credentials in %v", chainTimeout)
	}
	return errors.New("aws: the chain found no credentials: no variables, profile, process, SSO session, container or EC2 role has any")
}
