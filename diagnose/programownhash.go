package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// bodyHash is where operations sign the hash of the body.
const bodyHash = "[[body|sha256|hex]]"

// claimedHash is what a client may say of the body in a header of the vendor's.
var claimedHash = regexp.MustCompile(`^(?:UNSIGNED-PAYLOAD|[0-9A-Fa-f]{64})$`)

// ownHash is the program of a client that says the hash of the body in a header which the preset owns and does not set: what the header
// says is signed in the place of the hash, as it is or hashed. The gateway removes such a header, and hashes the body. It is nil if there
// is no such header, or if it is not what was signed. names is what the client says of the signed headers; nil: nothing.
//
//	X-Sdk-Content-Sha256: UNSIGNED-PAYLOAD  ->  Huawei signs this text, Tencent (X-TC-Content-SHA256) its hash
func (w *programmed) ownHash(d *diagnosis, names func(operations []string) []string) *variant {
	for _, name := range w.owns {
		said := strings.TrimSpace(d.Request.Header.Get(name))
		if strings.HasSuffix(name, "*") || !claimedHash.MatchString(said) {
			continue
		}
		// The signed headers may have it.
		w.owns = slices.DeleteFunc(slices.Clone(w.owns), func(own string) bool { return own == name })
		hashed := sha256.Sum256([]byte(said))
		for _, text := range []string{said, hex.EncodeToString(hashed[:])} {
			v := w.variant(func(operations []string) []string {
				if names != nil {
					operations = names(operations)
				}
				return eachLine(func(line string) string { return strings.ReplaceAll(line, bodyHash, text) })(operations)
			})
			if v == nil || !w.agrees(d, v) {
				continue
			}
			body := sha256.Sum256(d.Request.Body)
			if said != "UNSIGNED-PAYLOAD" && !strings.EqualFold(said, hex.EncodeToString(body[:])) {
				d.fact("body_signed_not_sent", plain(http.CanonicalHeaderKey(name)), " is not the hash of the body that was sent")
			}
			return v
		}
	}
	return nil
}

// agrees reports whether a program makes each proof as it was sent.
func (w *programmed) agrees(d *diagnosis, v *variant) bool {
	made, some := w.sign(v, w.start(d)), false
	for i, l := range w.leaves {
		if l.kind == proofLeaf && l.sent {
			if made == nil || made[i] != l.given {
				return false
			}
			some = true
		}
	}
	return some
}
