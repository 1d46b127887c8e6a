package apps

import (
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
)

// A file may revoke an app and have a fault elsewhere: then what was good before is good for as long as with a damaged file, and no
// longer.
func TestAppsThatCannotBeUsedKeepThoseFromBeforeForTenMinutes(t *testing.T) {
	v := newCounted(t, Options{})
	list, changed := []App{soar}, true
	var told []string
	setSource(v, []App{billing}, func(time.Time) ([]App, bool, error) {
		news := changed
		changed = false
		return list, news, nil
	}, func(print string) bool { return print == outbound.SecretPrint("the-credential's") }, func(s string) { told = append(told, s) })
	revoked := soar
	revoked.Revoked = true
	for _, step := range []struct {
		after time.Duration
		list  []App // nil: the file has not changed
		want  string
	}{
		{0, []App{soar}, ""},
		{time.Second, []App{revoked, {Name: "copied", KeyID: "C", Secret: "the-credential's"}}, ""},
		{10 * time.Minute, nil, ""},
		{10*time.Minute + time.Second, nil, Key},
		{11 * time.Minute, []App{soar}, ""},
		{12 * time.Minute, []App{revoked}, Revoked},
	} {
		if step.list != nil {
			list, changed = step.list, true
		}
		now := start.Add(step.after)
		Refresh(v, now)
		if got := ask(v, "S", "secret-s", "GET", "/", now, now); got.Reason != step.want {
			t.Errorf("after %s: %q, want %q; the operator was told %q", step.after, got.Reason, step.want, told)
		}
		if got := ask(v, "B", "secret-b", "GET", "/", now, now); got.Reason != "" {
			t.Errorf("after %s: the configured app is refused: %q", step.after, got.Reason)
		}
	}
	if len(told) != 2 || !strings.Contains(told[0], "is the credential's own") {
		t.Errorf("the operator was told %q", told)
	}
}

func TestWhoIsRevokedIsToldOnce(t *testing.T) {
	v := newCounted(t, Options{}, billing, soar)
	var told []string
	OnRevoked(v, "", func(name string) { told = append(told, name) })
	revoked := soar
	revoked.Revoked = true
	for _, step := range []struct {
		list []App
		want string // of all so far
	}{
		{[]App{billing, soar}, ""},
		{[]App{billing, revoked}, "soar"},
		{[]App{billing, revoked}, "soar"},
		{[]App{revoked}, "soar billing"},
		{[]App{soar}, "soar billing"},
		{nil, "soar billing soar"},
		{[]App{{Name: "", KeyID: "S"}}, "soar billing soar"},
	} {
		SetApps(v, step.list)
		if got := strings.Join(told, " "); got != step.want {
			t.Errorf("after %v: %q, want %q", step.list, got, step.want)
		}
	}
}
