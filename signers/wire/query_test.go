package wire

import (
	"math/rand"
	"strings"
	"testing"
)

// The interpreter's way to sort a query must give what the other gives.
func TestQueriesAreSortedTheSameWayTwice(t *testing.T) {
	bits := []string{"&", "&", "=", "=", "a", "b", "A", "-", "1", "?", "%61", "%", "+", ";", "/p", "!", "."}
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 100000; i++ {
		var b strings.Builder
		b.WriteString("/p?")
		for n := random.Intn(14); n > 0; n-- {
			b.WriteString(bits[random.Intn(len(bits))])
		}
		if got, want := librarySortQuery(b.String()), sortQuery(b.String()); got != want {
			t.Fatalf("%q: %q, want %q", b.String(), got, want)
		}
	}
}
