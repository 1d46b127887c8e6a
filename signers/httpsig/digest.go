//go:build go1.21

package httpsig

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// digestOf is the Content-Digest of the body (RFC 9530, section 2), as it is sent, with its
// Content-Encoding. By default it has the algorithm of the message's own, which only a caller that
// removes nothing leaves there: so the command sign repeats what somebody else signed. The digest
// of {"a":1} is
//
//	sha-256=:AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=:
//
// It fails where the body was not read whole: the digest of a part would be that of another
// message.
func digestOf(s *signer, m *signers.Message) (string, error) {
	if int64(len(m.Body)) < m.Length || m.Length < 0 {
		return "", fmt.Errorf("%s: the body was not read, and its digest is signed: %w", s.vendor, signers.ErrMessage)
	}
	algorithm := s.digest
	if algorithm == "auto" {
		algorithm = sha256Digest
		if sent := m.Header["Content-Digest"]; len(sent) == 1 && strings.HasPrefix(sent[0], sha512Digest+"=") {
			algorithm = sha512Digest
		}
	}
	// An entry of a dictionary whose value is a byte sequence (RFC 9530, 2; RFC 9651, 3.3.5).
	if algorithm == sha512Digest {
		sum := sha512.Sum512(m.Body)
		return sha512Digest + "=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":", nil
	}
	sum := sha256.Sum256(m.Body)
	return sha256Digest + "=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":", nil
}

// The names of the two algorithms of RFC 9530, section 5, that are not deprecated. Options and
// headers have them in this spelling.
const (
	sha256Digest = "sha-256"
	sha512Digest = "sha-512"
)
