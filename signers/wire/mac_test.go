package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"strings"
	"testing"
)

func TestAMACWithAKeyOfItsOwnIsThatOfTheLibrary(t *testing.T) {
	for name, newHash := range map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New} {
		pool := NewMACOnce(newHash)
		for _, size := range []int{0, 1, 20, 32, 63, 64, 65, 127, 128, 129, 1000} {
			key := strings.Repeat("k", size)
			for _, text := range []string{"", "text", strings.Repeat("long", 500)} {
				mac := hmac.New(newHash, []byte(key))
				mac.Write([]byte(text))
				if got, want := MACOnce(pool, newHash, key, []byte(text)), string(mac.Sum(nil)); got != want {
					t.Errorf("%s with a key of %d bytes and a text of %d: %x, want %x", name, size, len(text), got, want)
				}
			}
		}
	}
}

func TestBase64OfTextsOfEveryLength(t *testing.T) {
	text := ""
	for n := range 300 {
		if got := Base64Text(text); got != base64.StdEncoding.EncodeToString([]byte(text)) {
			t.Fatalf("%d bytes: %s", n, got)
		}
		text += string(rune('a' + n%26))
	}
}
