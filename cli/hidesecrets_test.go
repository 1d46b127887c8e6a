package cli

import (
	"encoding/base64"
	"strings"
	"testing"
)

// What a scheme makes of a secret on its way into a header or a query is as good as the secret.
func TestASecretIsHiddenInTheFormsThatItIsSentIn(t *testing.T) {
	secrets, names := map[string]string{"key": "s+e/c r?t"}, map[string]string{"key": "KEY"}
	for text, want := range map[string]string{
		"Bearer s+e/c r?t":               "Bearer $KEY",
		"/x?key=s%2Be%2Fc%20r%3Ft":       "/x?key=$KEY",
		"/x?key=s%2Be%2Fc+r%3Ft":         "/x?key=$KEY",
		"T 732b652f6320723f74":           "T $KEY",
		"Basic " + b64("user:s+e/c r?t"): "Basic base64(user:$KEY)",
		"Basic " + b64("user:other-key"): "Basic " + b64("user:other-key"),
	} {
		if got := hideSecrets(text, secrets, names); got != want || strings.Contains(got, "s+e") {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
