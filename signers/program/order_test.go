package program

import (
	"slices"
	"testing"
)

// A place is compared as a text, so that it must have the same number of digits for each.
func TestTextsWithOneKeyStayInTheirOrder(t *testing.T) {
	texts := []string{"l", "k", "j", "i", "h", "g", "f", "e", "d", "c", "b", "a"}
	if got := inOrder(texts, make([]string, len(texts))); !slices.Equal(got, texts) {
		t.Errorf("with one key: %v", got)
	}
	if got := inOrder([]string{"b", "a", "c"}, []string{"2", "1", "2"}); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("with two keys: %v", got)
	}
}
