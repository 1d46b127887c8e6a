//go:build go1.21

package aws

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// scope is what a key is derived for, apart from the day, and how the service wants the request to be canonical.
type scope struct {
	region, service string
	// suffix is that of the credential scope, after the day: /eu-west-1/s3/aws4_request.
	suffix string
	// normalized says that the service resolves dots and empty names in paths.
	normalized bool
	// twice says that escapes in the path are escaped once more.
	twice bool
	// hashed says that X-Amz-Content-Sha256 is sent.
	hashed bool
	// objects says that the service is S3: payloads may be unsigned.
	objects bool
}

// scopeWord is what regions and services look like. The names of buckets and hosts never get here.
var scopeWord = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// storesObjects reports whether a service signs as S3 does: the path escaped once and not normalised, the payload's hash in a
// header, and payloads that may be unsigned.
func storesObjects(service string) bool {
	return service == "s3" || service == "s3-outposts" || service == "s3-object-lambda"
}

// newScope is the scope of a region and a service, with the options that override what the service is known to do.
func newScope(s *signer, region, service string) *scope {
	objects := storesObjects(service)
	sc := &scope{region: region, service: service, objects: objects, suffix: "/" + region + "/" + service + "/aws4_request"}
	sc.normalized = chosen(s.normalize, "true", !objects)
	sc.twice = chosen(s.encoding, "twice", !objects)
	sc.hashed = chosen(s.contentHash, "on", objects)
	return sc
}

// scopeOf is the scope of a client's signature. Those that are configured are kept, and the last
// one in any case: what else a client may name, when apps are verified, must not fill the memory.
// It may be called concurrently.
func scopeOf(s *signer, region, service string) *scope {
	name := region + "/" + service
	if kept, ok := s.scopes.Load(name); ok {
		sc := kept.(*scope)
		s.scope.Store(sc)
		return sc
	}
	sc := newScope(s, region, service)
	s.scope.Store(sc)
	if wire.Contains(s.regions, region) && wire.Contains(s.services, service) {
		s.scopes.Store(name, sc)
	}
	return sc
}

// chosen is whether an option has the value on, or usual where the option is left to the service.
func chosen(value, on string, usual bool) bool {
	if value == "auto" {
		return usual
	}
	return value == on
}

// givesCredentials reports whether a service exists to make, read or exchange credentials. S3
// Express does so by CreateSession, without which nothing else of it works. Such services are
// closed as a whole: their actions are in bodies, where Guards do not look.
func givesCredentials(service string) bool {
	const all = " iam sts sso sso-oauth sso-directory awsssoportal signin cognito-identity cognito-idp rolesanywhere s3express "
	return strings.Contains(all, " "+service+" ")
}
