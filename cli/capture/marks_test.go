package capture

import (
	"runtime"
	"strings"
	"testing"
)

func TestManyVariablesInAURLTakeMemoryInProportionToTheirNumber(t *testing.T) {
	taken := func(n int) uint64 {
		s := new(shell)
		text := strings.Repeat(s.mark("$a"), n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if got, all := s.unmarked(text, "url"); got != strings.Repeat("$a", n) || len(all) != n {
			t.Errorf("%d variables: %d bytes, %d listed", n, len(got), len(all))
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	taken(10)
	if few, many := taken(500), taken(4000); many > 16*few {
		t.Errorf("500 variables take %d bytes, eight times as many %d", few, many)
	}
}

func TestATextThatLooksLikeAMarkIsLeftAsItIs(t *testing.T) {
	s := new(shell)
	s.mark("$a")
	if got, all := s.unmarked(markStart+"-1"+markEnd, "url"); got != markStart+"-1"+markEnd || len(all) != 0 {
		t.Errorf("%q, %d listed", got, len(all))
	}
}
