//go:build go1.21

// Package aws signs requests to AWS and to stores that speak the API of S3, by Signature Version 4.
//
// A request becomes a canonical request, its hash goes into a string to sign, and that is signed with a key that is derived from
// the secret, the day, the region and the service:
//
//	message -> path.go, query.go, headers.go, payload.go -> canonical.go -> key.go -> Authorization, or X-Amz-Signature in the query
//
// Region and service are configured (mode sign), or come from the signature that the client made with a placeholder key
// (mode re_sign, resign.go). What an operator may deny beyond paths is in actions.go, what AWS answers in refusal.go. Credentials that
// are not in the configuration come from source.go: webidentity.go asks AWS STS, container.go an agent on the machine, and chain.go
// has the gateway's own SDK search for them.
//
// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for S3,
// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
package aws
