package apps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

var start = time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)

// signed counts the calls of Sign of all signers of the scheme counted.
var signed int

// counted is a scheme whose proof is secret, target, method and date in a header, in one of two versions.
type counted struct{ secret, version string }

func (s *counted) Traits() signers.Traits                   { return signers.Traits{} }
func (s *counted) Date(time.Time) string                    { return "" }
func (s *counted) Refusal(a signers.Answer) signers.Refusal { return signers.Unrefused }
func (s *counted) Canonical(*signers.Message, *signers.Moment) ([]signers.Part, error) {
	return nil, nil
}
func (s *counted) Sign(m *signers.Message, at *signers.Moment) error {
	signed++
	m.Header["Proof"] = []string{strings.Join([]string{s.version, s.secret, m.Method, m.Target, at.Date}, " ")}
	return nil
}

func init() {
	signers.Register(signers.Scheme{
		Name: "counted",
		Options: []signers.Option{{Name: "id", Required: true, Sample: "1"}, {Name: "key", Secret: true, Required: true, Sample: "1"},
			{Name: "version", Values: []string{"1", "2"}}},
		New: func(v signers.Values) (signers.Signer, []signers.Fault) {
			return &counted{secret: v.Text("key"), version: v.Text("version")}, nil
		},
		Claims: &signers.Claims{Key: "id", Secret: "key", Method: true, Read: readCounted,
			Prove: func(made signers.Signer) signers.ProveFunc {
				return func(m *signers.Message, at *signers.Moment) (string, error) {
					signed++
					s := made.(*counted)
					return strings.Join([]string{s.version, s.secret, m.Method, m.Target, at.Date}, " "), nil
				}
			}},
	})
}

func readCounted(m *signers.Message) (*signers.Claim, error) {
	if len(m.Header["Id"]) == 0 {
		return nil, fmt.Errorf("nothing: %w", signers.ErrUnsigned)
	}
	c := &signers.Claim{Key: m.Header["Id"][0], Proof: m.Header["Proof"][0], Target: m.Target, At: new(signers.Moment)}
	for _, version := range []string{"1", "2"} {
		c.Tries = append(c.Tries, signers.Try{Name: version, Options: signers.Values{"version": {version}}})
	}
	c.At.Date = m.Header["At"][0]
	when, err := time.Parse(time.RFC3339, c.At.Date)
	c.At.Time = when
	if err != nil {
		return c, fmt.Errorf("no date: %w", signers.ErrClaimDate)
	}
	if m.Header["Uncovered"] != nil {
		return c, fmt.Errorf("more: %w", signers.ErrUncovered)
	}
	return c, nil
}

func newCounted(t *testing.T, o Options, list ...App) *Verifier {
	t.Helper()
	o.Vendor = "counted"
	v, faults := New(o)
	if len(faults) == 0 {
		faults = SetApps(v, list)
	}
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return v
}

// ask signs a request with a secret and has it judged.
func ask(v *Verifier, id, secret, method, target string, at, now time.Time, more ...string) *Verdict {
	m := &signers.Message{Method: method, Target: target, Header: http.Header{"Id": {id}, "At": {at.Format(time.RFC3339)}}}
	m.Header["Proof"] = []string{strings.Join([]string{"1", secret, method, target, m.Header["At"][0]}, " ")}
	for _, name := range more {
		m.Header[name] = []string{name}
	}
	claim, err := ReadClaim(v, m)
	if claim == nil {
		return NoSignature(err)
	}
	return Verify(v, claim, err, &http.Request{Method: method, Body: http.NoBody}, m, now)
}

var (
	billing = App{Name: "billing", KeyID: "B", Secret: "secret-b"}
	soar    = App{Name: "soar", KeyID: "S", Secret: "secret-s", Previous: "older-s"}
)

// Nobody learns by the time of an answer which keys there are, or whether one is being rotated.
func TestEveryRefusalBeforeASignatureCostsTheSameNumberOfSigns(t *testing.T) {
	v := newCounted(t, Options{}, billing, soar)
	tests := []struct {
		name, id, secret string
		more             []string
		want             string
	}{
		{"an unknown key", "X", "secret-b", nil, Key},
		{"a known key", "B", "wrong", nil, Signature},
		{"a key with a previous one", "S", "wrong", nil, Signature},
		{"a date that cannot be read", "B", "wrong", []string{"At"}, Date},
		{"an unknown key with such a date", "X", "wrong", []string{"At"}, Key},
		{"a known key, and something uncovered", "B", "wrong", []string{"Uncovered"}, Uncovered},
		{"an unknown key, and something uncovered", "X", "wrong", []string{"Uncovered"}, Key},
	}
	for _, test := range tests {
		signed = 0
		got := ask(v, test.id, test.secret, "GET", "/", start, start, test.more...)
		if got.Reason != test.want || signed != 4 {
			t.Errorf("%s: %q after %d signatures, want %q after 4: two versions with two secrets", test.name, got.Reason, signed, test.want)
		}
	}
}

func TestOnlyHMACEqualComparesProofs(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	other := regexp.MustCompile(`(?i)proof\b[^,]*(==|!=)|(==|!=)[^,]*proof\b|bytes\.(?:Equal|Compare)|subtle\.|EqualFold|strings\.Compare|DeepEqual`)
	calls := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		calls += strings.Count(string(text), "hmac.Equal(")
		for i, line := range strings.Split(string(text), "\n") {
			if other.MatchString(line) {
				t.Errorf("%s:%d compares in another way: %s", file, i+1, line)
			}
		}
	}
	if calls != 3 {
		t.Errorf("%d calls of hmac.Equal, want two for proofs and one for the hash of a body", calls)
	}
}

func TestTheOrderOfChecksDecidesTheReason(t *testing.T) {
	gone := App{Name: "gone", KeyID: "G", Secret: "secret-g", Revoked: true}
	ended := App{Name: "ended", KeyID: "E", Secret: "secret-e", Expires: start}
	small := App{Name: "small", KeyID: "L", Secret: "secret-l", Allow: []string{"GET /users/**"}, Rate: "1/1h"}
	v := newCounted(t, Options{}, billing, soar, gone, ended, small)
	tests := []struct {
		name, id, secret, method, target string
		age                              time.Duration
		want                             string
	}{
		{"the current secret", "S", "secret-s", "POST", "/1", 0, ""},
		{"the previous secret", "S", "older-s", "POST", "/1", 0, ""},
		{"an age of a window", "B", "secret-b", "POST", "/2", time.Minute, ""},
		{"an age of more", "B", "secret-b", "POST", "/3", time.Minute + time.Second, Clock},
		{"a date that is a window ahead", "B", "secret-b", "POST", "/2", -time.Minute, ""},
		{"a date that is more", "B", "secret-b", "POST", "/3", -time.Minute - time.Second, Clock},
		{"a revoked key", "G", "secret-g", "GET", "/", 0, Revoked},
		{"a revoked key and an old date", "G", "secret-g", "GET", "/", time.Hour, Clock},
		{"a revoked key and a wrong secret", "G", "wrong", "GET", "/", time.Hour, Signature},
		{"a key that has ended", "E", "secret-e", "GET", "/", 0, Revoked},
		{"a second use", "S", "secret-s", "POST", "/1", 0, Replay},
		{"another path than its rights", "L", "secret-l", "GET", "/admins", 0, Rights},
		{"another method than its rights", "L", "secret-l", "DELETE", "/users/1", 0, Rights},
		{"a path that may be read as another", "L", "secret-l", "GET", "/users/..%2fadmins", 0, Rights},
		{"its rights", "L", "secret-l", "GET", "/users/1", 0, ""},
		{"its rights, above its rate", "L", "secret-l", "GET", "/users/2", 0, Rate},
		{"a read that comes again", "B", "secret-b", "GET", "/", 0, ""},
		{"and again", "B", "secret-b", "GET", "/", 0, ""},
	}
	for _, test := range tests {
		if got := ask(v, test.id, test.secret, test.method, test.target, start.Add(-test.age), start); got.Reason != test.want {
			t.Errorf("%s: %q (%s), want %q", test.name, got.Reason, got.Detail, test.want)
		}
	}
}

func TestWhatIsRefusedForRightsOrRateIsNotRemembered(t *testing.T) {
	v := newCounted(t, Options{}, App{Name: "a", KeyID: "A", Secret: "s", Allow: []string{"POST /ok"}, Rate: "1/1m"})
	for i, want := range []string{Rights, Rights} {
		if got := ask(v, "A", "s", "POST", "/no", start, start); got.Reason != want {
			t.Errorf("%d: %q, want %q", i, got.Reason, want)
		}
	}
	for i, want := range []string{"", Replay} {
		if got := ask(v, "A", "s", "POST", "/ok", start, start); got.Reason != want {
			t.Errorf("%d: %q, want %q", i, got.Reason, want)
		}
	}
	later := start.Add(time.Second)
	if got := ask(v, "A", "s", "POST", "/ok", later, later); got.Reason != Rate {
		t.Errorf("%q, want %q", got.Reason, Rate)
	}
	after := start.Add(time.Minute)
	if got := ask(v, "A", "s", "POST", "/ok", later, after); got.Reason != "" {
		t.Errorf("%q: the rate's refusal has used up the signature", got.Reason)
	}
}

func TestASignatureIsRememberedForAsLongAsItIsValid(t *testing.T) {
	for _, ahead := range []time.Duration{0, time.Minute, -time.Minute} { // of the app's clock
		v := newCounted(t, Options{}, billing)
		for i := 0; i < 5; i++ { // the maps turn in between
			ask(v, "B", "secret-b", "POST", fmt.Sprint("/", i), start.Add(-time.Duration(i)*37*time.Second), start.Add(-time.Duration(i)*37*time.Second))
		}
		at := start.Add(ahead)
		if got := ask(v, "B", "secret-b", "POST", "/x", at, start); got.Reason != "" {
			t.Fatal(got.Reason)
		}
		for second := 0; second < 200; second++ {
			now := start.Add(time.Duration(second) * time.Second)
			want := Replay
			if now.Sub(at) > time.Minute {
				want = Clock
			}
			if got := ask(v, "B", "secret-b", "POST", "/x", at, now); got.Reason != want {
				t.Fatalf("%v ahead, after %d s: %q, want %q", ahead, second, got.Reason, want)
			}
		}
	}
}

func TestUntilAWindowAfterTheStartWhatIsOlderThanItMayHaveBeenUsed(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	StartAt(v, start)
	tests := []struct {
		method  string
		at, now int // seconds after the start
		want    string
	}{
		{"POST", -1, 1, Replay}, {"DELETE", -30, 20, Replay}, {"GET", -1, 1, ""}, {"POST", 0, 1, ""}, {"POST", 5, 2, ""}, {"POST", -1, 59, Replay},
		{"POST", -1, 60, Clock},
	}
	for _, test := range tests {
		at, now := start.Add(time.Duration(test.at)*time.Second), start.Add(time.Duration(test.now)*time.Second)
		if got := ask(v, "B", "secret-b", test.method, "/", at, now); got.Reason != test.want {
			t.Errorf("%s dated %d s, at %d s: %q, want %q", test.method, test.at, test.now, got.Reason, test.want)
		}
	}
}

func TestOneAppCannotUseUpTheMemoryOfAnother(t *testing.T) {
	v := newCounted(t, Options{}, billing, soar)
	v.memory.most = 100
	passed := 0
	for i := 0; i < 200; i++ {
		got := ask(v, "B", "secret-b", "POST", fmt.Sprint("/", i), start, start)
		if got.Reason == "" {
			passed++
		} else if got.Reason != Full {
			t.Fatal(got.Reason)
		}
	}
	if passed != 50 {
		t.Errorf("the app may have %d signatures remembered, want half of 100", passed)
	}
	if got := ask(v, "B", "secret-b", "GET", "/reads", start, start); got.Reason != "" {
		t.Errorf("a read is refused: %q", got.Reason)
	}
	for i := 0; i < 25; i++ {
		if got := ask(v, "S", "secret-s", "POST", fmt.Sprint("/", i), start, start); got.Reason != "" {
			t.Fatalf("the %dth of the other app: %q", i, got.Reason)
		}
	}
	if got := ask(v, "B", "secret-b", "POST", "/0", start, start); got.Reason != Replay {
		t.Errorf("a replay is %q", got.Reason)
	}
}

func TestAnotherTableKeepsRatesAndSecretsThatStay(t *testing.T) {
	limited := App{Name: "a", KeyID: "A", Secret: "s", Rate: "1/1h"}
	v := newCounted(t, Options{}, limited)
	if got := ask(v, "A", "s", "GET", "/", start, start); got.Reason != "" {
		t.Fatal(got.Reason)
	}
	limited.Secret, limited.Previous = "t", "s"
	if faults := SetApps(v, []App{limited}); len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, secret := range []string{"s", "t"} {
		if got := ask(v, "A", secret, "GET", "/", start, start); got.Reason != Rate {
			t.Errorf("%q, want the rate that was used up before", got.Reason)
		}
	}
	if faults := SetApps(v, []App{{Name: "a", KeyID: "A"}}); len(faults) == 0 || ask(v, "A", "t", "GET", "/", start, start).Reason != Rate {
		t.Error("a table with a fault took effect")
	}
	if faults := SetApps(v, nil); len(faults) > 0 || ask(v, "A", "t", "GET", "/", start, start).Reason != Key {
		t.Error("an app that is gone is still known")
	}
}

func TestAppsThatCannotBeToldApartOrThatNobodyCanUseAreFaults(t *testing.T) {
	tests := []struct {
		list []App
		want string
	}{
		{[]App{billing, {Name: "billing", KeyID: "C", Secret: "s"}}, "app billing: there are two apps of this name"},
		{[]App{billing, {Name: "c", KeyID: "B", Secret: "s"}}, "app c: another app has this key_id"},
		{[]App{{Name: "c", Secret: "s"}}, "app c: key_id is required"},
		{[]App{{Name: "c", KeyID: "C"}}, "app c: secret is required"},
		{[]App{{KeyID: "C", Secret: "s"}}, "app 1: name is required"},
		{[]App{{Name: "c", KeyID: "C", Secret: "s ", Previous: "x"}}, "app c: secret begins or ends with white space"},
		{[]App{{Name: "c", KeyID: "C", Secret: "s", Previous: "s"}}, "app c: previous is the same as secret"},
		{[]App{{Name: "c", KeyID: "C", Secret: "s", Allow: []string{"GET"}}}, "app c: allow takes methods"},
		{[]App{{Name: "c", KeyID: "C", Secret: "s", Rate: "x"}}, "app c: rate must be like"},
		{[]App{{Name: "c", KeyID: "C", Secret: "s", Rate: "1/s queue 2s"}}, "app c: rate of an app has no queue"},
	}
	for _, test := range tests {
		v := newCounted(t, Options{})
		faults := SetApps(v, test.list)
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Text, test.want) {
			t.Errorf("%v, want %s", faults, test.want)
		}
	}
}

func TestNoAppMayHaveTheSecretOfTheCredential(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	setSource(v, nil, nil, func(print string) bool { return print == outbound.SecretPrint("older-s") }, nil)
	faults := SetApps(v, []App{billing, soar})
	if len(faults) != 1 || faults[0].Text != "app soar: secret is the credential's own; give the app a local key" {
		t.Error(faults)
	}
}

func TestWhatASourceSaysTakesEffectAndAFaultKeepsWhatWas(t *testing.T) {
	v := newCounted(t, Options{})
	var list []App
	var fault error
	var news []string
	asked := 0
	setSource(v, []App{billing}, func(time.Time) ([]App, bool, error) { asked++; return list, true, fault }, nil,
		func(s string) { news = append(news, s) })
	steps := []struct {
		list  []App
		fault error
		want  string // for a request of soar
		news  int
	}{
		{nil, nil, Key, 0},
		{[]App{soar}, nil, "", 0},
		{nil, errors.New("half written"), "", 1},
		{[]App{{Name: "billing", KeyID: "S", Secret: "x"}}, nil, "", 2},
		{[]App{{Name: "soar", KeyID: "S", Secret: "secret-s", Revoked: true}}, nil, Revoked, 2},
		{nil, nil, Key, 2},
	}
	for i, step := range steps {
		list, fault = step.list, step.fault
		now := start.Add(time.Duration(i) * time.Second)
		Refresh(v, now)
		Refresh(v, now)
		if got := ask(v, "S", "secret-s", "GET", "/", now, now); got.Reason != step.want || len(news) != step.news || asked != i+1 {
			t.Errorf("step %d: %q with %d news after %d questions, want %q with %d", i, got.Reason, len(news), asked, step.want, step.news)
		}
		if got := ask(v, "B", "secret-b", "GET", "/", now, now); got.Reason != "" {
			t.Errorf("step %d: the configured app is refused: %q", i, got.Reason)
		}
	}
}

func TestNobodyIsAnAppByTheKeyThatNobodyHas(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	for id, want := range map[string]string{"B": Signature, v.dummy.id: Key} {
		if got := ask(v, id, v.dummy.secret, "GET", "/", start, start); got.Reason != want {
			t.Errorf("%q, want %q", got.Reason, want)
		}
	}
}

func TestWhatCannotBeRememberedTakesNoPlaceInTheRate(t *testing.T) {
	v := newCounted(t, Options{}, App{Name: "a", KeyID: "A", Secret: "s", Rate: "1/1h"})
	v.memory.most = 0
	if got := ask(v, "A", "s", "POST", "/", start, start); got.Reason != Full {
		t.Fatal(got.Reason)
	}
	v.memory.most = 10
	if got := ask(v, "A", "s", "POST", "/", start, start); got.Reason != "" {
		t.Errorf("%q: the refused request counts", got.Reason)
	}
}

// Without the method in the signature, a GET that could not be remembered would be a DELETE later.
func TestWithoutRoomAHarmlessRequestIsRefusedWhereItsSignatureFitsOtherMethods(t *testing.T) {
	for covered, want := range map[bool]string{true: "", false: Full} {
		v := newCounted(t, Options{}, billing)
		claims := *v.claims
		claims.Method = covered
		v.claims = &claims
		v.harmless = nil
		v.memory.most = 0
		if got := ask(v, "B", "secret-b", "GET", "/", start, start); got.Reason != want {
			t.Errorf("the method is covered: %v: %q, want %q", covered, got.Reason, want)
		}
	}
}

func TestNoClientKeepsTheReasonsOfOthersOutOfTheLog(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	steps := []struct {
		reason, app string
		after       time.Duration
		want        bool
	}{
		{Unsigned, "", 0, true}, {Unsigned, "", time.Second, false}, {Signature, "billing", time.Second, true},
		{Signature, "soar", 2 * time.Second, false}, {Rights, "billing", 2 * time.Second, true}, {Rights, "soar", 2 * time.Second, true},
		{Rights, "billing", 9 * time.Second, false}, {Unsigned, "", 10 * time.Second, true}, {Rights, "billing", 12 * time.Second, true},
	}
	for i, s := range steps {
		if got := LogDue(v, &Verdict{Reason: s.reason, App: s.app}, start.Add(s.after)); got != s.want {
			t.Errorf("step %d, %s of %q: %v", i, s.reason, s.app, got)
		}
	}
}

func TestARequestThatWasNeverSentGivesBackWhatItUsed(t *testing.T) {
	limited := App{Name: "a", KeyID: "A", Secret: "s", Rate: "1/1m"}
	tests := []struct {
		name   string
		after  func(v *Verdict, r *http.Request)
		second string // the reason of the same request again
	}{
		{"it was sent", func(v *Verdict, r *http.Request) { Sending(r); Done(v.Verified) }, Replay},
		{"nothing is known of it", func(v *Verdict, _ *http.Request) { Done(v.Verified) }, Replay},
		{"it was refused", func(v *Verdict, r *http.Request) { Refused(r); Done(v.Verified) }, ""},
		{"it was refused by a gateway that sends once", func(v *Verdict, _ *http.Request) { GiveBack(v.Verified) }, ""},
		{"it got no connection", func(v *Verdict, r *http.Request) { Sending(r); Unreached(r); Done(v.Verified) }, ""},
		{"it was sent, and refused when repeated", func(v *Verdict, r *http.Request) { Sending(r); Refused(r); Done(v.Verified) }, Replay},
		{"it was sent after it had got no connection",
			func(v *Verdict, r *http.Request) { Sending(r); Unreached(r); Sending(r); Done(v.Verified) }, Replay},
	}
	for _, test := range tests {
		v := newCounted(t, Options{}, limited)
		first := ask(v, "A", "s", "POST", "/", start, start)
		if first.Reason != "" {
			t.Fatalf("%s: %q", test.name, first.Reason)
		}
		test.after(first, new(http.Request).WithContext(outbound.WithApp(context.Background(), first.Verified)))
		second := ask(v, "A", "s", "POST", "/", start, start.Add(time.Second))
		if second.Reason != test.second {
			t.Errorf("%s: the same request again: %q, want %q", test.name, second.Reason, test.second)
		}
		GiveBack(first.Verified)
		GiveBack(first.Verified)
		if third := ask(v, "A", "s", "POST", "/", start, start.Add(2*time.Second)); test.second == "" && third.Reason != Replay {
			t.Errorf("%s: what the first gave back is given back again: %q", test.name, third.Reason)
		}
	}
}

func TestAReadGivesBackItsPlaceInTheRate(t *testing.T) {
	v := newCounted(t, Options{}, App{Name: "a", KeyID: "A", Secret: "s", Rate: "1/1m"})
	for i := range 3 {
		got := ask(v, "A", "s", "GET", "/", start, start)
		if got.Reason != "" {
			t.Fatalf("%d: %q", i, got.Reason)
		}
		GiveBack(got.Verified)
	}
}

func TestWhatIsForgottenLeavesRoomInTheMemory(t *testing.T) {
	m := newMemory(time.Minute, 0)
	m.most = 2
	for i := range 5 {
		if reason := remember(m, "A", fmt.Sprint(i), start.Add(time.Duration(i)*25*time.Second)); reason != "" {
			t.Fatalf("%d: %q", i, reason)
		}
		turn(m, start.Add(time.Duration(i)*25*time.Second))
		forget(m, "A", fmt.Sprint(i))
		forget(m, "A", fmt.Sprint(i))
	}
	if len(m.newer.proofs)+len(m.older.proofs)+len(m.newer.counts)+len(m.older.counts) != 0 {
		t.Errorf("%v %v", m.newer, m.older)
	}
}

// A request may wait for so long that the memory has turned once: what it used is in the older map then.
func TestASignatureOfBeforeATurnIsGivenBack(t *testing.T) {
	m := newMemory(time.Minute, 0)
	turn(m, start)
	remember(m, "A", "proof", start)
	later := start.Add(time.Minute)
	if !wasUsed(m, "proof", later) || len(m.older.proofs) != 1 {
		t.Fatalf("after a turn: %v %v", m.newer, m.older)
	}
	forget(m, "A", "proof")
	if wasUsed(m, "proof", later) || len(m.older.counts) != 0 {
		t.Errorf("it stays used: %v %v", m.newer, m.older)
	}
	if reason := remember(m, "A", "proof", later); reason != "" {
		t.Errorf("it cannot be used again: %q", reason)
	}
}

// An attempt before has passed, and gave its signature back, which another app's requests replaced. Without room this one must not
// pass unremembered: it could be repeated by anybody.
func TestAnotherAttemptIsRefusedWhereItsSignatureCannotBeRemembered(t *testing.T) {
	limited := billing
	limited.Rate = "1000/1m"
	for _, app := range []App{billing, limited} {
		v := newCounted(t, Options{Replay: replayRefuse}, app)
		a := new(Attempts)
		attempt := func() *Verdict {
			m := &signers.Message{Method: "POST", Target: "/", Header: http.Header{"Id": {"B"}, "At": {start.Format(time.RFC3339)}}}
			m.Header["Proof"] = []string{"1 secret-b POST / " + m.Header["At"][0]}
			claim, err := ReadClaim(v, m)
			if err != nil {
				t.Fatal(err)
			}
			verdict := Verify(v, claim, nil, WithAttempts(&http.Request{Method: "POST", Body: http.NoBody}, a), m, start)
			NoteAttempt(a, claim, &Checked{Verdict: verdict})
			return verdict
		}
		first := attempt()
		if first.Reason != "" {
			t.Fatal(first.Reason)
		}
		if again := attempt(); again.Reason != "" {
			t.Errorf("%q: another attempt is refused: %q", app.Rate, again.Reason)
		}
		GiveBack(first.Verified)
		v.memory.most = 0
		if got := attempt(); got.Reason != Full || got.Verified != nil {
			t.Errorf("%q: without room: %q, %v", app.Rate, got.Reason, got.Verified)
		}
	}
}

// Who has seen the signature of a request that was not sent could otherwise use it for another method.
func TestASignatureThatFitsOtherMethodsStaysRemembered(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	claims := *v.claims
	claims.Method = false
	v.claims = &claims
	v.harmless = nil
	for i, method := range []string{"GET", "POST"} {
		got := ask(v, "B", "secret-b", method, "/", start, start)
		if got.Reason != "" {
			t.Fatal(method, got.Reason)
		}
		GiveBack(got.Verified)
		if len(v.memory.newer.proofs) != i+1 {
			t.Errorf("%s: the signature is forgotten", method)
		}
	}
}
