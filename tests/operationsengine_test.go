package tests

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/opsgen"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// gatewayEngine is the engine of the gateways, in one of the two runtimes. What it finds at load counts as a refusal, too.
func gatewayEngine(d drive) evaluator {
	return func(c *opsgen.Case) (*vendorsim.Signed, error) {
		_, header, sent, _, err := d.Program(c.Preset(), c.Config(), c.Method, "https", c.Host, c.Target, c.Header, c.Body, c.Now,
			c.NonceValue)
		if err != nil {
			return nil, err
		}
		s := &vendorsim.Signed{Target: sent}
		for _, name := range slices.Sorted(maps.Keys(header)) {
			s.Header = append(s.Header, [2]string{name, strings.Join(header[name], "\n")})
		}
		return s, nil
	}
}

// sortedJudge is vendorsim's evaluator, with its answer in the form of gatewayEngine's. A program that may become too large is not
// compared: the engine refuses it at load, whatever the request, and the judge at a request that makes it large.
func sortedJudge(engine evaluator) evaluator {
	return func(c *opsgen.Case) (*vendorsim.Signed, error) {
		s, err := judgeOperations(c)
		if err != nil && strings.Contains(err.Error(), "digest of a secret") { // it takes more values for secrets than the engine
			return engine(c)
		}
		if err != nil {
			return nil, err
		}
		if _, err := engine(c); err != nil && strings.Contains(err.Error(), "too large") {
			return nil, errors.New("too large")
		}
		s.Query = nil
		for i, h := range s.Header {
			s.Header[i][0] = http.CanonicalHeaderKey(h[0])
		}
		slices.SortFunc(s.Header, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
		return s, nil
	}
}

// The engine of the gateways and the judge of the simulator share no code: random programs on random requests come out with the same
// bytes, or are refused by both. VENDORSIGN_RUNS says how many.
func TestTheEngineMakesWhatTheJudgeMakes(t *testing.T) {
	for name, runtime := range map[string]struct {
		drive drive
		part  int
	}{"compiled": {compiled(), 1}, "interpreted": {interpreted(t), 10}} {
		t.Run(name, func(t *testing.T) {
			engine := gatewayEngine(runtime.drive)
			if d := difference(1, runs(t, 4000)/runtime.part, sortedJudge(engine), engine); d != "" {
				t.Error(d)
			}
		})
	}
	broken := func(c *opsgen.Case) (*vendorsim.Signed, error) {
		s, err := gatewayEngine(compiled())(c)
		if err == nil {
			s.Target = strings.Replace(s.Target, "%20", "+", 1)
		}
		return s, err
	}
	if difference(1, 1000, sortedJudge(broken), broken) == "" {
		t.Error("an engine that writes a blank as + is not found")
	}
}
