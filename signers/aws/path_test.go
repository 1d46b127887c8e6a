package aws

import "testing"

// What AWS's own clients sign of a path (botocore's remove_dot_segments, aws-c-auth's normalized paths, and AWS's signing test suite).
// They differ from RFC 3986 in the slash that a dot segment at the end leaves.
func TestPathsAreNormalizedAsAWSsOwnClientsDo(t *testing.T) {
	for path, want := range map[string]string{
		"": "/", "/": "/", "//": "/", "/./": "/", "/a/./b": "/a/b", "//a//b//": "/a/b/", "/a/..": "/", "/a/../": "/", "/a/b/..": "/a",
		"/a/b/../": "/a/", "/a/.": "/a", "/a/./": "/a/", "/../..": "/", "/../a": "/a", "/a/b/../../..": "/", "/a/..b/...": "/a/..b/...",
		"/a/%2e%2e/b": "/a/%2e%2e/b",
	} {
		if got := normalized(path); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}
