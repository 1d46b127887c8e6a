package tests

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/opsgen"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// evaluator runs a preset on a request: vendorsim's is one, the gateways' engine is the other.
type evaluator func(c *opsgen.Case) (*vendorsim.Signed, error)

// judge is vendorsim's evaluator.
func judgeOperations(c *opsgen.Case) (*vendorsim.Signed, error) {
	r := &vendorsim.Request{Method: c.Method, Scheme: "https", Host: c.Host, Target: c.Target, Header: c.Header, Body: c.Body}
	p, err := vendorsim.ReadPreset(c.Preset())
	if err != nil {
		return nil, err
	}
	return p.Evaluate(c.Values, r, c.Now, c.NonceValue)
}

// difference runs n random programs through both, and describes the first that they do not agree on: other bytes, or a refusal by one
// alone. "" is none.
func difference(from uint64, n int, one, other evaluator) string {
	for seed := from; seed < from+uint64(n); seed++ {
		c := opsgen.New(seed)
		a, errA := one(c)
		b, errB := other(c)
		if (errA == nil) != (errB == nil) {
			return fmt.Sprintf("one says %v, the other %v\n%s", errA, errB, c)
		}
		if errA == nil && fmt.Sprintf("%q", *a) != fmt.Sprintf("%q", *b) {
			return fmt.Sprintf("one makes\n%q\nthe other\n%q\n%s", *a, *b, c)
		}
	}
	return ""
}

func TestADifferenceOfTwoEvaluatorsIsFound(t *testing.T) {
	good := uint64(100) // the first from here that signs a header
	for s, err := judgeOperations(opsgen.New(good)); err != nil || len(s.Header) == 0; s, err = judgeOperations(opsgen.New(good)) {
		good++
	}
	if d := difference(1, 200, judgeOperations, judgeOperations); d != "" {
		t.Errorf("an evaluator differs from itself: %s", d)
	}
	for name, wrong := range map[string]evaluator{
		"a byte": func(c *opsgen.Case) (*vendorsim.Signed, error) {
			s, err := judgeOperations(c)
			if err == nil && c.Seed == good {
				s.Header[0][1] += "x"
			}
			return s, err
		},
		"a refusal": func(c *opsgen.Case) (*vendorsim.Signed, error) {
			s, err := judgeOperations(c)
			if c.Seed == good {
				err = vendorsim.ErrMessage
			}
			return s, err
		},
	} {
		if d := difference(1, 200, judgeOperations, wrong); !strings.Contains(d, fmt.Sprintf("seed %d:", good)) {
			t.Errorf("%s is not found: %s", name, d)
		}
	}
}

// Without the engine, the generator itself is tested: what it makes must be the same each time, mostly load, and reach everything.
func TestRandomProgramsAreTheSameForASeedAndMostlyLoad(t *testing.T) {
	loaded, signed, spoiledLoaded, refused := 0, 0, 0, 0
	const n = 3000
	for seed := range uint64(n) {
		c := opsgen.New(seed)
		if again := opsgen.New(seed); again.String() != c.String() {
			t.Fatalf("seed %d makes two cases:\n%s\n%s", seed, c, again)
		}
		_, err := judgeOperations(c)
		switch {
		case err == nil && c.Spoiled:
			spoiledLoaded++
			t.Logf("spoiled and loads: %s", c.Operations[len(c.Operations)-1])
		case err == nil:
			loaded, signed = loaded+1, signed+1
		case errors.Is(err, vendorsim.ErrMessage):
			loaded++
		case !c.Spoiled: // a constant that cannot be what it is used for is found at load
			refused++
		}
	}
	t.Logf("of %d programs %d load and %d sign; %d spoiled ones load", n, loaded, signed, spoiledLoaded)
	if loaded < n*7/10 || signed < n/2 || spoiledLoaded > 20 || refused > n/10 {
		t.Errorf("of %d programs %d load and %d sign; %d spoiled ones load", n, loaded, signed, spoiledLoaded)
	}
}

func TestRandomProgramsUseEveryOperationValueAndFilter(t *testing.T) {
	want := strings.Fields(`let header header? query query? delheader delquery
		method scheme host path query target nonce body_len body now header_lines header_lines_trimmed header_names header_list opt. header. 'quoted'
		md5 sha1 sha256 sha384 sha512 hmac_sha1 hmac_sha256 hmac_sha384 hmac_sha512 rsa_sha256 ed25519 hex base64 base64url unhex unbase64
		upper lower trim collapse urlencode json canon_query decoded_order sort_query azure_query azure_headers canon_path without_port cosmos_type cosmos_link
		after strip_prefix end_with or when first if_method if
		unix unix_ms http_date utc_date iso iso_ms iso_basic date date_basic edgegrid format add reveal`)
	seen := map[string]bool{}
	words := regexp.MustCompile(`[a-z0-9_]+`)
	for seed := range uint64(2000) {
		for _, o := range opsgen.New(seed).Operations {
			verb, rest, _ := strings.Cut(o, " ")
			seen[verb] = true
			seen["opt."] = seen["opt."] || strings.Contains(rest, "opt.")
			seen["header."] = seen["header."] || strings.Contains(rest, "header.")
			seen["'quoted'"] = seen["'quoted'"] || strings.Contains(rest, "'")
			for _, w := range words.FindAllString(rest, -1) {
				seen[w] = true
			}
		}
	}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("no program has %s; there are %q", w, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// What a program computes is what its own vendor accepts, if it sends the moment and the nonce that it signs.
func TestAVendorByAPresetAcceptsWhatTheProgramComputes(t *testing.T) {
	judged := 0
	for seed := range uint64(1500) {
		c := opsgen.New(seed)
		if c.Spoiled {
			continue
		}
		c.Operations = append(c.Operations, "header X-Sent-At = [[now|unix_ms]]", "header X-Sent-Nonce = [[nonce]]")
		c.Now = c.Now.Truncate(time.Millisecond)
		s, err := judgeOperations(c)
		if err != nil {
			continue
		}
		simulator, err := vendorsim.NewPreset(c.Preset(), vendorsim.Config{Credential: c.Values,
			Now: func() time.Time { return c.Now.Add(time.Minute) }})
		if err != nil {
			t.Fatal(err)
		}
		r := &vendorsim.Request{Method: c.Method, Host: c.Host, Target: s.Target, Header: map[string][]string{}, Body: c.Body}
		for name, values := range c.Header {
			if !ownedByCase(c, name) {
				r.Header[name] = values
			}
		}
		for _, h := range s.Header {
			r.Header[h[0]] = []string{strings.Trim(h[1], " ")} // as it arrives
		}
		unsigned := &vendorsim.Request{Method: c.Method, Host: c.Host, Target: c.Target, Header: c.Header, Body: c.Body}
		if a := simulator.Check(unsigned); a.Accepted {
			t.Fatalf("a request that nobody signed is accepted\n%s", c)
		}
		if strings.ContainsFunc(r.Target, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
			continue
		}
		judged++
		if a := simulator.Check(r); !a.Accepted {
			t.Fatalf("refused: %s\n%s%q", a.Reason, c, s)
		}
	}
	if judged < 700 {
		t.Errorf("%d requests were judged", judged)
	}
}

func ownedByCase(c *opsgen.Case, name string) bool {
	for _, o := range c.Operations {
		f := strings.Fields(o)
		if strings.Contains(f[0], "header") && strings.EqualFold(strings.ReplaceAll(f[1], "_", "-"), strings.ReplaceAll(name, "_", "-")) {
			return true
		}
	}
	return false
}
