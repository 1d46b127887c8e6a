//go:build go1.21

package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/vendorsign/vendorsign/signers"
)

// The words that take the place of a hash in X-Amz-Content-Sha256, and the hash of no body, which
// most requests have.
const (
	unsignedPayload = "UNSIGNED-PAYLOAD"
	unsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER" // in chunks, with a checksum behind them
	emptyHash       = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// fillPayload adds what the signature says of the body, and whether X-Amz-Content-Sha256 has to say
// it too: S3 requires the header, other services take the body's hash from the canonical request
// alone. A request without a body, the usual one, is done here.
func fillPayload(s *signer, c *canonical, m *signers.Message) error {
	if s.signsBody {
		if m.Length == 0 {
			if len(m.Body) == 0 {
				c.payload = emptyHash
				c.payloadSent = c.scope.hashed
				return nil
			}
		}
	}
	payload, sent, err := payloadOf(s, c.scope, m)
	c.payload = payload
	c.payloadSent = sent
	return err
}

// payloadOf is fillPayload for requests with a body, and for those whose clients say what it is. It
// returns the last line of the canonical request, and whether the header is sent.
func payloadOf(s *signer, sc *scope, m *signers.Message) (string, bool, error) {
	// The client has said what its body is, and S3 compares that with the body itself.
	if s.reSign {
		if as := m.Header["X-Amz-Content-Sha256"]; len(as) > 0 {
			sent, fault := payloadAsSent(sc, as)
			return sent, true, fault
		}
	}
	// A body that was not read is too long for max_body (payload auto), or is not to be read at all.
	if s.payload == "unsigned" || int64(len(m.Body)) < m.Length || m.Length < 0 {
		if !sc.objects || s.signsBody && s.payload == "signed" {
			return "", false, fmt.Errorf("aws: the body must be signed, and was not read: %w", signers.ErrMessage)
		}
		// A presigned URL need not say it: S3 takes the body of one for unsigned.
		return unsignedPayload, sc.hashed && !s.inQuery, nil
	}
	if len(m.Body) == 0 {
		return emptyHash, sc.hashed, nil
	}
	return hexHashBytes(m.Body), sc.hashed, nil
}

// hexHashBytes is the SHA-256 of data in lower-case hex.
func hexHashBytes(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
