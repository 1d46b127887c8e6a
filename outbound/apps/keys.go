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

// derivation is the first byte of the info: it changes if anything about the derivation does. TestDerivedSecretsNeverChange
// has the secrets of every vendor as literals.
const derivation = 1

// keySalt separates these keys from others that somebody derives from the same secret. RFC 5869 section 3.1 permits a salt
// that is not secret.
const keySalt = "vendorsign local key of an app"

// MinMaster is how many bytes a master secret must have: as many as the hash. Whoever knows one local key can try masters
// without asking the gateway, so that a password would be found.
const MinMaster = 32

// Master is the secret that keys are derived from, after HKDF-Extract. Whoever has it has every local key. It is safe for
// concurrent use.
type Master struct{ key []byte }

// NewMaster makes a Master of a secret, whose bytes are taken as they are: the text of a base64 file, and not what it
// encodes. Its error never quotes it.
func NewMaster(secret string) (*Master, error) {
	if len(secret) < MinMaster {
		return nil, fmt.Errorf("the master secret must have at least %d bytes, as of openssl rand -base64 32", MinMaster)
	}
	// As of a placeholder that somebody has filled with zeros.
	if strings.Trim(secret, secret[:1]) == "" {
		return nil, errors.New("the master secret is one character, repeated; take one of openssl rand -base64 32")
	}
	m := new(Master)
	m.key = hkdfExtract([]byte(keySalt), []byte(secret))
	return m, nil
}

// Origin is what a local key is derived for, together with the master secret. A change of any field gives another secret.
type Origin struct {
	// Vendor is the scheme's name, Gateway the host that the app sends to, and KeyID the public half of the key, as the
	// apps_file has them.
	Vendor, Gateway, KeyID string
	// Generation counts up with each rotation, from 1.
	Generation int
}

// Derive returns the value of a vendor's option for the app, in its shape. It fails if the shape cannot be read, or if the
// secret would take more output than HKDF has. With the master 0123456789abcdef0123456789abcdef, vendor acme, gateway
// acme.internal and key ID AKBILLING:
//
//	secret_key {alnum:40}, generation 1 -> vDZuq2zUbnh9jSR7mmX2uKwJGse4aoosij22lMGt
//	secret_key {alnum:40}, generation 2 -> Yx5W5rEmP8zla4TOh7VvmJkGHgexeug7It7dA73w
//	secret_key {hex:20}, generation 1   -> a1bfba326cb80b42590be1914463dc100dde0604
func Derive(m *Master, o Origin, option signers.Option) (string, error) {
	s := new(keyStream)
	s.key = m.key
	s.info = infoOf(o, option.Name)
	return inShape(shapeOf(option), func(n int) ([]byte, error) { return take(s, n) })
}

// infoOf has the length in front of each field: no two origins have the same info. For acme, acme.internal, AK1, generation 2
// and secret_key it is, in hex:
//
//	01 00000004 61636d65 0000000d 61636d652e696e7465726e616c 00000003 414b31 0000000a 7365637265745f6b6579 0000000000000002
func infoOf(o Origin, option string) []byte {
	info := []byte{derivation}
	for _, field := range []string{o.Vendor, o.Gateway, o.KeyID, option} {
		info = binary.BigEndian.AppendUint32(info, uint32(len(field)))
		info = append(info, field...)
	}
	return binary.BigEndian.AppendUint64(info, uint64(o.Generation))
}

// NewKeyID is a random ID of a key, in the shape of the option. IDs are random and not derived, since they are no secret and
// the file has them. An ID of a vendor's length is no other app's by chance, except for short shapes; ParseFile refuses a second
// one.
func NewKeyID(option signers.Option) (string, error) {
	return inShape(shapeOf(option), func(n int) ([]byte, error) {
		data := make([]byte, n)
		_, err := io.ReadFull(rand.Reader, data)
		return data, err
	})
}

// shapeOf is the shape of an option's values, as signers.ReadShape reads it: literal text and {kind:n}. What most checks
// accept is hex, the default where the scheme names no shape.
//
//	{alnum:40}       40 letters and digits      AKIA{base32:16}  "AKIA" and 16 characters of base32
//	DI{upper:18}     "DI" and 18 of A-Z, 0-9    {hex:20}         20 bytes, so 40 hex digits
func shapeOf(o signers.Option) string {
	switch {
	case o.Shape != "":
		return o.Shape
	case o.Secret:
		return "{hex:32}"
	}
	return "{hex:16}"
}

// characters are those of the kinds in a shape that are counted in characters.
var characters = map[string]string{
	"digits": "[0-9]", "lower": "[0-9a-z]", "upper": "[0-9A-Z]", "alnum": "[0-9A-Za-z]", "base32": "[A-Z2-7]",
}

// shapePattern matches what inShape makes, and nothing else: newEntry uses it to tell that an ID of a file is one in the
// vendor's shape.
//
//	DI{upper:18}     -> ^DI[0-9A-Z]{18}$
//	AKIA{base32:16}  -> ^AKIA[A-Z2-7]{16}$
func shapePattern(shape string) *regexp.Regexp {
	parts, _ := signers.ReadShape(shape)
	text := "^"
	for _, p := range parts {
		switch p.Kind {
		case "":
			text += regexp.QuoteMeta(p.Text)
		case "digits", "lower", "upper", "alnum", "base32":
			text += characters[p.Kind] + "{" + strconv.Itoa(p.N) + "}"
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

// inShape fills a shape with what next gives, uniformly. next is either a keyStream or the system's random source, so that
// IDs and secrets are made by the same code. An error is one of next, or that of a shape that cannot be read.
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

// fillPart fills one part of a shape. Kinds with a power of two of characters are encodings of bytes; the others are numbers
// in a base.
func fillPart(p signers.ShapePart, next func(n int) ([]byte, error)) (string, error) {
	switch p.Kind {
	case "":
		return p.Text, nil
	case "digits":
		return number(10, p.N, next)
	case "lower":
		return number(36, p.N, next)
	case "upper":
		// big.Int writes digits above 9 in lower case.
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

// number is a uniform number of n digits in a base. A candidate has as many bits as the largest such number; those that are
// larger are dropped, and none is reduced, which would prefer the small ones. Interpreted this is much faster than to map
// each byte. At most every second candidate is dropped, since the largest number has the highest bit set.
//
//	base 10, n 2: limit 100, 7 bits, so one byte shifted right by 1: 0x5a -> 45 -> "45"; 0xd0 -> 104, dropped; 0x08 -> "04"
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
		// Leading zeros belong to the key: without them some keys would be shorter than the vendor's.
		digits := x.Text(base)
		return strings.Repeat("0", n-len(digits)) + digits, nil
	}
}
