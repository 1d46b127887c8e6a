package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// hexWants are the readings of a signature that should be lower-case hexadecimal. Another form has a
// cause that says which; a text that could be two forms is read as both, and the signature that is made
// decides.
//
//	deadbeef...         the bytes
//	DEADBEEF...         upper_hex
//	sha256=deadbeef...  signature_encoding
//	DE-AD-BE-EF-...     signature_encoding, with a note on .NET's BitConverter
//	3q2+7w...==         base64_for_hex
func hexWants(given string) []candidate {
	text := strings.TrimSpace(given)
	if rest, around := unwrapped(text); around != nil {
		return withNote(hexWants(rest), around.Cause, around.Note)
	}
	for _, prefix := range []string{"0x", "sha1=", "sha256=", "sha512=", "hmac="} {
		if rest, ok := strings.CutPrefix(strings.ToLower(text), prefix); ok {
			return withCause(hexWants(rest), "signature_encoding")
		}
	}
	var all []candidate
	if b, err := hex.DecodeString(text); err == nil && len(b) > 0 {
		w := candidate{raw: b}
		if strings.ToLower(text) != text {
			w.causes = []string{"upper_hex"}
		}
		all = append(all, w)
	}
	if b, ok := anyBase64(text); ok {
		all = append(all, candidate{raw: b, causes: []string{"base64_for_hex"}})
		if h, err := hex.DecodeString(strings.TrimSpace(string(b))); err == nil && len(h) > 0 {
			all = append(all, candidate{raw: h, causes: []string{"signature_encoding"}})
		}
	}
	if plain := strings.NewReplacer(":", "", "-", "", " ", "").Replace(text); plain != text {
		if b, err := hex.DecodeString(plain); err == nil {
			note := "the signature was written with separators between its bytes"
			if strings.Count(text, "-") == len(b)-1 {
				note = "the signature was written with dashes between its bytes, as .NET's BitConverter does"
			}
			all = append(all, withNote([]candidate{{raw: b}}, "signature_encoding", note)...)
		}
	}
	return all
}

// unwrapped takes off what a tool printed around a signature, and says what that was (wrappings of
// known.json). around is nil if there is nothing.
func unwrapped(text string) (rest string, around *wrapping) {
	for i := range known.Wrappings {
		around = &known.Wrappings[i]
		if found := around.Pattern.FindStringSubmatch(text); found != nil && found[1] != text {
			return found[1], around
		}
	}
	return text, nil
}

// withNote marks readings with a cause, and says what to say of it. It changes the slice that it gets.
func withNote(wants []candidate, cause, note string) []candidate {
	for i := range wants {
		wants[i].says = map[string]string{cause: note}
	}
	return withCause(wants, cause)
}

// base64Wants are the readings of a signature that should be standard Base64 with padding (RFC 4648,
// 4).
func base64Wants(given string) []candidate {
	text := strings.TrimSpace(given)
	if rest, around := unwrapped(text); around != nil {
		return withNote(base64Wants(rest), around.Cause, around.Note)
	}
	if un := unescape(text, false); un != text {
		return withCause(base64Wants(un), "signature_encoding")
	}
	var all []candidate
	if b, err := hex.DecodeString(text); err == nil && len(b) >= 16 {
		all = append(all, candidate{raw: b, causes: []string{"hex_for_base64"}})
	}
	if digits := strings.TrimRight(text, "="); len(digits)%4 == 1 { // Base64 has no such length: it was cut
		text = digits[:len(digits)-1]
	}
	if b, ok := anyBase64(text); ok {
		w := candidate{raw: b}
		if written := base64.StdEncoding.EncodeToString(b); written != text && !lastDigit(written, text) {
			bare := strings.TrimRight(written, "=")
			w.causes, w.unpadded = []string{"signature_encoding"}, bare == text || lastDigit(bare, text)
		}
		all = append(all, w)
		if h, err := hex.DecodeString(strings.TrimSpace(string(b))); err == nil && len(h) > 0 {
			all = append(all, candidate{raw: h, causes: []string{"hex_for_base64"}})
		}
		if twice, ok := anyBase64(string(b)); ok && len(twice) >= 16 {
			all = append(all, candidate{raw: twice, causes: []string{"signature_encoding"}})
		}
	}
	return all
}

// lastDigit reports whether two Base64 texts differ in their last digit only, whose lowest bits mean
// nothing: AQI= and AQJ= are the same bytes.
func lastDigit(a, b string) bool {
	x, y := strings.TrimRight(a, "="), strings.TrimRight(b, "=")
	return len(a) == len(b) && len(x) == len(y) && len(x) > 0 && x[:len(x)-1] == y[:len(y)-1]
}

// anyBase64 decodes any of its usual forms: both alphabets, with and without padding, blanks for +,
// line ends. It fails for an empty text.
func anyBase64(text string) ([]byte, bool) {
	plain := strings.NewReplacer("-", "+", "_", "/", " ", "+", "\r", "", "\n", "", "\t", "").Replace(text)
	plain = strings.TrimRight(plain, "=")
	b, err := base64.RawStdEncoding.DecodeString(plain)
	return b, err == nil && len(b) > 0
}

// withCause puts causes before those of each reading. It changes the slice that it gets.
func withCause(wants []candidate, causes ...string) []candidate {
	for i := range wants {
		wants[i].causes = append(append([]string{}, causes...), wants[i].causes...)
	}
	return wants
}
