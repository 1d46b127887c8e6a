//go:build go1.21

package aws

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// simplePath matches paths that stay the same in every canonical form.
var simplePath = regexp.MustCompile(`^/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?)?$`)

// canonicalPath is the path, which simplePath does not match, as the service signs it: escaped once
// more for all services but S3, which escapes it once and takes dots and empty names as a part of
// an object's name. What goes out stays as it is: services that normalise do it on their side.
//
//	                guardduty           s3
//	/a/../b         /b                  /a/../b
//	/a b            /a%20b              /a%20b
//	/a//b/          /a/b/               /a//b/
//	/a%2Fb          /a%252Fb            /a%2Fb
//	/%2e%2e/x       /%252e%252e/x       /../x
//
// The options normalize_path and path_encoding say otherwise for a store that differs from both.
func canonicalPath(sc *scope, path string) (string, error) {
	if sc.normalized {
		path = normalized(path)
	}
	if sc.twice {
		return strings.ReplaceAll(wire.PercentEncode(path), "%2F", "/"), nil
	}
	names := strings.Split(path, "/")
	for i, name := range names {
		// Escaped anew, since a client may escape fewer or more characters than AWS does.
		decoded, err := url.PathUnescape(name)
		if err != nil {
			return "", fmt.Errorf("aws: the path has a %% that begins no escape: %w", signers.ErrMessage)
		}
		names[i] = wire.PercentEncode(decoded)
	}
	return strings.Join(names, "/"), nil
}

// normalized is the path without dots and empty names (RFC 3986, section 5.2.4). A slash at its end
// stays. None is added: /a/b/.. is /a, as AWS's own clients have it (botocore's
// remove_dot_segments, aws-c-auth), where the RFC says /a/. An escaped dot is not a dot here.
func normalized(path string) string {
	var kept []string
	names := strings.Split(path, "/")
	for _, name := range names {
		switch {
		case name == "" || name == ".":
		case name == ".." && len(kept) > 0:
			kept = kept[:len(kept)-1]
		case name == "..":
		default:
			kept = append(kept, name)
		}
	}
	if len(kept) == 0 {
		return "/"
	}
	joined := "/" + strings.Join(kept, "/")
	if names[len(names)-1] == "" {
		joined += "/"
	}
	return joined
}
