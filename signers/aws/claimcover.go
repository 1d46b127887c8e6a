//go:build go1.21

package aws

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// uncovered returns an error if the signature leaves out something that changes what a request does
// at AWS; otherwise it takes what the signature says of the body. AWS itself refuses a request
// whose host or X-Amz- headers are not signed. Without this check whoever sees a request could add
// such a header to it.
func uncovered(c *signers.Claim, m *signers.Message, p *proofs) error {
	names := ";" + p.names + ";"
	if lacksHost(p.inQuery, names) {
		return errNoHost
	}
	if p.inQuery || !wire.OnlyHas(m.Header, plainFor(names)) {
		if err := uncoveredHeaders(m, names); err != nil {
			return err
		}
	}
	objects := storesObjects(c.At.Hint[serviceOf])
	payload := p.payload
	if payload == "" && p.inQuery && objects {
		payload = unsignedPayload
	}
	if payload == "" {
		return nil
	}
	return claimPayload(c, m, payload, objects)
}

// The signed headers of many requests: those that each must have, or these and the hash of the payload.
const (
	leastNames = "host;x-amz-date"
	hashNames  = "host;x-amz-content-sha256;x-amz-date"
)

// lacksHost reports whether the signed headers lack the host, or the date where that is a header.
// Names have a semicolon before and behind each.
func lacksHost(inQuery bool, names string) bool {
	return !strings.Contains(names, ";host;") || !inQuery && !strings.Contains(names, ";x-amz-date;")
}

// uncoveredHeaders returns an error if the message has a header of AWS's that is not signed. Some
// servers take any separator for a dash, so the others count as one: X_Amz_Acl, X-Amz.Acl.
func uncoveredHeaders(m *signers.Message, names string) error {
	for name := range m.Header {
		if !strings.HasPrefix(name, "X-Amz-") && !ownHeader.MatchString(name) {
			continue
		}
		if !strings.Contains(names, ";"+strings.ToLower(name)+";") {
			return fmt.Errorf("aws: a header X-Amz-... is not among the signed headers: %w", signers.ErrUncovered)
		}
	}
	return nil
}

// ownHeader matches the name of a header of AWS's, however it is spelt.
var ownHeader = regexp.MustCompile(`^(?i)[^a-z0-9]*x[^a-z0-9]*a[^a-z0-9]*m[^a-z0-9]*z[^a-z0-9]`)

// plainFor are headers that need no check where these names are signed: a request that has only
// such headers is not searched for X-Amz- headers that are not signed. X-Amz-Content-Sha256 is one
// of them if it is signed.
func plainFor(names string) map[string]bool {
	if strings.Contains(names, ";x-amz-content-sha256;") {
		return plainWithHash
	}
	return plainHeaders
}

var (
	plainHeaders  = wire.PlainHeaders("Authorization", "X-Amz-Date", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request")
	plainWithHash = wire.PlainHeaders("Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request")
)

// What is wrong with what a client says of its body.
var (
	errTwoPayloads = fmt.Errorf("aws: X-Amz-Content-Sha256 appears twice: %w", signers.ErrUncovered)
	errChunks      = fmt.Errorf("aws: signatures of chunks cannot be verified; set request_checksum_calculation=when_required or "+
		"payload_signing_enabled=false: %w", signers.ErrUncovered)
	errNoObjects = fmt.Errorf("aws: only S3 takes an unsigned payload: %w", signers.ErrUncovered)
	errPlainHTTP = fmt.Errorf("aws: an unsigned payload needs https: %w", signers.ErrUncovered)
)

// claimPayload takes what the client says of its body: a hash, which the body must have, or for S3
// that it is not signed. As AWS does, such a body is taken over TLS alone. Where the client says
// nothing the body itself is signed; in a presigned URL for S3, it is not.
//
//	64 hex digits                         BodyHash: the body is hashed and compared
//	UNSIGNED-PAYLOAD                      Unsigned, for S3 and over TLS
//	STREAMING-UNSIGNED-PAYLOAD-TRAILER    the same
//	STREAMING-AWS4-HMAC-SHA256-PAYLOAD    an error: each chunk has a signature of its own
func claimPayload(c *signers.Claim, m *signers.Message, payload string, objects bool) error {
	c.At.Hint[claimedPayload] = payload
	if hexDigest.MatchString(payload) {
		c.BodyHash = payload
		return nil
	}
	if strings.Contains(payload, ",") {
		return errTwoPayloads
	}
	if payload != unsignedPayload {
		if payload != unsignedTrailer {
			return errChunks
		}
	}
	if !objects {
		return errNoObjects
	}
	if m.Scheme == "http" {
		// A GET over plain http has no body that somebody could change.
		if m.Length != 0 {
			return errPlainHTTP
		}
	}
	c.Unsigned = true
	return nil
}
