package diagnose

import "testing"

// A number without an end is no time, and does not keep the search from ending.
func TestANumberWithoutAnEndIsNoDate(t *testing.T) {
	for _, text := range []string{"Infinity", "+inf", "NaN", "1e999", "-5"} {
		if at := parseLoosely(text); !at.IsZero() {
			t.Errorf("%q is read as %s", text, at)
		}
	}
}
