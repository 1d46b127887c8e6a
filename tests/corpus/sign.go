package corpus

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"sort"
	"strings"
)

// The tiny signing: HMACs, and Duo's encoding of parameters.

func hashOf(name string) func() hash.Hash {
	return map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New, "md5": md5.New}[name]
}

func mac(hash, key, text string) []byte {
	h := hmac.New(hashOf(hash), []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexMAC(hash, key, text string) string { return hex.EncodeToString(mac(hash, key, text)) }

func sum(hash, text string) string {
	h := hashOf(hash)()
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// encode percent-encodes what is not in bare.
func encode(s, bare string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(bare, s[i]) >= 0 {
			b.WriteByte(s[i])
			continue
		}
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{s[i]})))
	}
	return b.String()
}

// params joins pairs, each written by f, sorted or as they come.
func params(pairs [][2]string, sorted bool, f func(string) string) string {
	var lines []string
	for _, p := range pairs {
		lines = append(lines, f(p[0])+"\x00"+f(p[1]))
	}
	if sorted {
		sort.Strings(lines)
	}
	return strings.ReplaceAll(strings.Join(lines, "&"), "\x00", "=")
}

func rfc(s string) string  { return encode(s, unreserved) }
func plus(s string) string { return strings.ReplaceAll(rfc(s), "%20", "+") }
func bare(s string) string { return s }
func lower(s string) string {
	var b strings.Builder
	e := rfc(s)
	for i := 0; i < len(e); i++ {
		if e[i] == '%' {
			b.WriteString(strings.ToLower(e[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(e[i])
	}
	return b.String()
}
func java(s string) string {
	return strings.ReplaceAll(encode(s, strings.Trim(unreserved, "~")+"*"), "%20", "+")
}
func javascript(s string) string { return encode(s, unreserved+"!*'()") }
func tilde(s string) string      { return encode(s, strings.Trim(unreserved, "~")) }
func slash(s string) string      { return encode(s, unreserved+"/") }
func twice(s string) string      { return rfc(rfc(s)) }
