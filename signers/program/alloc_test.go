//go:build !race

package program

import (
	"runtime/debug"
	"testing"
)

// The promise is eight and two for each operation. The race detector makes pools forget on purpose, and so does a collection.
func TestSignTakesTwoAllocationsAnOperationAndEight(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, shape := range shapes {
		s, m, at := shaped(t, shape.operations)
		target := m.Target
		n := testing.AllocsPerRun(100, func() {
			m.Target = target
			if err := s.Sign(m, at); err != nil {
				t.Fatal(err)
			}
		})
		if most := float64(8 + 2*len(shape.operations)); n > most {
			t.Errorf("%s: %v allocations, want at most %v", shape.name, n, most)
		}
	}
}
