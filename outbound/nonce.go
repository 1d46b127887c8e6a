//go:build go1.21

package outbound

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// NewNonce makes a nonce of a kind that signers.NonceKind knows, from the system's random source. It has no loop over bytes,
// which would be slow interpreted. It fails if the kind is unknown or the random source fails; the request is not signed
// then.
//
//	alnum:8 ytK1F1HG        hex:8 33b4e9420e5e9736        digits:8 11393231        uuid 8f2236ed-fb84-499c-87b6-124844ddecbf
func NewNonce(kind string) (string, error) {
	form, size := nonceKind(kind)
	return drawNonce(form, size)
}

// nonceKind is signers.NonceKind, with a size of 0 if there is no such kind.
func nonceKind(kind string) (string, int) {
	form, size, ok := signers.NonceKind(kind)
	if !ok {
		size = 0
	}
	return form, size
}

// drawNonce is NewNonce for what nonceKind reads: a credential reads its kind once.
func drawNonce(form string, n int) (string, error) {
	if n == 0 {
		return "", errors.New("no such kind of nonce")
	}
	switch form {
	case "alnum":
		return alphanumerics(n)
	case "digits":
		return digits(n)
	}
	random := make([]byte, n)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	switch form {
	case "base64":
		return base64.StdEncoding.EncodeToString(random), nil
	case "uuid":
		random[6] = random[6]&0x0f | 0x40 // version 4
		random[8] = random[8]&0x3f | 0x80
		text := hex.EncodeToString(random)
		return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-"), nil
	}
	return hex.EncodeToString(random), nil
}

// alphanumerics encodes random bytes as base64 and drops the two characters that are not alphanumeric. The other 62 stay
// equally likely, which a byte modulo 62 would not be. It draws a quarter more than are needed on average; with 64 characters
// that is too few once in 10^9 times, and then it draws again.
func alphanumerics(n int) (string, error) {
	for {
		random := make([]byte, n*15/16)
		if n < 32 {
			random = make([]byte, 32) // fewer vary more
		}
		if _, err := rand.Read(random); err != nil {
			return "", err
		}
		text := strings.NewReplacer("+", "", "/", "").Replace(base64.RawStdEncoding.EncodeToString(random))
		if len(text) >= n {
			return text[:n], nil
		}
	}
}

// digits draws a number without leading zeros, from 10^(n-1) to twice that. It begins with 1, so that 19 digits fit into 64
// bits for every reader.
func digits(n int) (string, error) {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n-1)), nil)
	drawn, err := rand.Int(rand.Reader, most)
	if err != nil {
		return "", err
	}
	return drawn.Add(drawn, most).String(), nil
}

// Once reports whether the signature is only valid for a single request: it has a nonce, and covers no body, so that another
// one can be made for the same request at any time. Go's HTTP client repeats requests by itself: see SignRepetition.
func (o Outcome) Once() bool { return o.credential.traits.Nonce != "" && !o.credential.covers }

// SignRepetition signs r again, which was signed before and is being sent once more, with a new time and nonce. It only fails
// if the system's random source does; then the first signature remains, which the vendor refuses if it saw it. r is changed
// in place; target is the one that was signed.
func (g *Gate) SignRepetition(r *http.Request, target string, signed Outcome) {
	nonce, err := NewNonce(signed.credential.traits.Nonce)
	if err != nil {
		return
	}
	m := &signers.Message{Method: r.Method, Host: r.Host, Target: target, Header: r.Header}
	at := &signers.Moment{Time: g.Now().Add(ClockOffset(g)), Nonce: nonce, Token: signed.token, More: signed.more, Hint: signed.hint}
	at.Date = signed.credential.date(at.Time)
	if err := signed.credential.sign(m, at); err == nil && g.OnSigned != nil {
		g.OnSigned(m, *at)
	}
}
