//go:build go1.21

package apps

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Local keys are derived and not stored: the gateway has one master secret, and an app's secret is
//
//	HKDF-SHA256(master, salt, version ‖ vendor ‖ gateway ‖ key ID ‖ generation ‖ option)
//
// in the shape of the vendor's own keys. A list of apps needs no secrets then. What is derived must stay the same in every
// release: it is the apps' keys.

// derivation is the first byte of the info: it changes if anything about the derivation does.
const derivation = 1

// keySalt separates these keys from others that somebody derives from the same secret.
const keySalt = "vendorsign local key of an app"

// minMaster is how many bytes a master secret must have: as many as the hash.
const minMaster = 32

// Master is the secret that keys are derived from.
type Master struct{ key []byte }

// NewMaster makes a Master of a secret. Its error never quotes it.
func NewMaster(secret string) (*Master, error) {
	if len(secret) < minMaster {
		return nil, fmt.Errorf("the master secret must have at least %d bytes, as of openssl rand -base64 32", minMaster)
	}
	if strings.Trim(secret, secret[:1]) == "" {
		return nil, errors.New("the master secret is one character, repeated; take one of openssl rand -base64 32")
	}
	m := new(Master)
	m.key = hkdfExtract([]byte(keySalt), []byte(secret))
	return m, nil
}

// Origin is what a local key is derived for, together with the master secret.
type Origin struct {
	Vendor, Gateway, KeyID string
	Generation             int
}

// Derive returns the value of a vendor's option for the app, in its shape.
func Derive(m *Master, o Origin, option signers.Option) (string, error) {
	s := new(keyStream)
	s.key = m.key
	s.info = infoOf(o, option.Name)
	return inShape(shapeOf(option), func(n int) ([]byte, error) { return take(s, n) })
}

// infoOf has the length in front of each field: no two origins have the same info.
func infoOf(o Origin, option string) []byte {
	info := []byte{derivation}
	for _, field := range []string{o.Vendor, o.Gateway, o.KeyID, option} {
		info = binary.BigEndian.AppendUint32(info, uint32(len(field)))
		info = append(info, field...)
	}
	return binary.BigEndian.AppendUint64(info, uint64(o.Generation))
}

// NewKeyID is a random ID of a key, in the shape of the option.
func NewKeyID(option signers.Option) (string, error) {
	return inShape(shapeOf(option), func(n int) ([]byte, error) {
		data := make([]byte, n)
		_, err := io.ReadFull(rand.Reader, data)
		return data, err
	})
}

// shapeOf is the shape of an option's values. What most checks accept is hex.
func shapeOf(o signers.Option) string {
	switch {
	case o.Shape != "":
		return o.Shape
	case o.Secret:
		return "{hex:32}"
	}
	return "{hex:16}"
}

// shapePattern matches what inShape makes, and nothing else.
func shapePattern(shape string) *regexp.Regexp {
	parts, _ := signers.ReadShape(shape)
	text := "^"
	for _, p := range parts {
		n := strconv.Itoa(p.N)
		switch p.Kind {
		case "":
			text += regexp.QuoteMeta(p.Text)
		case "digits":
			text += "[0-9]{" + n + "}"
		case "lower":
			text += "[0-9a-z]{" + n + "}"
		case "upper":
			text += "[0-9A-Z]{" + n + "}"
		case "alnum":
			text += "[0-9A-Za-z]{" + n + "}"
		case "base32":
			text += "[A-Z2-7]{" + n + "}"
		case "hex":
			text += "[0-9a-f]{" + strconv.Itoa(2*p.N) + "}"
		case "base64":
			text += "[0-9A-Za-z+/]{" + strconv.Itoa((8*p.N+5)/6) + "}={0,2}"
		default:
			text += "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
		}
	}
	return regexp.MustCompile(text + "$")
}

// inShape fills a shape with what next gives, uniformly.
func inShape(shape string, next func(n int) ([]byte, error)) (string, error) {
	parts, ok := signers.ReadShape(shape)
	if !ok {
		return "", errors.New("the shape of the vendor's keys cannot be read")
	}
	text := ""
	for _, p := range parts {
		filled, err := fillPart(p, next)
		if err != nil {
			return "", err
		}
		text += filled
	}
	return text, nil
}

func fillPart(p signers.ShapePart, next func(n int) ([]byte, error)) (string, error) {
	switch p.Kind {
	case "":
		return p.Text, nil
	case "digits":
		return number(10, p.N, next)
	case "lower":
		return number(36, p.N, next)
	case "upper":
		text, err := number(36, p.N, next)
		return strings.ToUpper(text), err
	case "alnum":
		return number(62, p.N, next)
	}
	size := p.N
	if p.Kind == "base32" {
		size = p.N / 8 * 5
	}
	data, err := next(size)
	if err != nil {
		return "", err
	}
	switch p.Kind {
	case "hex":
		return hex.EncodeToString(data), nil
	case "base64":
		return base64.StdEncoding.EncodeToString(data), nil
	case "base32":
		return base32.StdEncoding.EncodeToString(data), nil
	}
	random := append([]byte(nil), data...) // a UUID of version 4, RFC 9562
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	text := hex.EncodeToString(random)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:], nil
}

// number is a uniform number of n digits in a base. A candidate has as many bits as the largest such number; those that are larger
// are dropped, and none is reduced, which would prefer the small ones. Interpreted this is much faster than to map each byte.
func number(base, n int, next func(n int) ([]byte, error)) (string, error) {
	limit := new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(int64(n)), nil)
	bits := new(big.Int).Sub(limit, big.NewInt(1)).BitLen()
	for {
		data, err := next((bits + 7) / 8)
		if err != nil {
			return "", err
		}
		x := new(big.Int).SetBytes(data)
		x.Rsh(x, uint(len(data)*8-bits))
		if x.Cmp(limit) >= 0 {
			continue
		}
		digits := x.Text(base)
		return strings.Repeat("0", n-len(digits)) + digits, nil
	}
}
