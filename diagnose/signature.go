package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// hexWants are the readings of a signature that should be lower-case hexadecimal.
func hexWants(given string) []want {
	text := strings.TrimSpace(given)
	if bare := strings.Trim(text, `"'`); bare != text {
		return withCause(hexWants(bare), "signature_encoding")
	}
	for _, prefix := range []string{"0x", "sha1=", "sha256=", "sha512=", "hmac="} {
		if rest, ok := strings.CutPrefix(strings.ToLower(text), prefix); ok {
			return withCause(hexWants(rest), "signature_encoding")
		}
	}
	var all []want
	if b, err := hex.DecodeString(text); err == nil && len(b) > 0 {
		w := want{raw: b}
		if strings.ToLower(text) != text {
			w.causes = []string{"upper_hex"}
		}
		all = append(all, w)
	}
	if b, ok := anyBase64(text); ok {
		all = append(all, want{raw: b, causes: []string{"base64_for_hex"}})
		if h, err := hex.DecodeString(strings.TrimSpace(string(b))); err == nil && len(h) > 0 {
			all = append(all, want{raw: h, causes: []string{"signature_encoding"}})
		}
	}
	if plain := strings.NewReplacer(":", "", "-", "", " ", "").Replace(text); plain != text {
		if b, err := hex.DecodeString(plain); err == nil {
			all = append(all, want{raw: b, causes: []string{"signature_encoding"}})
		}
	}
	return all
}

// base64Wants are the readings of a signature that should be standard Base64 with padding.
func base64Wants(given string) []want {
	text := strings.TrimSpace(given)
	if bare := strings.Trim(text, `"'`); bare != text {
		return withCause(base64Wants(bare), "signature_encoding")
	}
	if un := unescape(text, false); un != text {
		return withCause(base64Wants(un), "signature_encoding")
	}
	var all []want
	if b, err := hex.DecodeString(text); err == nil && len(b) >= 16 {
		all = append(all, want{raw: b, causes: []string{"hex_for_base64"}})
	}
	if b, ok := anyBase64(text); ok {
		w := want{raw: b}
		if base64.StdEncoding.EncodeToString(b) != text {
			w.causes = []string{"signature_encoding"}
		}
		all = append(all, w)
		if h, err := hex.DecodeString(strings.TrimSpace(string(b))); err == nil && len(h) > 0 {
			all = append(all, want{raw: h, causes: []string{"hex_for_base64"}})
		}
		if twice, ok := anyBase64(string(b)); ok && len(twice) >= 16 {
			all = append(all, want{raw: twice, causes: []string{"signature_encoding"}})
		}
	}
	return all
}

// anyBase64 decodes any of its usual forms: both alphabets, with and without padding, blanks for +, line ends.
func anyBase64(text string) ([]byte, bool) {
	plain := strings.NewReplacer("-", "+", "_", "/", " ", "+", "\r", "", "\n", "", "\t", "").Replace(text)
	plain = strings.TrimRight(plain, "=")
	b, err := base64.RawStdEncoding.DecodeString(plain)
	return b, err == nil && len(b) > 0
}

func withCause(wants []want, causes ...string) []want {
	for i := range wants {
		wants[i].causes = append(append([]string{}, causes...), wants[i].causes...)
	}
	return wants
}
