package tests

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/attack"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// hostileRuns is how many hostile requests a test sends for each client.
func hostileRuns(t *testing.T, compiled, interpreted int) int {
	usual := compiled
	if strings.HasSuffix(t.Name(), "interpreted") {
		usual = interpreted
	}
	n := runs(t, usual*len(attack.Clients)) / len(attack.Clients)
	if strings.HasSuffix(t.Name(), "interpreted") {
		n = min(n, 20000)
	}
	return max(n, 1)
}

// report fails the test with what was wrong, and if the generator has had no effect.
func report(t *testing.T, c *attack.Client, j attack.Judgement) {
	t.Helper()
	for i, wrong := range j.Wrong {
		if i < 5 {
			t.Error(wrong)
		}
	}
	if j.Sent >= 20 && (j.Left == 0 || j.Left == j.Sent) {
		t.Errorf("%s: of %d requests %d left", c.Name, j.Sent, j.Left)
	}
}

func TestWhatIsNoAppsOwnRequestIsNeverTakenForOne(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		n := hostileRuns(t, 500, 60)
		for _, c := range attack.Clients {
			random := rand.New(rand.NewPCG(20, uint64(n)))
			f := &attack.Forge{Client: c, Now: attackedAt}
			judge := judgeRaw(t, d, c)
			var j attack.Judgement
			for range n {
				h := f.Hostile(random)
				outcome, _ := judge(h.Raw)
				j.Judge(c, h, outcome == attack.Pass, nil, true)
			}
			report(t, c, j)
		}
	})
}

func TestWhatIsNoAppsOwnRequestNeverLeavesThePlugin(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		n := hostileRuns(t, 200, 30)
		for _, c := range attack.Clients {
			random := rand.New(rand.NewPCG(21, uint64(n)))
			report(t, c, attackedPlugin(t, p, c, "1m").Hostile(c, time.Now(), n, random))
		}
	})
}
