//go:build go1.21

package aws

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// keptHint is what hint has read last: of a header Authorization, start is the text in front of its first comma. Clients
// repeat it for a day, and it has all that hint reads, unless a second Credential follows.
type keptHint struct {
	start string
	hint  map[string]string // never changed
}

// noHint is before the first one: no text in front of a comma has a comma.
var noHint = &keptHint{start: ","}

// maxHint is how long a start may be that is kept: the client has chosen it.
const maxHint = 512

// hint is readHint, without reading what is the same as in the request before.
func (s *signer) hint(m *signers.Message) (map[string]string, error) {
	if values := m.Header["Authorization"]; len(values) == 1 {
		kept := s.hinted.Load().(*keptHint)
		start, rest, _ := strings.Cut(values[0], ",")
		if start == kept.start {
			if !strings.Contains(rest, "Credential=") {
				return kept.hint, nil
			}
		}
	}
	return readHint(s, m)
}

// readHint takes region and service from the client's signature, which is not verified: it says what
// the client wants, and the configuration says what it may. The errors tell what to change in the
// client: ErrMessage for a signature that is missing or cannot be read, ErrRights for one that is
// not permitted. placeholder_key is no secret and no authentication: it only finds clients that are
// configured with a key of their own.
func readHint(s *signer, m *signers.Message) (map[string]string, error) {
	values := m.Header["Authorization"]
	if len(values) == 0 {
		return nil, fmt.Errorf("aws: the request has no placeholder signature: give the client any access key, so that its SDK signs, "+
			"which says the region and the service: %w", signers.ErrMessage)
	}
	var found []string // key ID, day, region, service and a word
	if len(values) == 1 {
		found = placeholderScope(values[0])
	}
	if found == nil {
		return nil, fmt.Errorf("aws: the request has no placeholder signature of AWS4-HMAC-SHA256 that can be read: %w", signers.ErrMessage)
	}
	if s.placeholder != "" && found[0] != s.placeholder {
		return nil, fmt.Errorf("aws: the client signs with another key ID than placeholder_key: %w", signers.ErrRights)
	}
	if !wire.Contains(s.regions, found[2]) || !wire.Contains(s.services, found[3]) {
		return nil, fmt.Errorf("aws: the scope of the client's signature (region and service) is not one that is configured: %w",
			signers.ErrRights)
	}
	hint := map[string]string{regionOf: strings.Clone(found[2]), serviceOf: strings.Clone(found[3])}
	// Cloned, since a part of the header would keep all of it in memory.
	if start, _, _ := strings.Cut(values[0], ","); len(start) <= maxHint && strings.Contains(start, "Credential=") {
		s.hinted.Store(&keptHint{start: strings.Clone(start), hint: hint})
	}
	return hint, nil
}

// placeholderScope reads the credential of a signature that a client made with a placeholder key,
// in five parts. It is nil without one, and with more than one. Parts of the header are separated
// by commas, blanks or both.
//
//	Credential=AKID/20260102/eu-west-1/s3/aws4_request      AKID, 20260102, eu-west-1, s3, aws4_request
func placeholderScope(text string) []string {
	before, text, _ := strings.Cut(text, "Credential=")
	if !strings.HasPrefix(before, algorithm+" ") || strings.Trim(before[len(before)-1:], ", ") != "" || strings.Contains(text, "Credential=") {
		return nil
	}
	if end := strings.IndexAny(text, ", "); end >= 0 {
		text = text[:end]
	}
	parts := strings.Split(text, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" || parts[0] == "" || len(parts[1]) != len("20060102") ||
		strings.Trim(parts[1], "0123456789") != "" || parts[2] == "" || parts[3] == "" {
		return nil
	}
	return parts
}

// hexDigest is a SHA-256 in lower-case hex, as X-Amz-Content-Sha256 has it.
var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// streamsAsSent reports whether the client says of a body all that its signature needs. Under allow_actions it is read all the same:
// a form may name another action than the request's head.
func (s *signer) streamsAsSent(m *signers.Message, max int64) bool {
	return s.actions == nil && len(m.Header["X-Amz-Content-Sha256"]) > 0
}

// unsignedAsSent reports whether a client says of its body that it is not signed. A gateway refuses
// such a request where the upstream is not verified, since nothing else protects the body.
func unsignedAsSent(m *signers.Message) bool {
	for _, value := range m.Header["X-Amz-Content-Sha256"] {
		if value == unsignedPayload || value == unsignedTrailer {
			return true
		}
	}
	return false
}

// payloadAsSent is what a client says of its body: a hash, which the vendor compares with the body,
// or that it is not signed. Chunk signatures are made with the client's own key, and cannot be made
// anew while the body streams.
func payloadAsSent(sc *scope, sent []string) (string, error) {
	value := sent[0]
	if len(sent) > 1 {
		return "", fmt.Errorf("aws: X-Amz-Content-Sha256 appears twice: %w", signers.ErrMessage)
	}
	if hexDigest.MatchString(value) {
		return value, nil
	}
	if value == unsignedPayload || value == unsignedTrailer {
		if !sc.objects {
			return "", fmt.Errorf("aws: only S3 takes an unsigned payload: %w", signers.ErrMessage)
		}
		return value, nil
	}
	if strings.HasPrefix(value, "STREAMING-AWS4-") {
		return "", fmt.Errorf("aws: chunk signatures cannot be replaced; set request_checksum_calculation=when_required or "+
			"payload_signing_enabled=false: %w", signers.ErrMessage)
	}
	return "", fmt.Errorf("aws: X-Amz-Content-Sha256 is neither a hash nor a known form: %w", signers.ErrMessage)
}
