//go:build go1.21

// Package httpsig signs as RFC 9421 (HTTP Message Signatures) says, with the digests of RFC 9530,
// and as its forerunner did, draft-cavage-http-signatures-12.
//
// Four schemes share two engines:
//
//	httpsig       RFC 9421: scheme.go has its options, component.go reads what is covered, base.go builds the text that is signed,
//	              with its digest (digest.go) and parameters (parameters.go)
//	web_bot_auth  the same with what the IETF's webbotauth drafts fix (webbotauth.go)
//	cavage        the draft: cavagescheme.go, cavagetext.go and cavage.go
//	oci           the draft as Oracle Cloud Infrastructure uses it (oci.go)
//
// structured*.go read the dictionaries, lists and items of RFC 9651, of which a component may cover
// a part. key.go has the algorithms; the keys themselves are read in package wire.
//
// A configuration is read once, into components and parameters; a request then goes
//
//	message -> prepare: a value for each component -> base -> sign -> Signature, Signature-Input
//	message -> prepareCavage: a value for each line -> text -> sign -> Signature or Authorization
//
// # A worked example
//
// POST /v1/items?page=2 to api.example.com with the body {"a":1} and the type application/json, at
// 1767323045 seconds since 1970, with the key ID k1 and an HMAC. httpsig signs
//
//	"@method": POST
//	"@authority": api.example.com
//	"@path": /v1/items
//	"@query": ?page=2
//	"content-type": application/json
//	"content-digest": sha-256=:AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=:
//	"@signature-params": ("@method" "@authority" "@path" "@query" "content-type" "content-digest");
//	  created=1767323045;keyid="k1";alg="hmac-sha256"
//
// of which the last two are one line. It sends Content-Digest, Signature-Input: sig1= with what
// follows "@signature-params": in that line, and Signature: sig1=:...:. cavage signs
//
//	(request-target): post /v1/items?page=2
//	host: api.example.com
//	date: Fri, 02 Jan 2026 03:04:05 GMT
//	digest: SHA-256=AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=
//
// and sends Date, Digest and
//
//	Signature: keyId="k1",algorithm="hmac-sha256",headers="(request-target) host date digest",signature="..."
//
// # Rules
//
// What cannot be covered is refused with an error that wraps signers.ErrMessage: nothing is left
// out of a signature silently, since a verifier would not miss it. Values never have control
// characters, which could make another message with the same base. What changes on the way to the
// vendor is refused when the configuration loads (component.go), and not by the vendor with each
// request.
//
// A new component or parameter of RFC 9421 belongs in component.go and base.go, a vendor's use of
// the draft in a file of its own as oci.go.
package httpsig
