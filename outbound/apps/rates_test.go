package apps

import "testing"

// sharing is a verifier as gateways make one, for each route and at each reload.
func sharing(t *testing.T, list ...App) *Verifier {
	t.Helper()
	v, faults := New(Options{Vendor: "counted"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	Share(v)
	StartAt(v, start)
	if faults := SetApps(v, list); len(faults) > 0 {
		t.Fatal(faults)
	}
	return v
}

func TestTheRateOfAnAppIsOneForAllRoutesAndOutlivesAReload(t *testing.T) {
	limited := App{Name: "limited", KeyID: "L", Secret: "secret-l", Rate: "2/1h"}
	first := sharing(t, limited)
	if got := ask(first, "L", "secret-l", "GET", "/1", start, start); got.Reason != "" {
		t.Fatal(got.Reason)
	}
	second := sharing(t, limited)
	if got := ask(second, "L", "secret-l", "GET", "/2", start, start); got.Reason != "" {
		t.Fatal(got.Reason)
	}
	for i, v := range []*Verifier{first, second, sharing(t, limited)} {
		if got := ask(v, "L", "secret-l", "GET", "/3", start, start); got.Reason != Rate {
			t.Errorf("verifier %d: %q, want the rate that both have used up", i, got.Reason)
		}
	}
	// A rotation, and a reload after it.
	rotated := App{Name: "limited", KeyID: "L", Secret: "secret-m", Previous: "secret-l", Rate: "2/1h"}
	if faults := SetApps(first, []App{rotated}); len(faults) > 0 {
		t.Fatal(faults)
	}
	for i, v := range []*Verifier{first, sharing(t, rotated)} {
		if got := ask(v, "L", "secret-m", "GET", "/4", start, start); got.Reason != Rate {
			t.Errorf("rotated, verifier %d: %q, want the rate from before", i, got.Reason)
		}
	}
	// Whoever knows the name of an app and its key ID, and not its secret, counts alone.
	for _, other := range []App{
		{Name: "limited", KeyID: "L", Secret: "secret-x", Rate: "2/1h"}, {Name: "other", KeyID: "L", Secret: "secret-l", Rate: "2/1h"},
	} {
		if got := ask(sharing(t, other), "L", other.Secret, "GET", "/5", start, start); got.Reason != "" {
			t.Errorf("another app gets %q", got.Reason)
		}
	}
}

// An app keeps what it has used when its secret or its rights change; another one that gets its key ID begins anew.
func TestAnotherAppWithTheSameKeyIDStartsWithNothing(t *testing.T) {
	for name, want := range map[string]string{"billing": Rate, "soar": ""} {
		v := newCounted(t, Options{}, App{Name: "billing", KeyID: "B", Secret: "secret-b", Rate: "1/1m"})
		if got := ask(v, "B", "secret-b", "GET", "/", start, start); got.Reason != "" {
			t.Fatalf("the first request: %q", got.Reason)
		}
		if faults := SetApps(v, []App{{Name: name, KeyID: "B", Secret: "secret-c", Rate: "1/1m"}}); len(faults) > 0 {
			t.Fatal(faults)
		}
		if got := ask(v, "B", "secret-c", "GET", "/", start, start); got.Reason != want {
			t.Errorf("%s after the change: %q, want %q", name, got.Reason, want)
		}
	}
}
