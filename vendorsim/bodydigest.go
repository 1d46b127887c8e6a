package vendorsim

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// digestBy is the digest of a body by an algorithm that is fit for it; nil by any other one. RFC 9530, section 5,
// marks md5, sha and the checksums as deprecated, so those are skipped, not compared.
func digestBy(algorithm string, body []byte) []byte {
	switch algorithm {
	case "sha-256":
		sum := sha256.Sum256(body)
		return sum[:]
	case "sha-512":
		sum := sha512.Sum512(body)
		return sum[:]
	}
	return nil
}

// contentDigestFault says what is wrong with Content-Digest (RFC 9530, 2), as in
// sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=: for no body. Each digest that can be computed must be right; want is
// one that must be there, if it is not empty.
func contentDigestFault(value string, body []byte, want string) string {
	all, ok := sfMembers(value, true)
	if !ok {
		return "Content-Digest is not a dictionary of digests"
	}
	found := false
	for _, m := range all {
		// An algorithm that is not compared proves nothing, and does not refuse the request either.
		sum := digestBy(m.key, body)
		if sum == nil {
			continue
		}
		claimed, ok := m.value.([]byte)
		if !ok {
			return "a digest of Content-Digest is not written as :base64:"
		}
		if subtle.ConstantTimeCompare(sum, claimed) != 1 {
			return "Content-Digest does not match the body"
		}
		found = found || want == "" || want == m.key
	}
	return missingDigest(found, want, "Content-Digest")
}

// digestFault is the same of Digest (RFC 3230), whose values are base64 after the algorithm's name in any letter case:
// "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" for no body.
func digestFault(value string, body []byte, want string) string {
	found := false
	for part := range strings.SplitSeq(value, ",") {
		name, claimed, ok := strings.Cut(strings.Trim(part, " \t"), "=")
		if !ok {
			return "Digest is not a list such as SHA-256=base64"
		}
		name = strings.ToLower(name)
		sum := digestBy(name, body)
		if sum == nil {
			continue
		}
		if !same(claimed, base64.StdEncoding.EncodeToString(sum)) {
			return "Digest does not match the body"
		}
		found = found || want == "" || want == name
	}
	return missingDigest(found, want, "Digest")
}

// missingDigest is the fault of a header in which no digest counted: it has none, or only such as are not compared. A header
// that proves nothing is refused, since a client may count on it.
func missingDigest(found bool, want, name string) string {
	switch {
	case found:
		return ""
	case want != "":
		return name + " has no " + want
	}
	return name + " has neither sha-256 nor sha-512"
}
