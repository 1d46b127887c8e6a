package corpus

import (
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/diagnose"
)

// What people report of AWS, with the numbers that the page on causes promises: the class, the cause, and that nothing right is blamed.
func TestAWSIsDiagnosed(t *testing.T) { judged(t, awsCases(), 60, 15) }

// What people report of HTTP message signatures and of their forerunner, likewise.
func TestMessageSignaturesAreDiagnosed(t *testing.T) { judged(t, messageCases(), 100, 20) }

// What people report in public of the same, collected by somebody else than who wrote the diagnosis.
func TestReportedMessageSignaturesAreDiagnosed(t *testing.T) { judged(t, reportedCases(), 250, 20) }

// The same with cases that came later, which say how good the diagnosis is with what it has not seen.
func TestFurtherMessageSignaturesAreDiagnosed(t *testing.T) { judged(t, furtherCases(), 45, 8) }

// judged diagnoses cases, of which so many are broken, and so many right.
func judged(t *testing.T, cases []*Case, broken, right int) {
	t.Helper()
	var total score
	good := 0
	for _, c := range cases {
		f := found(t, question(t, c))
		if c.Class == diagnose.None {
			good++
			if f.Class != diagnose.None || !f.Proved {
				t.Errorf("%s: %v, proved %v, and it is right: %s", c.Name, f.Causes, f.Proved, f.Explanation)
			}
			continue
		}
		total.all++
		class := f.Class == c.Class || len(f.Causes) > 0 && slices.Contains(c.Also, f.Causes[0])
		cause := len(f.Causes) > 0 && (slices.Contains(c.Causes, f.Causes[0]) || slices.Contains(c.Also, f.Causes[0]))
		if class {
			total.class++
		}
		if cause {
			total.cause++
		}
		if !class || !cause {
			t.Logf("%s: %s %v proved %v, want %s %v: %s", c.Name, f.Class, f.Causes, f.Proved, c.Class, c.Causes, f.Explanation)
		}
		if c.Proved {
			total.provable++
			if f.Proved {
				total.proved++
			} else {
				t.Logf("%s: %v is not proved", c.Name, f.Causes)
			}
		}
		if f.Proved && (!class || !cause || strings.Contains(c.Name, ", without the secret") || slices.Contains(c.Causes, "unexplained")) {
			t.Errorf("%s: %v is proved, and it is another", c.Name, f.Causes)
		}
		for _, option := range []string{"secret_access_key", "shared_secret", "private_key"} {
			if secret, _ := c.Config[option].(string); secret != "" && strings.Contains(f.Explanation+f.Fix, secret) {
				t.Errorf("%s: the answer shows the secret", c.Name)
			}
		}
	}
	t.Logf("%v; %d that are right", total, good)
	if total.all < broken || good < right || total.class < total.all || total.cause < total.all {
		t.Errorf("score too low: %v", total)
	}
}
