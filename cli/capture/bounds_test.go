package capture

import (
	"strings"
	"testing"
	"time"
)

// What somebody pastes by mistake, such as a whole log, is read or refused in seconds: no text takes more than its length.
func TestLargeTextsAreReadInLinearTime(t *testing.T) {
	began := time.Now()
	folded := "GET / HTTP/1.1\nHost: h\nX: 1\n" + strings.Repeat(" x\n", 400_000)
	if s, _, err := Paste("--raw", folded, Signature{}, pasteFiles); err != nil || len(s.Header.Get("X")) != 800_001 {
		t.Errorf("folded lines: %v", err)
	}
	if _, err := Response([]byte("it says " + strings.Repeat(`{"a":`, 200_000))); err == nil {
		t.Error("no answer is one")
	}
	for _, text := range []string{strings.Repeat("> \n", 60_000), strings.Repeat("{", 1<<18), strings.Repeat("`", 1<<18)} {
		if _, _, err := Paste("--raw", text, Signature{}, pasteFiles); err == nil {
			t.Errorf("%.10s is no request", text)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
