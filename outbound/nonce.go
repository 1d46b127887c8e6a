//go:build go1.21

package outbound

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// NewNonce draws 64 alphanumerics from the system's random source: what the vendors' own clients send.
//
// It encodes random bytes as base64 and drops its two marks. The other 62 characters stay equally likely, which a
// remainder of a byte by 62 would not give, and no loop over bytes is needed. 60 bytes give 80 characters; that
// fewer than 64 of them are alphanumeric happens once in 10^9 draws, and costs another draw.
func NewNonce() (string, error) {
	for {
		random := make([]byte, 60)
		if _, err := rand.Read(random); err != nil {
			return "", err
		}
		text := strings.NewReplacer("+", "", "/", "").Replace(base64.RawStdEncoding.EncodeToString(random))
		if len(text) >= 64 {
			return text[:64], nil
		}
	}
}

// Once reports whether the signature is good for a single request: it has a nonce, and covers no body, so that another one
// can be made for the same request at any time.
func (s Outcome) Once() bool { return s.credential.traits.Nonce && !s.credential.covers }

// SignRepetition signs r, which was signed before and is sent once more, with a time and nonce of its own. It fails only if
// the system's random source does; then the first signature remains.
func (g *Gate) SignRepetition(r *http.Request, target string, signed Outcome) {
	nonce, err := NewNonce()
	if err != nil {
		return
	}
	m := &signers.Message{Method: r.Method, Host: r.Host, Target: target, Header: r.Header}
	at := &signers.Moment{Time: g.Now().Add(clockOffset(g)), Nonce: nonce, Token: signed.token}
	at.Date = signed.credential.date(at.Time)
	if err := signed.credential.sign(m, at); err == nil && g.OnSigned != nil {
		g.OnSigned(m, *at)
	}
}
