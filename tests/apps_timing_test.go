package tests

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// refusalClass is a key in requests with a wrong signature. Two classes are the same but for the key's name: what they differ by is
// what the measurement itself is worth.
type refusalClass struct {
	name string
	key  func() string
	want string
}

var refusalClasses = []refusalClass{
	{"known", func() string { return appKeyID(rand.IntN(manyApps)) }, apps.Signature},
	{"unknown", func() string { return appKeyID(manyApps + rand.IntN(5000)) }, apps.Key},
	{"known again", func() string { return appKeyID(rand.IntN(manyApps)) }, apps.Signature},
	{"unknown again", func() string { return appKeyID(manyApps + rand.IntN(5000)) }, apps.Key},
}

// timingBatches of timingSize refusals are measured of each class, in an order that is drawn anew for each round.
const (
	timingBatches = 600
	timingSize    = 40
	// timingBar is how far classes may be apart: a signature more or less, of six, would be a sixth.
	timingBar      = 0.03
	timingAttempts = 5
)

// Nobody learns from the time of a refusal which keys there are. The number of signatures is the same, which a test in outbound/apps
// counts; here it is the time. The machine's own noise is measured along with it, as the difference of classes that do the same.
func TestARefusalTakesTheSameTimeForAKnownAndAnUnknownKey(t *testing.T) {
	if os.Getenv("VENDORSIGN_LONG") == "" {
		t.Skip("it measures time for some seconds; VENDORSIGN_LONG=1 runs it")
	}
	list := make([]apps.App, manyApps)
	for i := range list {
		list[i] = apps.App{Name: fmt.Sprint("app", i), KeyID: appKeyID(i), Secret: appSecret(i)}
	}
	v, faults := apps.New(apps.Options{Vendor: "duo"})
	if len(faults) == 0 {
		faults = apps.SetApps(v, list)
	}
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for attempt := 1; ; attempt++ { // what else the machine does may weigh on one class for a while
		took := measureRefusals(t, v)
		same := max(abs(apart(took[0], took[2])), abs(apart(took[1], took[3])))
		known, unknown := slices.Concat(took[0], took[2]), slices.Concat(took[1], took[3])
		difference := apart(known, unknown)
		t.Logf("%d refusals of each: known %.0f ns, unknown %.0f ns, apart by %+.2f %%; classes that are the same by %.2f %%",
			2*timingBatches*timingSize, medianOf(known), medianOf(unknown), 100*difference, 100*same)
		switch {
		case same > timingBar && attempt == timingAttempts:
			t.Skip("the machine is too busy to tell: classes that are the same are apart by more than the bar")
		case same <= timingBar && abs(difference) <= timingBar:
			return
		case same <= timingBar && attempt == timingAttempts:
			t.Fatalf("apart by %+.2f %% in the last of %d measurements", 100*difference, attempt)
		}
	}
}

// apart is by how much a takes longer than b, as a share of b: the median of the batches that ran in the same rounds.
func apart(a, b []float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return medianOf(ratios) - 1
}

// measureRefusals returns the nanoseconds of a refusal in each batch of each class.
func measureRefusals(t *testing.T, v *apps.Verifier) [][]float64 {
	t.Helper()
	now := time.Now()
	wrong := strings.Repeat("0", 128)
	took := make([][]float64, len(refusalClasses))
	requests := make([][]*http.Request, len(refusalClasses))
	for i, class := range refusalClasses {
		for range 100 {
			r := shortRequest(t, "GET", "/admin/v1/users?limit=100&offset=0", "", false)
			r.Header["Date"] = []string{now.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000")}
			r.Header["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(class.key()+":"+wrong))}
			requests[i] = append(requests[i], r)
		}
	}
	for batch := range timingBatches {
		for _, i := range rand.Perm(len(refusalClasses)) {
			start := time.Now()
			for n := range timingSize {
				r := requests[i][(batch*timingSize+n)%100]
				m := &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI}
				if c := apps.Check(v, r, m, 0, now); c.Verdict.Reason != refusalClasses[i].want {
					t.Fatalf("%s: %s (%s)", refusalClasses[i].name, c.Verdict.Reason, c.Verdict.Detail)
				}
			}
			took[i] = append(took[i], float64(time.Since(start).Nanoseconds())/timingSize)
		}
	}
	return took
}

func medianOf(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func abs(x float64) float64 { return max(x, -x) }
