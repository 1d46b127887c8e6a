package capture

import (
	"errors"
	"strings"
)

// SplitURL cuts a URL into its authority and the request target, byte for byte: net/url would decode
// the path and encode it again, and a signature covers what goes out. A fragment never goes out (RFC
// 9110, 4.2.5).
//
//	https://api.example:8443?a=%2F#x  ->  api.example:8443, /?a=%2F
func SplitURL(text string) (authority, target string, err error) {
	authority, target, err = cutURL(text)
	switch {
	case err != nil:
	case strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) >= 0:
		err = errors.New("contains a blank or a control character, which no request line can carry")
	case strings.Contains(authority, "@"):
		err = errors.New("must not hold a user name or password")
	case authority == "":
		err = errors.New("has no host")
	}
	return authority, target, err
}

// cutURL does so with any text that begins as a URL does, whatever characters follow. A URL without a
// path has the target /, as clients send it.
func cutURL(text string) (authority, target string, err error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", errors.New("must begin with https:// or http://")
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority = rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, target = rest[:i], rest[i:]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return authority, target, nil
}
