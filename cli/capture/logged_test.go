package capture

import (
	"strings"
	"testing"
)

// A long log is read whole or not at all: a body that was cut off would be another one.
func TestNoBodyOfALogIsCutOff(t *testing.T) {
	for _, size := range []int{300_000, 2_000_000} {
		body := strings.Repeat("a", size)
		s, _, err := Paste("--raw", "This is sent:\n```\nPOST / HTTP/1.1\nHost: h.example\n\n"+body+"\n```\n", Signature{}, pasteFiles)
		if err == nil && string(s.Body) != body {
			t.Errorf("%d bytes of %d", len(s.Body), size)
		}
	}
}
