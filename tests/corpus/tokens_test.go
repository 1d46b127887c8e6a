package corpus

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
)

// tokenReports are requests with a token, or for one, each with one mistake or none. They were written by hand after RFC 6749, RFC
// 6750 and RFC 7519, and what Microsoft documents of its errors; credentials and signatures are made up.
func tokenReports(t testing.TB) (all []*report) {
	t.Helper()
	f, err := os.Open("tokens/requests.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		r := new(report)
		if err := json.Unmarshal(lines.Bytes(), r); err != nil {
			t.Fatalf("%v in %.80s", err, lines.Text())
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// tokenQuestion is when somebody asks about a request whose own time is not known.
var tokenQuestion = time.Date(2026, 11, 28, 8, 10, 15, 0, time.UTC)

func TestTokensAreDiagnosed(t *testing.T) {
	all := tokenReports(t)
	if len(all) < 50 {
		t.Errorf("there are %d requests", len(all))
	}
	for _, r := range all {
		c := r.asCase(t)
		q := question(t, c)
		if c.Now.IsZero() { // only the time of the question is known
			q.Asked = true
			q.Now = tokenQuestion
		}
		f := found(t, q)
		if f.Class != r.Want.Class || !slices.Equal(f.Causes[:min(1, len(f.Causes))], r.Want.Causes) {
			t.Errorf("%s: %s %v, want %s %v\n\t%s", r.Name, f.Class, f.Causes, r.Want.Class, r.Want.Causes, f.Explanation)
		}
		if r.Want.Proved != nil && f.Proved != *r.Want.Proved {
			t.Errorf("%s: proved is %v, want %v\n\t%s", r.Name, f.Proved, *r.Want.Proved, f.Explanation)
		}
		text := f.Explanation + f.Fix
		for _, secret := range []string{"made-up", "c2lnbmF0dXJl", "eyJ"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: a secret shows: %s", r.Name, text)
			}
		}
	}
}

// Nothing is proved of a token without the time of the request, and an answer that let the call through leaves nothing to find.
func TestATokenThatTheVendorTookIsRight(t *testing.T) {
	for _, r := range tokenReports(t) {
		c := r.asCase(t)
		c.Response = &Response{Status: 200, Body: "{}"}
		if f := found(t, question(t, c)); f.Class != diagnose.None {
			t.Errorf("%s: %s %v, and the vendor took it\n\t%s", r.Name, f.Class, f.Causes, f.Explanation)
		}
	}
}
