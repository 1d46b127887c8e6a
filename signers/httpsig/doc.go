//go:build go1.21

// Package httpsig signs as RFC 9421 (HTTP Message Signatures) says, with the digests of RFC 9530, and as its forerunner did,
// draft-cavage-http-signatures-12.
//
// Four schemes share two engines:
//
//	httpsig       RFC 9421: scheme.go has its options, component.go reads what is covered, base.go builds the text that is signed,
//	              with its digest (digest.go) and parameters (parameters.go)
//	web_bot_auth  the same with what the IETF's webbotauth drafts fix (webbotauth.go)
//	cavage        the draft: cavagescheme.go, cavagetext.go and cavage.go
//	oci           the draft as Oracle Cloud Infrastructure uses it (oci.go)
//
// structured.go reads the dictionaries, lists and items of RFC 9651, of which a component may cover a part. key.go has the algorithms;
// the keys themselves are read in package wire.
package httpsig
