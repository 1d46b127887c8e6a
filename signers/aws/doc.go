//go:build go1.21

// Package aws signs requests to AWS and to stores that speak the API of S3, by Signature Version 4.
//
// A request becomes a canonical request, its hash goes into a string to sign, and that is signed
// with a key that is derived from the secret, the day, the region and the service:
//
//	message -> path.go, query.go, headers.go, payload.go -> canonical.go -> key.go -> Authorization, or X-Amz-Signature in the query
//
// Region and service are configured (mode sign), or come from the signature that the client made
// with a placeholder key (mode re_sign, resign.go). What an operator may deny beyond paths is in
// actions.go, what AWS answers in refusal.go and quoted.go. Credentials that are not in the
// configuration come from source.go: webidentity.go asks AWS STS, container.go an agent on the
// machine, and chain.go has the gateway's own SDK search for them. To verify what an application
// signed with a local key, claim.go, proofs.go, middle.go and claimcover.go read its signature, and
// claimtext.go makes the text that it covers.
//
// # A worked example
//
// GET /detector?maxResults=1&b=a+b at guardduty.eu-west-1.amazonaws.com with Content-Type:
// application/json, on 2 January 2026. The canonical request is
//
//	GET
//	/detector
//	b=a%20b&maxResults=1
//	content-type:application/json
//	host:guardduty.eu-west-1.amazonaws.com
//	x-amz-date:20260102T030405Z
//
//	content-type;host;x-amz-date
//	e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
//
// with the hash of the empty body in the last line. The string to sign has the hash of all that:
//
//	AWS4-HMAC-SHA256
//	20260102T030405Z
//	20260102/eu-west-1/guardduty/aws4_request
//	aae23a55a816c731007de3d2a2e215d3ccc308c98305e9e4680ac015954e4a5d
//
// and with the key AKIDEXAMPLE, whose secret is "secret", the request goes out as
// /detector?maxResults=1&b=a%20b with
//
//	X-Amz-Date: 20260102T030405Z
//	Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/guardduty/aws4_request,
//	  SignedHeaders=content-type;host;x-amz-date,
//	  Signature=7f5ef6d3e934eb1db2610270fe71d76e9edbdad28f48748f93bea62feba479b2
//
// in one line. The signer of the AWS SDK for Go and AWS's published vectors are what the tests
// compare with, so a change to what is signed belongs in the file of that part and needs a vector.
//
// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and,
// for S3, docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
package aws
