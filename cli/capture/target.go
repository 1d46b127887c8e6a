package capture

import (
	"errors"
	"strings"
)

// SplitURL cuts a URL into its authority and the request target, byte for byte: net/url would decode the path and
// encode it again, and a signature covers what goes out. A fragment never goes out.
func SplitURL(text string) (authority, target string, err error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", errors.New("must begin with https:// or http://")
	}
	if strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) >= 0 {
		return "", "", errors.New("contains a blank or a control character, which no request line can carry")
	}
	rest, _, _ = strings.Cut(rest, "#")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, target = rest[:i], rest[i:]
	} else {
		authority = rest
	}
	if strings.Contains(authority, "@") {
		return "", "", errors.New("must not hold a user name or password")
	}
	if authority == "" {
		return "", "", errors.New("has no host")
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return authority, target, nil
}
